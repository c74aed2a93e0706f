import { z } from 'zod'
import { storedSymbol } from '../market/symbol.ts'
import { sessionDate } from '../market/units.ts'
import type { Carry } from './carry.ts'

const dividend = z.strictObject({
  exDate: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, 'is not a date of the form YYYY-MM-DD')
    .refine(isCalendarDate, 'is not a calendar date')
    .describe('first day without the dividend, YYYY-MM-DD'),
  amount: z.number().min(0).max(1_000).describe('dollars a share'),
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
  dividends: z
    .record(z.string().overwrite(storedSymbol), z.array(dividend))
    .default({})
    .describe('cash dividends by symbol, known or expected; those before an expiry enter our own greeks'),
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

/** Needed because Date.parse accepts February 30 as March 2. */
function isCalendarDate(text: string): boolean {
  const time = Date.parse(text)
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === text
}
