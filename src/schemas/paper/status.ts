import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { absolutePath } from '../lake-head.ts'
import { calendarDate, instant } from '../times.ts'

export const paperStatusAnswer = z.strictObject({
  journal: absolutePath.describe('File of the journal.'),
  damaged: z.int().describe('Damaged lines that were skipped.'),
  date: calendarDate.nullable().describe('New York date of the last event; null without events.'),
  last_event_at: instant.nullable().describe('Time of the last event; null without events.'),
  positions: z
    .array(
      z.strictObject({
        id: z.string().describe('Id of the position.'),
        symbol: z.string().describe('Underlying.'),
        strategy: z.string().describe('Strategy that opened it.'),
        state: z.string().describe('Where it is on its way, such as open or closing.'),
        units: z.int().describe('Units held.'),
        max_loss: z.number().describe('The most that may be lost, $ a unit.'),
        differs: z
          .string()
          .nullable()
          .describe('How the account differs from the journal, for a person; null if it agrees.'),
        pnl: z.number().nullable().describe('Profit and loss by the last mark, $; null without one.'),
        marked_slot: instant.nullable().describe('Slot of the last mark; null without one.'),
        days: z.number().nullable().describe('Days to expiry at the last mark; null without one.'),
      }),
    )
    .describe('Open positions.'),
  orders: z
    .array(
      z.strictObject({
        order_ref: z.string().describe('Reference of the order.'),
        purpose: z.string().describe('Why it was sent: entry or exit.'),
        side: z.string().describe('BUY or SELL.'),
        quantity: z.int().describe('Units.'),
        filled: z.int().describe('Units filled.'),
        limit_price: z.number().describe('Limit, $ a share of the structure; below 0 for a credit.'),
        status: z.string().describe('Last state that is known.'),
      }),
    )
    .describe('Open orders.'),
  realized_today: z.number().describe('Profit and loss of the positions closed on the date, $.'),
  unknown_today: z.int().describe('Positions closed on the date whose profit and loss is not known.'),
  unrealized: z
    .number()
    .nullable()
    .describe('Profit and loss of open positions by their marks, $; null when none has a mark.'),
  unmarked: z.int().describe('Open positions without a mark.'),
  tail: z
    .array(z.record(z.string(), z.json()))
    .describe('The last events of the journal: config/paper-journal.schema.json describes them.'),
})

export type PaperStatusAnswer = AnswerOf<typeof paperStatusAnswer>
