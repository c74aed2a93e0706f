import { z } from 'zod'
import { SURFACE_GRID_COLUMNS } from '../../snapshot/surface/surface-grid.ts'
import { SURFACE_COLUMNS } from '../../snapshot/surface/surfaces.ts'
import type { AnswerOf } from '../answer-of.ts'
import { absenceReason } from '../figure.ts'
import { lakeHead } from '../lake-head.ts'
import { rowSchema } from '../row-schema.ts'
import { slotHead } from '../slot-head.ts'

const {
  timestamp: _timestamp,
  symbol: _symbol,
  date: _date,
  years: _years,
  atm_variance: _variance,
  knots_z: _z,
  knots_y: _y,
  definition_version: _version,
  ...storedCurve
} = rowSchema(SURFACE_COLUMNS).shape

const { tenor_days, point, iv, k, near_expiry, far_expiry, reason } = rowSchema(SURFACE_GRID_COLUMNS).shape

const place = z
  .strictObject({
    value: z.number().nullable().describe('0 to 100; null with a reason.'),
    reason: absenceReason.nullable().describe('Why the value is null.'),
    observations: z.int().describe('Sessions of the window with a value.'),
    window: z.int().describe('Sessions.'),
  })
  .describe('The place of a value among those of the sessions before.')
  .meta({ id: 'place' })

/** The volatility surface of a slot, as the command line and HTTP return it. */
export const surface = {
  ...slotHead,
  stored: z
    .boolean()
    .nullable()
    .describe(
      'True where it comes from the tables, false where it was fitted just now; null without a slot.',
    ),
  definition_version: z.int().nullable().describe('Version of the definitions that the curves follow.'),
  expirations: z
    .array(
      z.strictObject({
        ...storedCurve,
        days: z.number().describe('Calendar days from the slot to expires_at.'),
        curve: z
          .array(
            z.strictObject({
              k: z.number().describe('ln(strike / forward).'),
              strike: z.number().nullable().describe('Strike, $; null without a forward.'),
              iv: z.number().describe('Volatility of the curve, a fraction a year.'),
            }),
          )
          .describe('The curve at its knots and at the ends of the quotes; empty without one.'),
      }),
    )
    .describe('Expirations by time to expiry: columns of surfaces, and the curve as points.'),
  grid: z
    .array(
      z.strictObject({
        ...{ tenor_days, point, iv, k, near_expiry, far_expiry, reason },
        rank: place.describe('Place between the lowest and the highest of the 252 sessions before.'),
        percentile: place.describe('Share of the 252 sessions before that are strictly below.'),
      }),
    )
    .describe('The surface at fixed tenors and points: columns of surface_grid, each with its rank.'),
}

export const surfaceAnswer = z.strictObject({ ...lakeHead, ...surface })

export type SurfaceAnswer = AnswerOf<typeof surfaceAnswer>
