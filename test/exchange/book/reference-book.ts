import { BUY, type OrderKind, type Side } from '../../../src/exchange/book/order.ts'

/** An order of the reference book; `time` is its place in the queue of its price. */
export interface ReferenceOrder {
  readonly id: number
  readonly owner: number
  readonly side: Side
  price: number
  remaining: number
  time: number
}

export interface ReferenceTrade {
  readonly resting: number
  readonly incoming: number
  readonly price: number
  readonly quantity: number
}

/** A book as one would explain it: one list, sorted for every match. Slow and plain, to compare the fast one with. */
export class ReferenceBook {
  resting: ReferenceOrder[] = []
  trades: ReferenceTrade[] = []
  cancelled: number[] = []
  #time = 0
  #lastId = 0

  submit(owner: number, side: Side, kind: OrderKind, price: number, quantity: number): ReferenceOrder {
    const worst = side === BUY ? Number.POSITIVE_INFINITY : 0
    const order = {
      id: ++this.#lastId,
      owner,
      side,
      price: kind === 'market' ? worst : price,
      remaining: quantity,
      time: 0,
    }
    this.#match(order)
    if (kind === 'limit') this.#rest(order)
    return order
  }

  cancel(order: ReferenceOrder): boolean {
    const rests = this.resting.includes(order)
    this.resting = this.resting.filter((one) => one !== order)
    return rests
  }

  modify(order: ReferenceOrder, price: number, remaining: number): boolean {
    if (!this.resting.includes(order)) return false
    if (price === order.price && remaining <= order.remaining) {
      order.remaining = remaining
      return true
    }
    this.cancel(order)
    order.price = price
    order.remaining = remaining
    this.#match(order)
    this.#rest(order)
    return true
  }

  /** Orders of a side by price and time. */
  queue(side: Side): ReferenceOrder[] {
    return this.resting
      .filter((order) => order.side === side)
      .sort((a, b) => (b.price - a.price) * side || a.time - b.time)
  }

  levels(side: Side): { price: number; size: number; orders: number }[] {
    const prices = [...new Set(this.queue(side).map(({ price }) => price))]
    return prices.map((price) => {
      const orders = this.queue(side).filter((order) => order.price === price)
      return { price, size: orders.reduce((sum, order) => sum + order.remaining, 0), orders: orders.length }
    })
  }

  #rest(order: ReferenceOrder): void {
    if (order.remaining === 0) return
    order.time = ++this.#time
    this.resting.push(order)
  }

  #match(incoming: ReferenceOrder): void {
    for (const resting of this.queue(incoming.side === BUY ? -1 : 1)) {
      if (incoming.remaining === 0 || (resting.price - incoming.price) * incoming.side > 0) return
      if (resting.owner === incoming.owner) {
        this.cancel(resting)
        this.cancelled.push(resting.id)
        continue
      }
      const quantity = Math.min(incoming.remaining, resting.remaining)
      incoming.remaining -= quantity
      resting.remaining -= quantity
      if (resting.remaining === 0) this.cancel(resting)
      this.trades.push({ resting: resting.id, incoming: incoming.id, price: resting.price, quantity })
    }
  }
}
