import { z } from 'zod'
import { ABSENCE_REASONS } from '../../analytics/measured.ts'
import { UNDERLYING_TYPES } from '../../snapshot/row.ts'

const number = z.number().nullable()

const figure = z.object({
  value: z.union([z.number(), z.string(), z.boolean()]).nullable(),
  reason: z.enum(ABSENCE_REASONS).nullable(),
  definition: z.string(),
  unit: z.string(),
  source: z.enum(['chain', 'ib_model', 'ib_index', 'index', 'underlying', 'future']),
  window: number,
  observations: z.number(),
  observations_of: z.enum(['sessions', 'bars', 'expirations', 'strikes', 'contracts', 'values']),
  as_of: z.iso.datetime().nullable(),
  expirations: z.array(z.string()).nullable(),
  age_seconds: number,
  fill: number,
  is_default: z.boolean(),
  // A daemon of an older version does not say them.
  assumption: z.string().nullable().default(null),
  oi_date: z.string().nullable().default(null),
})

/** The part of `/api/market-data/SYMBOL` that the trader reads. */
export const marketDataAnswer = z.object({
  slot: z.iso.datetime().nullable(),
  figures: z.object({ iv_rank: figure, vix: figure, trend_daily: figure }),
})

/** The part of `/api/chains/SYMBOL/latest` that the trader reads. */
export const chainAnswer = z.object({
  rows: z.array(
    z.object({
      timestamp: z.iso.datetime().transform((text) => Date.parse(text)),
      symbol: z.string(),
      expiry: z.string(),
      strike: z.number(),
      right: z.string(),
      bid: number,
      ask: number,
      open_interest: number,
      delta: number,
      underlying_price: number,
      con_id: z.number(),
      trading_class: z.string(),
      flags: z.number(),
      // A daemon of an older version does not say them.
      multiplier: number.default(null),
      underlying_type: z.enum(UNDERLYING_TYPES).nullable().default(null),
    }),
  ),
})

/** The part of `/livez` that says whose time the daemon uses. */
export const liveAnswer = z.object({
  at: z.iso.datetime(),
  clock: z.object({ artificial: z.boolean() }),
})
