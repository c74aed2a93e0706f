import type { SimContract, SimQuote } from '../market/market.ts'
import type { Instrument, Side } from './order.ts'

/**
 * Where orders are executed. There are two: against the quotes of a market (`quote-venue.ts`), and in the order book of
 * a scenario. A venue knows orders by the broker's permanent id and nothing of clients, accounts or trading hours: the
 * broker submits an order only while its instrument trades.
 */
export interface Venue {
  /** Takes an order. The listener may be called before this returns. */
  submit(order: VenueOrder, listener: VenueListener): void
  /** Changes an order that rests. The listener may be called before this returns. False: it does not rest here. */
  modify(permId: number, change: { quantity: number; limitPrice: number | null }): boolean
  /** Takes an order away, without a call of its listener. False: it does not rest here. */
  cancel(permId: number): boolean
  /** The quote against which orders are valued at the moment. */
  quote(contract: SimContract): SimQuote
}

export interface VenueOrder {
  readonly permId: number
  readonly instrument: Instrument
  readonly side: Side
  /** What is still to be filled; a positive integer. */
  readonly quantity: number
  /** Dollars; null: a market order. */
  readonly limitPrice: number | null
  /** True: what cannot be filled at once is cancelled (IOC). */
  readonly immediate: boolean
}

/** What happens to one order, in the order in which it happens. Nothing follows the last fill or `cancelled`. */
export interface VenueListener {
  fill(fill: VenueFill): void
  /** The venue has ended the order without being asked to; `reason` is for the client. */
  cancelled(reason: string): void
}

export interface VenueFill {
  readonly quantity: number
  /** Dollars; net for a combination. */
  readonly price: number
  /** Prices of a combination's legs, in their order; empty for a single contract. */
  readonly legPrices: readonly number[]
  /** Whether the order rested before. */
  readonly wasResting: boolean
}
