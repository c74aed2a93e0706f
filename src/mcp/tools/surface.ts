import { z } from 'zod'
import { surfaceAnswer } from '../../analytics/answers/surface-answer.ts'
import { surfaceData } from '../../analytics/stored/surfaces/read-surface.ts'
import { instant } from '../../schemas/times.ts'
import { at, expiry, headOf, slotHead, symbol } from '../questions.ts'
import { tool } from '../tool.ts'

const number = z.number().nullable()
const place = number.describe('0 to 100 among the same point of 252 sessions; null with too few.')

export const surfaceTool = tool({
  name: 'volatility_surface',
  title: 'Volatility surface and term structure',
  description:
    'The fitted volatility surface of a slot: at-the-money volatility, skew, forward and fit of each expiration (the term structure), and the surface at fixed tenors and points (10 and 25 delta, at the money, moneyness) with the rank of each.',
  input: z.strictObject({
    symbol,
    at: at.optional(),
    expiry: expiry.optional(),
    grid: z.boolean().default(true).describe('Whether to give the surface at fixed tenors too.'),
  }),
  output: z.strictObject({
    ...slotHead,
    stored: z
      .boolean()
      .nullable()
      .describe('Whether it comes from the tables; otherwise it was fitted to the stored chain just now.'),
    definition_version: z.int().nullable(),
    expirations: z
      .array(
        z.strictObject({
          expiry: z.string(),
          trading_class: z.string(),
          expires_at: instant,
          days: z.number().describe('Calendar days from the slot.'),
          forward: number,
          forward_error: number,
          atm_iv: number.describe('A fraction a year.'),
          atm_iv_error: number,
          skew: number,
          quotes: number.describe('Of the fit.'),
          within_one: number.describe('Share of the quotes within one half-spread of the curve.'),
          reason: z.string().nullable().describe('Why there is no curve.'),
        }),
      )
      .describe('By time to expiry.'),
    grid: z.array(
      z.strictObject({
        tenor_days: z.int(),
        point: z.string(),
        iv: number.describe('A fraction a year.'),
        reason: z.string().nullable(),
        rank: place,
        percentile: place,
        observations: z.int().describe('Sessions that the rank is among.'),
      }),
    ),
  }),
  answer: async (asked, sources) => {
    const { lake, analytics } = sources
    const data = await surfaceData(lake, asked.symbol, { options: analytics, at: asked.at })
    const head = await headOf(sources, asked, data)
    const options = { symbol: asked.symbol, now: lake.clock.now(), expiry: asked.expiry }
    const { stored, definition_version, expirations, grid } = surfaceAnswer(data, options)
    return {
      ...head,
      ...{ stored, definition_version },
      expirations: expirations.map((one) => ({
        ...{ expiry: one.expiry, trading_class: one.trading_class, expires_at: one.expires_at },
        ...{ days: one.days, forward: one.forward, forward_error: one.forward_error },
        ...{ atm_iv: one.atm_iv, atm_iv_error: one.atm_iv_error, skew: one.skew },
        ...{ quotes: one.quotes, within_one: one.within_one, reason: one.reason },
      })),
      grid: asked.grid
        ? grid.map(({ tenor_days, point, iv, reason, rank, percentile }) => ({
            ...{ tenor_days, point, iv, reason, rank: rank.value, percentile: percentile.value },
            observations: rank.observations,
          }))
        : [],
    }
  },
})
