import { z } from 'zod'
import { storedSymbol } from '../market/symbol.ts'
import { sessionDate } from '../market/units.ts'
import type { Carry } from './carry.ts'
import type { TradingTimeWeights } from './trading-time.ts'

const dateText = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'is not a date of the form YYYY-MM-DD')
  .refine(isCalendarDate, 'is not a calendar date')

const dividend = z.strictObject({
  exDate: dateText.describe('first day without the dividend, YYYY-MM-DD'),
  amount: z.number().min(0).max(1_000).describe('dollars a share'),
})

const event = z.strictObject({
  date: dateText.describe('date on which it happens, YYYY-MM-DD'),
  time: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time of day of the form HH:MM')
    .nullable()
    .default(null)
    .describe(
      'New York time, HH:MM, at which all of it happens; null: it is spread over the session of the date',
    ),
  symbols: z
    .array(z.string().overwrite(storedSymbol))
    .min(1)
    .nullable()
    .default(null)
    .describe('underlyings that it moves; null: all'),
  weight: z
    .number()
    .min(0)
    .max(100)
    .describe(
      'trading days that the date counts for beyond its own: 1 for a date of twice the usual variance',
    ),
  name: z.string().min(1).max(80).describe('what it is, such as CPI or earnings'),
})

/** Assumptions needed for figures and not contained in market data. */
export const analyticsOptions = z.strictObject({
  rateFraction: z
    .number()
    .min(-0.05)
    .max(0.5)
    .default(0.04)
    .describe("risk-free rate, continuously compounded, a fraction a year; an assumption: set it to today's"),
  ownGreeks: z
    .boolean()
    .default(true)
    .describe('volatility and greeks of our own where the gateway sends none; false: they stay null'),
  rebuildOnUpgrade: z
    .boolean()
    .default(true)
    .describe(
      'the daemon computes figures of an older version of the definitions again, day by day while nothing is collected; false: only optionlake metrics --rebuild does',
    ),
  surface: z
    .boolean()
    .default(true)
    .describe(
      'a volatility surface of each slot in the tables surfaces and surface_grid; false: none is stored',
    ),
  dividends: z
    .record(z.string().overwrite(storedSymbol), z.array(dividend))
    .default({})
    .describe(
      'cash dividends by symbol, known or expected; those before an expiry enter the volatilities of American options where the gateway tells none',
    ),
  events: z
    .array(event)
    .max(1_000)
    .default([])
    .describe('dates that count for more than a trading day in the clock of trading time'),
  overnightFraction: z
    .number()
    .min(0)
    .max(0.95)
    .default(0.17)
    .describe(
      'share of a trading day that passes from the close of the stock exchange to its next opening, in the clock of trading time',
    ),
  closedDayWeight: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('trading days that pass in that clock for each day of a weekend or holiday, beyond the night'),
})

export type AnalyticsOptions = z.infer<typeof analyticsOptions>

/** Rate and dividends of one symbol. */
export function carryOf(options: AnalyticsOptions, symbol: string): Carry {
  const listed = options.dividends[symbol] ?? []
  return {
    rateFraction: options.rateFraction,
    dividends: listed.map(({ exDate, amount }) => ({ exDate: sessionDate(exDate), amount })),
  }
}

type TradingTimeOptions = Pick<AnalyticsOptions, 'overnightFraction' | 'closedDayWeight' | 'events'>

/** The weights of one symbol's clock of trading time. */
export function tradingTimeWeights(
  { overnightFraction, closedDayWeight, events }: TradingTimeOptions,
  symbol: string,
): TradingTimeWeights {
  const own = events.filter(({ symbols }) => symbols === null || symbols.includes(symbol))
  return {
    ...{ overnightFraction, closedDayWeight },
    events: own.map(({ name, date, time, weight }) => ({
      ...{ name, time, weightDays: weight },
      date: sessionDate(date),
    })),
  }
}

/** Needed because Date.parse accepts February 30 as March 2. */
function isCalendarDate(text: string): boolean {
  const time = Date.parse(text)
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === text
}
