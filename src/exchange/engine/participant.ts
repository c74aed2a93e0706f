import type { Order, OrderKind, Side } from '../book/order.ts'
import type { OrderBook } from '../book/order-book.ts'
import type { Account, Fill } from './agent.ts'

export interface OrderRequest {
  readonly side: Side
  readonly kind: OrderKind
  /** Ticks; not read for a market order. */
  readonly price: number
  /** Shares. */
  readonly quantity: number
  /** A name of the caller's, found again in `order.tag`. */
  readonly tag?: string
}

/** What happens to a participant's orders. Called when the book is consistent again, in the order of events. */
export interface ParticipantListener {
  onFill(fill: Fill): void
  /** An order was cancelled by the market: it would have met one of its own owner. */
  onSelfTrade?(order: Order): void
}

/**
 * Someone from outside, exempt from the agents' restraints. Orders take effect at once, in order of arrival, between two
 * steps: during `advance` every call throws.
 */
export interface Participant {
  readonly name: string
  readonly account: Account
  /** Throws a RangeError for a price or quantity that no book can hold. */
  submit(request: OrderRequest): Order
  /** False when the order does not rest any more, or is another's. */
  cancel(order: Order): boolean
  /** As the book's: a smaller quantity at the same price keeps its place. False as for cancel. */
  modify(order: Order, change: { readonly price: number; readonly remaining: number }): boolean
  /** Resting orders, oldest first. */
  openOrders(): Order[]
  /** Cancels all its orders; the account stays, as it takes part in the sums. */
  leave(): void
}

/** @param change runs one change of the book and then delivers what happened. */
export function createParticipant(
  account: Account,
  book: OrderBook,
  change: <T>(run: () => T) => T,
): Participant {
  return {
    name: account.name,
    account,
    submit: ({ side, kind, price, quantity, tag }) =>
      change(() => book.submit(account, side, kind, price, quantity, tag ?? null)),
    cancel: (order) => order.owner === account && change(() => book.cancel(order)),
    modify: (order, { price, remaining }) =>
      order.owner === account && change(() => book.modify(order, price, remaining)),
    openOrders: () => book.ordersOf(account),
    leave: () =>
      change(() => {
        for (const order of book.ordersOf(account)) book.cancel(order)
      }),
  }
}
