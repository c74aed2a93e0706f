import { z } from 'zod'
import { ABSENCE_REASONS } from '../analytics/measured.ts'
import { calendarDate, instant } from './times.ts'

export const absenceReason = z
  .enum(ABSENCE_REASONS)
  .describe('Why there is no value; docs/numbers.md explains each.')
  .meta({ id: 'absence_reason' })

/** A figure with its basis: what it was computed from. */
export const figure = z
  .strictObject({
    value: z
      .union([z.number(), z.string(), z.boolean()])
      .nullable()
      .describe('The value in `unit`; null with a `reason`.'),
    reason: absenceReason.nullable().describe('Why the value is null; null where there is one.'),
    is_default: z
      .boolean()
      .describe('True for a customary value in place of a missing one, which is given only on request.'),
    definition: z.string().describe('Name of the definition in docs/numbers.md, such as iv_rank_252d.'),
    unit: z
      .string()
      .describe('fraction, fraction² for a variance, points, percent, $, ratio, or empty without a unit.'),
    source: z
      .enum(['chain', 'ib_model', 'ib_index', 'index', 'underlying', 'future', 'bars'])
      .describe(
        "chain: our own, from mid quotes; ib_model: the volatilities of IB's model; ib_index: IB's daily implied volatility of the underlying; index: a published level; underlying: prices of the underlying; future: quotes of futures; bars: our five-minute bars.",
      ),
    window: z
      .int()
      .nullable()
      .describe('Length of the window, in sessions or bars; null where the figure has none.'),
    observations: z.int().describe('Observations used; of a null figure, the number found.'),
    observations_of: z
      .enum(['sessions', 'bars', 'expirations', 'strikes', 'contracts', 'values'])
      .describe('What observations counts; values: a single value as received.'),
    as_of: instant.nullable().describe('The time that the figure describes; null if nothing is stored.'),
    expirations: z
      .array(z.string())
      .nullable()
      .describe(
        'The expirations the value was made from: 20261218, or 20261218 SPXW where the slot has several classes; null if it is not made from particular ones, and without a value.',
      ),
    assumption: z
      .string()
      .nullable()
      .describe("What no data show, such as the sign of dealers' positions; null if nothing is assumed."),
    oi_date: calendarDate
      .nullable()
      .describe('The session at whose end the open interest was counted; null for figures without it.'),
    age_seconds: z
      .number()
      .min(0)
      .nullable()
      .describe('Seconds from as_of to the time of the answer; null without as_of.'),
    fill: z
      .number()
      .nullable()
      .describe('Observations divided by window: 1 if none is missing; null without a window.'),
  })
  .describe('A value with what it was computed from.')
  .meta({ id: 'figure' })
