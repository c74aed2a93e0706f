import { z } from 'zod'
import { slotReason } from '../rows.ts'
import { calendarDate, instant } from '../times.ts'
import { servedHead, symbol } from './head.ts'

const index = z.int().min(-1)

/** The answer of `/api/views/coverage/SYMBOL`: what became of every slot of a range of dates. */
export const coverageAnswer = z
  .strictObject({
    ...servedHead,
    at: instant,
    range: z.enum(['week', 'month', 'year']),
    newest: calendarDate,
    symbol,
    from: calendarDate,
    to: calendarDate,
    interval_seconds: z.int(),
    columns: z.array(z.string()).describe('New York time of day of each column, HH:MM.'),
    lines: z
      .array(
        z.strictObject({
          date: calendarDate,
          days_before: z.int().describe('1 for the first 24 hours of a session that lasts longer, else 0.'),
          early_close: z.boolean(),
          first_slot: instant,
          first_column: z.int(),
          states: z
            .string()
            .describe('A letter a column: s stored, p partial, m missing, u unknown, o open, - no slot.'),
        }),
      )
      .describe('By date, the newest first.'),
    gaps: z
      .strictObject({
        line: z.array(z.int()),
        column: z.array(z.int()).describe('The first column.'),
        columns: z.array(z.int()).describe('How many columns, side by side, it is about.'),
        reason: z.array(index).describe('Index of `reasons`; -1 for none.'),
        detail: z.array(index).describe('Index of `details`; -1 for none.'),
        requested: z.array(z.int()),
        answered: z.array(z.int()),
        skipped: z.array(z.int()),
        rows: z.array(z.int()),
      })
      .describe('Slots that are not stored whole, one list a column.'),
    reasons: z
      .array(z.strictObject({ reason: slotReason, count: z.int(), advice: z.string().nullable() }))
      .describe('Most frequent first.'),
    details: z.array(z.string()),
    totals: z
      .strictObject({
        expected: z.int(),
        stored: z.int(),
        partial: z.int(),
        missing: z.int(),
        unknown: z.int().describe('Over, and not in the ledger.'),
      })
      .describe('Slots whose interval is over.'),
    reason: z
      .enum(['nothing_collected', 'no_session'])
      .nullable()
      .describe('Why there are no lines; null if there are some.'),
  })
  .meta({ id: 'coverage_view' })
