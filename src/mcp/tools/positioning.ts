import { z } from 'zod'
import { positioningAnswer } from '../../analytics/answers/positioning-answer.ts'
import { carryOf } from '../../analytics/options.ts'
import { storedPositioning } from '../../analytics/stored/positioning.ts'
import { figure } from '../../schemas/figure.ts'
import { calendarDate } from '../../schemas/times.ts'
import { at, expiry, headOf, slotHead, symbol } from '../questions.ts'
import { tool } from '../tool.ts'

const number = z.number().nullable()
const sums = {
  call_open_interest: number.describe('Contracts.'),
  put_open_interest: number,
  call_oi_change: number.describe('Against the session before.'),
  put_oi_change: number,
  call_gamma_exposure: number.describe('$ for a move of 1 %.'),
  put_gamma_exposure: number,
  gamma_exposure: number,
}

export const positioningTool = tool({
  name: 'positioning',
  title: 'Open interest and gamma exposure',
  description:
    "Open interest, its change, put/call ratios, gamma exposure, gamma flip and max pain of a slot, in all, by expiration and by strike. Gamma exposure rests on an assumed sign of dealers' positions (`assumption`), and open interest is that of the end of the session before (`oi_date`).",
  input: z.strictObject({
    symbol,
    at: at.optional(),
    expiry: expiry.optional(),
    strikes: z.int().min(0).max(500).default(20).describe('So many strikes nearest to the underlying.'),
  }),
  output: z.strictObject({
    ...slotHead,
    underlying_price: number,
    assumption: z.string(),
    oi_date: calendarDate.nullable(),
    oi_date_before: calendarDate.nullable(),
    figures: z.record(z.string(), figure).nullable(),
    expirations: z.array(
      z.strictObject({
        expiry: z.string(),
        trading_class: z.string().nullable(),
        settlement: z.string(),
        days: z.number(),
        max_pain: number,
        max_pain_payout: number,
        max_pain_reason: z.string().nullable(),
        ...sums,
      }),
    ),
    strikes: z.array(z.strictObject({ strike: z.number(), ...sums })),
  }),
  answer: async (asked, sources) => {
    const { lake, analytics } = sources
    const carry = carryOf(analytics, asked.symbol)
    const data = await storedPositioning(lake, asked.symbol, { carry, at: asked.at, expiry: asked.expiry })
    const head = await headOf(sources, asked, data)
    const answer = positioningAnswer(data, { symbol: asked.symbol, now: lake.clock.now() })
    const price = answer.underlying_price
    const nearest = [...answer.strikes]
      .sort((a, b) => Math.abs(a.strike - (price ?? 0)) - Math.abs(b.strike - (price ?? 0)))
      .slice(0, asked.strikes)
    return {
      ...head,
      ...{ underlying_price: price, assumption: answer.assumption },
      ...{ oi_date: answer.oi_date, oi_date_before: answer.oi_date_before },
      figures: answer.figures && { ...answer.figures },
      expirations: [...answer.expirations],
      strikes: nearest.sort((a, b) => a.strike - b.strike),
    }
  },
})
