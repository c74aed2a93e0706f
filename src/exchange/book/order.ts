/** Side of an order: its sign is the sign of the shares it brings. */
export type Side = 1 | -1
export const BUY = 1
export const SELL = -1

/**
 * limit: what is not matched at once rests at the price. ioc: what is not matched at once at the price or better is
 * cancelled. market: an ioc without a price.
 */
export type OrderKind = 'limit' | 'market' | 'ioc'

/** Who an order belongs to; the book keeps the list of its resting orders here. */
export interface OrderOwner {
  /** The newest resting order; the others follow by `nextOwn`. */
  firstOrder: Order | null
  openOrders: number
  /** True: its orders do not count where the book tells what the others keep in it (`keeps`, `inside`). */
  readonly isOutside?: boolean
}

/**
 * One order, and a link of its price level's queue while it rests. It is its own handle: cancel and modify take the
 * order, so nothing is looked up by number. Only the book writes to it.
 */
export interface Order {
  /** Counts up from 1 in order of arrival. */
  readonly id: number
  readonly owner: OrderOwner
  readonly side: Side
  /** Ticks; of a market order the worst legal price of its side. */
  price: number
  /** Shares that are not filled; 0 when it is filled, what was left when it was cancelled. */
  remaining: number
  /** Whether it is in the book. */
  isResting: boolean
  /** The step in which it came, as told to the book. */
  readonly bornStep: number
  /** The name that its owner gave it; null without one. */
  readonly tag: string | null
  /** The next order in time at the same price, and the one before. */
  next: Order | null
  previous: Order | null
  /** The next older resting order of the same owner, and the newer one. */
  nextOwn: Order | null
  previousOwn: Order | null
}
