import type { Side } from '../book/order.ts'
import { MAX_PRICE_TICKS } from '../book/price-index.ts'
import { MAX_ORDER_ID_LENGTH, MAX_QUANTITY } from './rules.ts'

/** One frame from a client, checked. Prices in ticks, quantities in shares. */
export type ClientMessage =
  | {
      readonly kind: 'order'
      readonly orderId: string
      readonly side: Side
      readonly price: number
      readonly quantity: number
    }
  | { readonly kind: 'cancel'; readonly orderId: string }
  | { readonly kind: 'done' }
  | {
      readonly kind: 'malformed'
      readonly error: ErrorName
      readonly message: string
      readonly orderId: string | null
    }

/** Names of what is wrong with a message, or why it was refused; docs/exchange.md has the table. */
export type ErrorName =
  | 'binary_frame'
  | 'invalid_json'
  | 'not_an_object'
  | 'unknown_action'
  | 'invalid_order_id'
  | 'invalid_side'
  | 'invalid_price'
  | 'price_off_tick'
  | 'price_too_high'
  | 'invalid_quantity'
  | 'quantity_too_large'
  | 'duplicate_order_id'
  | 'unknown_order'
  | 'self_trade'
  | 'not_started'
  | 'run_over'
  | 'too_many_messages'
  | 'open_order_limit'
  | 'inventory_limit'
  | 'decision_time_limit'

const DONE: ClientMessage = { kind: 'done' }

/** Reads a text frame. Unknown fields are ignored, so that clients may send fields of their own. */
export function parseClientMessage(
  text: string,
  { tickSize, lot }: { readonly tickSize: number; readonly lot: number },
): ClientMessage {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return malformed('invalid_json', 'the message is not JSON (NaN and Infinity are not either)')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return malformed('not_an_object', 'the message must be one JSON object')
  }
  const { action, order_id: orderId, side, price, qty } = value as Record<string, unknown>
  if (action === 'DONE') return DONE
  if (action !== undefined && action !== null && action !== 'CANCEL') {
    return malformed('unknown_action', 'action must be CANCEL or DONE, and absent in an order')
  }
  if (!isOrderId(orderId)) {
    const message = `order_id must be a text of 1 to ${MAX_ORDER_ID_LENGTH} characters without control characters`
    return malformed('invalid_order_id', message)
  }
  if (action === 'CANCEL') return { kind: 'cancel', orderId }
  if (side !== 'BUY' && side !== 'SELL') return malformed('invalid_side', 'side must be BUY or SELL', orderId)
  if (typeof price !== 'number' || !Number.isFinite(price) || price <= 0) {
    return malformed('invalid_price', 'price must be a number above 0', orderId)
  }
  const maxPrice = Math.round(MAX_PRICE_TICKS * tickSize * 1e6) / 1e6
  if (price > maxPrice) return malformed('price_too_high', `price must be at most ${maxPrice}`, orderId)
  const ticks = ticksOf(price, tickSize)
  if (ticks === null) {
    return malformed('price_off_tick', `price must be a multiple of ${tickSize}`, orderId)
  }
  if (typeof qty !== 'number' || !Number.isFinite(qty) || qty <= 0 || qty % lot !== 0) {
    return malformed('invalid_quantity', `qty must be a multiple of ${lot} above 0`, orderId)
  }
  if (qty > MAX_QUANTITY) {
    return malformed('quantity_too_large', `qty must be at most ${MAX_QUANTITY}`, orderId)
  }
  return { kind: 'order', orderId, side: side === 'BUY' ? 1 : -1, price: ticks, quantity: qty }
}

/** The price in ticks; null between two ticks. Sums of cents such as 0.1 + 0.2 are not exact in binary. */
function ticksOf(price: number, tickSize: number): number | null {
  const ticks = Math.round(price / tickSize)
  return ticks >= 1 && Math.abs(price - ticks * tickSize) <= 1e-6 * tickSize + price * 1e-12 ? ticks : null
}

function isOrderId(value: unknown): value is string {
  // Control characters and halves of surrogate pairs would not come back as they were sent.
  return (
    typeof value === 'string' &&
    value.length >= 1 &&
    value.length <= MAX_ORDER_ID_LENGTH &&
    !/[\p{Cc}\p{Cs}]/u.test(value)
  )
}

function malformed(error: ErrorName, message: string, orderId: string | null = null): ClientMessage {
  return { kind: 'malformed', error, message, orderId }
}
