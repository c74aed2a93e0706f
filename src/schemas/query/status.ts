import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { lakeHead } from '../lake-head.ts'
import { slotReason } from '../rows.ts'
import { calendarDate, instant } from '../times.ts'

/** What became of the expected slots of one trade date. */
export const dayCoverage = z
  .strictObject({
    date: calendarDate.describe('Trade date.'),
    states: z
      .array(z.enum(['stored', 'partial', 'missing', 'open', 'unknown']))
      .describe(
        'One state for each expected slot, in order, of all its symbols together: open until its interval ends, unknown if the ledger has no entry.',
      ),
    expected: z.int().describe('Slots whose interval has ended.'),
    stored: z.int().describe('Of these stored whole for all symbols.'),
    partial: z.int().describe('Of these partial, or not stored for all symbols.'),
    missing: z.int().describe('Of these missing or without an entry.'),
    reasons: z
      .partialRecord(slotReason, z.int())
      .describe('Count of each reason over all slots and symbols; reasons that none has are left out.'),
  })
  .describe('Coverage of one trade date.')
  .meta({ id: 'day_coverage' })

const share = (text: string) =>
  z.number().nullable().describe(`${text}, a fraction of the contracts requested.`)
const median = (text: string) =>
  z.number().nullable().describe(`${text}: the median over the slots of the day.`)

export const dayQuality = z
  .strictObject({
    date: calendarDate.describe('Trade date.'),
    symbol: z.string().describe('Underlying.'),
    slots: z.int().describe('Slots with rows.'),
    answered_share: share('Contracts that answered'),
    complete_share: share('Contracts with both sides and model greeks'),
    with_greeks_share: share('Contracts with a volatility from the gateway'),
    zero_bid_share: median('Share of rows without a bid above zero'),
    parity_residual: median('Distance outside the bounds of put-call parity, half-spreads'),
    vertical_violations: median('Pairs of neighbouring strikes with arbitrage'),
    butterfly_violations: median('Triples of strikes with arbitrage'),
    calendar_violations: median('Pairs of expirations with arbitrage'),
    skew_seconds: median('Seconds from the first quote to the last'),
  })
  .describe('Quality of one symbol on one trade date.')
  .meta({ id: 'day_quality' })

export const statusAnswer = z.strictObject({
  ...lakeHead,
  at: instant.describe(
    'The time that the calendar is made for: of a simulated lake the end of its last slot.',
  ),
  coverage: z.array(dayCoverage).describe('The coverage calendar, by trade date.'),
  quality: z.array(dayQuality).describe('Quality of the newest trade date; with --quality of all.'),
  older_figures: z
    .strictObject({
      rebuildable: z
        .array(calendarDate)
        .describe('Trade dates whose figures metrics --rebuild computes again.'),
      kept: z
        .array(calendarDate)
        .describe('Trade dates whose chains are gone: their figures stay as they are.'),
    })
    .describe('Trade dates with figures of older definitions.'),
})

export type StatusAnswer = AnswerOf<typeof statusAnswer>
