import { BUY, SELL } from '../book/order.ts'
import type { OrderBook } from '../book/order-book.ts'
import type { Scenario } from '../scenarios/schema.ts'
import type { ExpiryCalendar } from './expiry.ts'
import type { Member } from './members.ts'

const OPENING_LEVELS = 5
const LOTS_A_LEVEL = 5
/** A minute: by then the agents' own orders make the book. */
const OPENING_STEPS = 600

/** The orders that a scenario opens with: five prices a side around the initial price, half a spread apart. */
export function placeOpeningOrders(
  { initialPrice, initialSpread, tickSize, lot }: Scenario,
  { book, expiries, account }: { book: OrderBook; expiries: ExpiryCalendar; account: Member },
): void {
  const middle = Math.round(initialPrice / tickSize)
  const half = Math.max(1, Math.round(initialSpread / 2 / tickSize))
  for (let level = 1; level <= OPENING_LEVELS; level++) {
    for (const side of [BUY, SELL] as const) {
      const price = Math.max(1, middle - side * level * half)
      expiries.add(book.submit(account, side, 'limit', price, LOTS_A_LEVEL * lot), OPENING_STEPS)
    }
  }
}
