import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { figure } from '../figure.ts'
import { lakeHead } from '../lake-head.ts'
import { calendarDate, instant } from '../times.ts'

const estimator = z
  .enum(['close_to_close', 'parkinson', 'yang_zhang', 'five_minute'])
  .describe('How realized volatility is measured; docs/numbers.md defines each.')
  .meta({ id: 'estimator' })

const quantile = (text: string) =>
  z.number().nullable().describe(`${text}, a fraction a year; null with too few windows.`)

const cone = z.strictObject({
  window: z.int().describe('Length of each window, sessions.'),
  current: z
    .number()
    .nullable()
    .describe(
      'Volatility of the window that ends with the last session, a fraction a year; null where unknown.',
    ),
  iv: z
    .number()
    .nullable()
    .describe(
      'Implied volatility at the money over as many trading days from the slot on, a fraction a year.',
    ),
  iv_reason: z
    .enum(['no_bracket', 'no_chain'])
    .nullable()
    .describe('Why iv is null: no expirations with a volatility on both sides, or no slot.'),
  windows: z.int().describe('Windows that the quantiles are over.'),
  reason: z.enum(['too_few_sessions']).nullable().describe('Why there are no quantiles.'),
  min: quantile('Lowest volatility'),
  p10: quantile('10 % quantile'),
  p25: quantile('25 % quantile'),
  p50: quantile('Median'),
  p75: quantile('75 % quantile'),
  p90: quantile('90 % quantile'),
  max: quantile('Highest volatility'),
})

/** Realized volatility beside the implied, as the command line and HTTP return it. */
export const realizedVolatility = {
  symbol: z.string().describe('Underlying.'),
  slot: instant.nullable().describe('The slot that was read; null if the symbol has none.'),
  date: calendarDate.describe('Only sessions before this one are used.'),
  price_source: z
    .enum(['bars', 'ib_index', 'index'])
    .describe(
      "Where daily prices come from: our own bars, IB's daily bars of the underlying, or levels of an index.",
    ),
  windows: z
    .array(
      z.strictObject({
        window: z.int().describe('Sessions.'),
        close_to_close: figure.describe('From closes.'),
        parkinson: figure.describe('From the highest and lowest price of each session.'),
        yang_zhang: figure.describe('From opens, highs, lows and closes.'),
        five_minute: figure.describe('From our own five-minute bars.'),
      }),
    )
    .describe('Realized volatility by the number of sessions before the slot.'),
  today: figure.describe(
    'Volatility of the session so far, from five-minute bars that ended before the slot.',
  ),
  iv30: figure.describe('30-day implied volatility of the slot.'),
  variance_risk_premium: figure.describe('Implied less realized variance.'),
  volatility_spread: figure.describe('Implied less realized volatility.'),
  overnight_share: figure.describe(
    'Share of the nights in the variance of the last 60 sessions, a fraction.',
  ),
  estimator: estimator.describe('The estimator of the cone.'),
  from: calendarDate.describe('First date on which a window of the cone may end.'),
  to: calendarDate.describe('Last date on which a window of the cone may end.'),
  cone: z.array(cone).describe('The volatility cone: quantiles by the length of the window.'),
}

export const realizedAnswer = z.strictObject({ ...lakeHead, ...realizedVolatility })

export type RealizedAnswer = AnswerOf<typeof realizedAnswer>
