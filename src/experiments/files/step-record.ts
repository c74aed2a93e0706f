import { z } from 'zod'

// One record a step, one line of JSON a record. The fields of the framework that the experiments come from have its names
// and its order, so that programs written for its files read these; the others are ours. What is absent is null or an
// empty list.

const price = z.number().describe('Dollars.')
const shares = z.int().describe('Shares.')
const side = z.enum(['BUY', 'SELL'])
const orderId = z.string()

const levelSchema = z.object({ price, qty: shares })

const marketSchema = z.object({
  bid: price.nullable().describe('Best bid in dollars; null if there is none.'),
  ask: price.nullable().describe('Best ask in dollars; null if there is none.'),
  mid: price.nullable().describe('(bid + ask) / 2; null unless both sides have orders.'),
  spread: price.nullable().describe('ask − bid; null unless both sides have orders.'),
  last_trade: price.nullable().describe('Price of the latest trade of the run; null before the first.'),
  bid_size: shares.nullable().describe('Shares at the best bid.'),
  ask_size: shares.nullable().describe('Shares at the best ask.'),
})

const bookSchema = z.object({
  bids: z.array(levelSchema).describe('Levels that the venue sent, best first.'),
  asks: z.array(levelSchema),
  bid_depth: shares.describe('Shares in `bids`.'),
  ask_depth: shares.describe('Shares in `asks`.'),
})

const stateSchema = z.object({
  inventory: shares.describe('Negative when short.'),
  cash_flow: price.describe('Dollars received less dollars paid since the start.'),
  pnl: price.nullable().describe('cash_flow + inventory × mark; null before the first valid mid.'),
  orders_sent: z.int().describe('Orders sent before this record.'),
  open_orders: z.int().describe('Orders that are open at this record, before its own.'),
  mark: price.nullable().describe('The last valid mid, of this step or before.'),
  average_price: price.nullable().describe('Average cost of the inventory; null when flat.'),
  realised_pnl: price.describe('Of shares that were bought and sold, at average cost.'),
  unrealised_pnl: price.nullable().describe('inventory × (mark − average_price); 0 when flat.'),
})

const orderSchema = z.object({ order_id: orderId, side, price, qty: shares })

const fillSchema = z.object({
  order_id: orderId,
  side,
  price,
  qty: shares.describe('Shares of this fill.'),
  remaining: shares.nullable().describe('Shares of the order that are still open.'),
  is_maker: z.boolean().nullable().describe('The order rested before; null if the venue does not say.'),
  latency_ms: z.number().nullable().describe('Wall clock, from sending the order to reading this fill.'),
  sent_at_step: z.int().nullable().describe('The step whose record has the order.'),
  arrival_mid: price.nullable().describe('The last valid mid when the order was sent.'),
  mid: price.nullable().describe('The last valid mid before the fill: that of the record before.'),
})

/** The record of one step, as it stands in a file. `StepRecord` has the meaning of its parts. */
export const stepRecordSchema = z.object({
  step: z.int().nonnegative(),
  timestamp: z.string().describe('Market time as the venue states it, ISO 8601.'),
  experiment: z.string(),
  scenario: z.string(),
  run_id: z.string(),
  mode: z.enum(['passive', 'active']),
  market: marketSchema,
  book: bookSchema,
  state: stateSchema,
  action: orderSchema.nullable().describe('The first of `orders`; null without one.'),
  fill: z
    .object({ side, price, qty: shares, order_id: orderId, latency_ms: z.number().nullable() })
    .nullable()
    .describe('The last of `fills`, as the original files have it; null without one.'),
  seed: z.int().nullable().describe('Null where the venue has none.'),
  rules: z.enum(['research', 'original']),
  trades: z
    .array(z.object({ price, qty: shares, side }))
    .describe('Trades of the market since the record before; the side is that of the incoming order.'),
  orders: z.array(orderSchema).describe('Sent in answer to this step.'),
  cancels: z.array(orderId).describe('Cancels sent in answer to this step, before the orders.'),
  skipped: z
    .array(z.object({ side, price, qty: shares, reason: z.string() }))
    .describe('Orders that the strategy wanted in answer to this step and that were not sent.'),
  refused: z
    .array(z.object({ order_id: orderId.nullable(), code: z.string().nullable(), message: z.string() }))
    .describe('What the venue refused or reported as an error since the record before.'),
  fills: z.array(fillSchema).describe('All fills since the record before; `state` includes them.'),
  timing: z.object({
    decision_ms: z.number().nullable().describe('Wall clock that the strategy took to answer this step.'),
    step_ms: z.number().nullable().describe('Wall clock from the end of the answer before to this snapshot.'),
  }),
})

/**
 * One step of a run: the snapshot of the market at `step`; the fills and refusals since the record before; the own state
 * with them, before the answer to this step; and that answer: cancels, orders, skipped orders. Orders of the record of
 * step s are therefore filled in records after s. Only `timing` and the fills' `latency_ms` depend on the wall clock.
 */
export type StepRecord = Readonly<z.output<typeof stepRecordSchema>>
export type RecordedFill = StepRecord['fills'][number]
export type RecordedOrder = StepRecord['orders'][number]

/** JSON Schema of one line, for other programs: config/step-record.schema.json. */
export function stepRecordJsonSchema(): unknown {
  return z.toJSONSchema(stepRecordSchema)
}
