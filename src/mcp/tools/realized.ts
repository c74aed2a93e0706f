import { z } from 'zod'
import { realizedOf } from '../../analytics/answers/realized-volatility.ts'
import { carryOf } from '../../analytics/options.ts'
import { ESTIMATORS } from '../../analytics/realized/estimators.ts'
import { marketData } from '../../analytics/stored/reader.ts'
import { figure } from '../../schemas/figure.ts'
import { at, headOf, slotHead, symbol } from '../questions.ts'
import { tool } from '../tool.ts'

const number = z.number().nullable()

export const realizedTool = tool({
  name: 'realized_volatility',
  title: 'Realized volatility and its cone',
  description:
    'Realized volatility of the underlying before a slot over 5, 10, 20 and 60 sessions by four estimators, beside the implied volatility, with the variance risk premium, and the cone: the quantiles of past realized volatility by length of window. Volatilities are fractions a year.',
  input: z.strictObject({
    symbol,
    at: at.optional(),
    estimator: z.enum(ESTIMATORS).default('yang_zhang').describe('Of the cone.'),
    days: z.int().min(1).max(3_660).default(365).describe('Calendar days on which windows of the cone end.'),
  }),
  output: z.strictObject({
    ...slotHead,
    price_source: z.enum(['bars', 'ib_index', 'index']).describe('Where daily prices come from.'),
    windows: z.array(
      z.strictObject({
        window: z.int().describe('Sessions.'),
        ...{ close_to_close: figure, parkinson: figure, yang_zhang: figure, five_minute: figure },
      }),
    ),
    today: figure.describe('Of the session so far.'),
    iv30: figure,
    variance_risk_premium: figure,
    volatility_spread: figure,
    estimator: z.enum(ESTIMATORS),
    cone: z.array(
      z.strictObject({
        window: z.int().describe('Sessions.'),
        current: number,
        iv: number.describe('Implied volatility over as many trading days from the slot on.'),
        iv_reason: z.string().nullable(),
        windows: z.int().describe('Windows that the quantiles are over.'),
        reason: z.string().nullable().describe('Why there are no quantiles.'),
        ...{ min: number, p10: number, p25: number, p50: number, p75: number, p90: number, max: number },
      }),
    ),
  }),
  answer: async (asked, sources) => {
    const { lake, analytics } = sources
    const carry = carryOf(analytics, asked.symbol)
    const data = await marketData(lake, asked.symbol, {
      carry,
      ...(asked.at !== undefined && { at: asked.at }),
    })
    const head = await headOf(sources, asked, data)
    const answer = await realizedOf(lake, asked.symbol, data, {
      ...{ days: asked.days, estimator: asked.estimator, options: analytics },
      now: asked.at ?? lake.clock.now(),
    })
    return {
      ...head,
      price_source: answer.price_source,
      windows: [...answer.windows],
      ...{ today: answer.today, iv30: answer.iv30 },
      variance_risk_premium: answer.variance_risk_premium,
      volatility_spread: answer.volatility_spread,
      ...{ estimator: answer.estimator, cone: [...answer.cone] },
    }
  },
})
