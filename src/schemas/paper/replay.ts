import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { absolutePath, lakeFolder } from '../lake-head.ts'
import { instant } from '../times.ts'

const share = z.number().nullable().describe('Fraction, 0 to 1; null where there is nothing to divide by.')

const trade = z.strictObject({
  position_id: z.string().describe('Id of the position.'),
  symbol: z.string().describe('Underlying.'),
  strategy: z.string().describe('Strategy that opened it.'),
  quantity: z.int().describe('Units.'),
  opened_at: instant.describe('When it was opened.'),
  closed_at: instant.nullable().describe('When it was closed; null while it is open.'),
  cash: z.number().describe('Cash received less cash paid, $.'),
  commissions: z.number().describe('Commissions that are known, $.'),
  pnl: z.number().nullable().describe('Profit and loss with commissions, $; null where it is not known.'),
  reason: z.string().nullable().describe('Why it was closed; null while it is open.'),
})

const point = z.strictObject({
  slot: instant.describe('Slot.'),
  realized: z.number().describe('Realized profit and loss, $.'),
  unrealized: z.number().describe('Unrealized profit and loss, $.'),
  equity: z.number().describe('Both together, $.'),
  drawdown: z.number().describe('Below the highest equity so far, $.'),
  open_positions: z.int().describe('Open positions.'),
  stale_marks: z.int().describe('Of these valued by an earlier mark, because the slot has none.'),
})

export const backtestAnswer = z.strictObject({
  ...lakeFolder,
  symbols: z.array(z.string()).describe('Underlyings that were traded.'),
  from: instant.describe('First slot.'),
  to: instant.describe('Last slot.'),
  journal: absolutePath.describe('File of the journal that was written.'),
  is_stopped: z.boolean().describe('True where it was stopped before the last slot.'),
  equity: z.number().describe('Realized and unrealized profit and loss at the end, $.'),
  realized: z.number().describe('Realized profit and loss, $.'),
  unrealized: z.number().describe('Unrealized profit and loss, $.'),
  commissions: z.number().describe('Commissions, included in both, $.'),
  max_drawdown: z
    .strictObject({
      dollars: z.number().describe('$.'),
      peak_at: instant.describe('When equity was highest.'),
      trough_at: instant.describe('When it was lowest after that.'),
    })
    .nullable()
    .describe('The greatest fall of equity; null if it never fell.'),
  wins: z
    .strictObject({
      won: z.int().describe('Closed positions with a profit.'),
      closed: z.int().describe('Closed positions whose profit is known.'),
      unknown: z.int().describe('Closed positions whose profit is not known.'),
      fraction: share,
    })
    .describe('How many positions won.'),
  in_market: z
    .strictObject({
      slots: z.int().describe('Slots with an open position.'),
      of: z.int().describe('Slots.'),
      fraction: share,
    })
    .describe('How long positions were open.'),
  decisions: z
    .strictObject({
      entries: z.int().describe('Decisions to enter.'),
      without_entry: z.int().describe('Decisions not to.'),
    })
    .describe('Decisions.'),
  orders: z
    .strictObject({
      intended: z.int().describe('Orders intended.'),
      filled: z.int().describe('Of these filled.'),
      refused: z.int().describe('Of these refused.'),
    })
    .describe('Orders.'),
  trades: z.array(trade).describe('Positions, in the order that they were opened.'),
  slots: z.array(point).describe('Equity, slot by slot.'),
})

export type BacktestAnswer = AnswerOf<typeof backtestAnswer>
