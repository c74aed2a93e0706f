import { BUY, SELL } from '../../../src/exchange/book/order.ts'
import type { SteppedMarket } from '../../../src/exchange/engine/market.ts'

/** How far the first of them is from the opening price, ticks: no agent trades there. */
const DISTANCE_TICKS = 60_000
const PRICES = 500

/** Adds orders of a participant that rest far from the market, on both sides and many prices. */
export function fillBook(market: SteppedMarket, orders: number): void {
  const participant = market.join('resting', { onFill: () => {} })
  const opening = Math.round(market.view.mid)
  for (let at = 0; at < orders; at++) {
    const side = at % 2 === 0 ? BUY : SELL
    const price = opening - side * (DISTANCE_TICKS + (at % PRICES))
    participant.submit({ side, kind: 'limit', price, quantity: 100 })
  }
}
