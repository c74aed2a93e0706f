import { BUY, type Order, type OrderKind, type OrderOwner, SELL, type Side } from './order.ts'
import { createPriceIndex, MAX_PRICE_TICKS } from './price-index.ts'

/** Largest quantity of one order, shares. */
export const MAX_QUANTITY = 1_000_000_000

/** Why a resting order left the book without being filled. */
export type CancelReason = 'cancelled' | 'self_trade'

/** What the book tells while it works. A listener must not call the book. */
export interface BookEvents {
  /** `quantity` of both orders was traded at the resting order's price; both are already up to date. */
  onTrade(resting: Order, incoming: Order, quantity: number): void
  /** An order came to rest. */
  onRest?(order: Order): void
  /** A resting order left the book without being filled; `remaining` is what was left. */
  onCancel?(order: Order, reason: CancelReason): void
}

/** Shares at one price, as published. */
export interface BookLevel {
  /** Ticks. */
  readonly price: number
  readonly size: number
  /** Orders that make up the size. */
  readonly orders: number
}

/**
 * A limit order book in whole ticks with price-time priority. An incoming order is matched at once; one that would meet
 * a resting order of its own owner cancels that order instead and goes on.
 */
export interface OrderBook {
  /** Ticks; null when the side is empty. */
  readonly bestBid: number | null
  readonly bestAsk: number | null
  /** Orders that rest. */
  readonly orderCount: number
  /** `price` is not read for a market order. Throws a RangeError for a price or quantity that no book can hold. */
  submit(
    owner: OrderOwner,
    side: Side,
    kind: OrderKind,
    price: number,
    quantity: number,
    tag?: string | null,
  ): Order
  /** False when the order does not rest any more. */
  cancel(order: Order): boolean
  /**
   * Sets price and remaining quantity. At the same price, a quantity that is not larger keeps the place in the queue;
   * anything else goes to its end, and is matched at once where it crosses. False when the order does not rest any more.
   */
  modify(order: Order, price: number, remaining: number): boolean
  /** Shares at a price, of either side. */
  sizeAt(price: number): number
  /** Shares resting on a side in its best `levels` prices. */
  depth(side: Side, levels: number): number
  /** Shares resting on a side no further than `ticks` from its best price. */
  depthWithin(side: Side, ticks: number): number
  /** Whether at least `kept` shares that are not outside would rest on a side if its best `taken` were gone. */
  keeps(side: Side, taken: number, kept: number): boolean
  /** Shares resting on a side that are not outside. */
  inside(side: Side): number
  /** The best `count` prices of a side, best first. */
  levels(side: Side, count: number): BookLevel[]
  /** The resting orders of an owner, oldest first. */
  ordersOf(owner: OrderOwner): Order[]
  /** The resting orders of a side by price and time, best first. */
  orders(side: Side): Order[]
  /** The step that new orders are born in. */
  step: number
}

/** All orders at one price. A price has orders of one side only, so both sides share the levels. */
interface Level {
  readonly price: number
  size: number
  /** The part of the size whose owners are not outside. */
  inside: number
  count: number
  first: Order | null
  last: Order | null
}

/** Levels are kept in pages of 256 prices. A page is made when first used; its levels are forgotten with its last order. */
const PAGE_BITS = 8
const PAGE_MASK = (1 << PAGE_BITS) - 1
type Page = (Level | undefined)[]
const NO_LEVELS: Page = []

function createPage(): Page {
  const page: Page = []
  for (let at = 0; at <= PAGE_MASK; at++) page.push(undefined)
  return page
}

export function createOrderBook(events: BookEvents): OrderBook {
  const pages: Page[] = []
  /** Pages without levels, to be used again. */
  const sparePages: Page[] = []
  /** Levels of each page that have orders. */
  const openLevels = new Uint16Array((MAX_PRICE_TICKS >> PAGE_BITS) + 1)
  const bids = createPriceIndex()
  const asks = createPriceIndex()
  /** 0: the side is empty. */
  let bestBid = 0
  let bestAsk = 0
  /** Shares on each side that are not outside. */
  let insideBids = 0
  let insideAsks = 0
  let orderCount = 0
  let lastId = 0
  let busy = false

  function levelAt(price: number): Level {
    while (pages.length <= price >> PAGE_BITS) pages.push(NO_LEVELS)
    let page = pages[price >> PAGE_BITS] as Page
    if (page === NO_LEVELS) {
      page = sparePages.pop() ?? createPage()
      pages[price >> PAGE_BITS] = page
    }
    let level = page[price & PAGE_MASK]
    if (level === undefined) {
      level = { price, size: 0, inside: 0, count: 0, first: null, last: null }
      page[price & PAGE_MASK] = level
    }
    return level
  }

  function rest(order: Order): void {
    const level = levelAt(order.price)
    order.isResting = true
    order.previous = level.last
    order.next = null
    if (level.last === null) level.first = order
    else level.last.next = order
    level.last = order
    resize(level, order, order.remaining)
    if (level.count++ === 0) openLevel(order.side, order.price)
    orderCount++
    const { owner } = order
    order.previousOwn = null
    order.nextOwn = owner.firstOrder
    if (owner.firstOrder !== null) owner.firstOrder.previousOwn = order
    owner.firstOrder = order
    owner.openOrders++
    events.onRest?.(order)
  }

  /** Takes an order out of the book; its remaining quantity is no more part of the level's size. */
  function remove(order: Order, level: Level): void {
    order.isResting = false
    if (order.previous === null) level.first = order.next
    else order.previous.next = order.next
    if (order.next === null) level.last = order.previous
    else order.next.previous = order.previous
    resize(level, order, -order.remaining)
    if (--level.count === 0) closeLevel(order.side, level.price)
    orderCount--
    const { owner } = order
    if (order.previousOwn === null) owner.firstOrder = order.nextOwn
    else order.previousOwn.nextOwn = order.nextOwn
    if (order.nextOwn !== null) order.nextOwn.previousOwn = order.previousOwn
    owner.openOrders--
    // A finished order may be kept by its owner; it must not keep others alive.
    order.next = null
    order.previous = null
    order.nextOwn = null
    order.previousOwn = null
  }

  function resize(level: Level, { owner, side }: Order, shares: number): void {
    level.size += shares
    if (owner.isOutside === true) return
    level.inside += shares
    if (side === BUY) insideBids += shares
    else insideAsks += shares
  }

  function openLevel(side: Side, price: number): void {
    openLevels[price >> PAGE_BITS]!++
    if (side === BUY) {
      bids.add(price)
      if (price > bestBid) bestBid = price
    } else {
      asks.add(price)
      if (bestAsk === 0 || price < bestAsk) bestAsk = price
    }
  }

  function closeLevel(side: Side, price: number): void {
    if (side === BUY) {
      bids.remove(price)
      if (price === bestBid) bestBid = bids.atOrBelow(price)
    } else {
      asks.remove(price)
      if (price === bestAsk) bestAsk = asks.atOrAbove(price)
    }
    if (--openLevels[price >> PAGE_BITS]! === 0) forgetLevels(price >> PAGE_BITS)
  }

  function forgetLevels(at: number): void {
    const page = pages[at] as Page
    // Faster than fill.
    for (let place = 0; place <= PAGE_MASK; place++) page[place] = undefined
    sparePages.push(page)
    pages[at] = NO_LEVELS
  }

  function match(incoming: Order): void {
    const isBuy = incoming.side === BUY
    while (incoming.remaining > 0) {
      const best = isBuy ? bestAsk : bestBid
      if (best === 0 || (isBuy ? best > incoming.price : best < incoming.price)) return
      const level = levelAt(best)
      const resting = level.first as Order
      if (resting.owner === incoming.owner) {
        remove(resting, level)
        events.onCancel?.(resting, 'self_trade')
        continue
      }
      const quantity = Math.min(incoming.remaining, resting.remaining)
      incoming.remaining -= quantity
      resting.remaining -= quantity
      resize(level, resting, -quantity)
      if (resting.remaining === 0) remove(resting, level)
      events.onTrade(resting, incoming, quantity)
    }
  }

  /** Begins a change: a listener that called the book would see it half done. */
  function enter(): void {
    if (busy) throw new Error('the order book was called by its own listener')
    busy = true
  }

  const book: OrderBook = {
    step: 0,
    get bestBid() {
      return bestBid === 0 ? null : bestBid
    },
    get bestAsk() {
      return bestAsk === 0 ? null : bestAsk
    },
    get orderCount() {
      return orderCount
    },
    submit: (owner, side, kind, price, quantity, tag = null) => {
      const limit = kind === 'market' ? (side === BUY ? MAX_PRICE_TICKS : 1) : price
      checkPrice(limit)
      checkQuantity(quantity)
      const order: Order = {
        id: ++lastId,
        owner,
        side,
        price: limit,
        remaining: quantity,
        isResting: false,
        bornStep: book.step,
        tag,
        next: null,
        previous: null,
        nextOwn: null,
        previousOwn: null,
      }
      enter()
      try {
        match(order)
        if (kind === 'limit' && order.remaining > 0) rest(order)
      } finally {
        busy = false
      }
      return order
    },
    cancel: (order) => {
      if (!order.isResting) return false
      enter()
      try {
        remove(order, levelAt(order.price))
        events.onCancel?.(order, 'cancelled')
      } finally {
        busy = false
      }
      return true
    },
    modify: (order, price, remaining) => {
      if (!order.isResting) return false
      checkPrice(price)
      checkQuantity(remaining)
      enter()
      try {
        const level = levelAt(order.price)
        if (price === order.price && remaining <= order.remaining) {
          resize(level, order, remaining - order.remaining)
          order.remaining = remaining
          return true
        }
        remove(order, level)
        order.price = price
        order.remaining = remaining
        match(order)
        if (order.remaining > 0) rest(order)
        return true
      } finally {
        busy = false
      }
    },
    sizeAt: (price) => pages[price >> PAGE_BITS]?.[price & PAGE_MASK]?.size ?? 0,
    depth: (side, levels) => {
      let sum = 0
      let price = side === BUY ? bestBid : bestAsk
      for (let count = 0; count < levels && price !== 0; count++) {
        sum += levelAt(price).size
        price = nextPrice(side, price)
      }
      return sum
    },
    depthWithin: (side, ticks) => {
      let sum = 0
      const best = side === BUY ? bestBid : bestAsk
      for (let price = best; price !== 0 && Math.abs(price - best) <= ticks; price = nextPrice(side, price))
        sum += levelAt(price).size
      return sum
    },
    keeps: (side, taken, kept) => {
      const inside = side === BUY ? insideBids : insideAsks
      if (inside - taken >= kept) return true
      if (inside < kept) return false
      let before = taken
      let left = 0
      let price = side === BUY ? bestBid : bestAsk
      while (left < kept && price !== 0) {
        const { size, inside } = levelAt(price)
        if (before < size) left += Math.min(inside, size - before)
        before = Math.max(0, before - size)
        price = nextPrice(side, price)
      }
      return left >= kept
    },
    inside: (side) => (side === BUY ? insideBids : insideAsks),
    levels: (side, count) => {
      const levels: BookLevel[] = []
      let price = side === BUY ? bestBid : bestAsk
      while (levels.length < count && price !== 0) {
        const level = levelAt(price)
        levels.push({ price, size: level.size, orders: level.count })
        price = nextPrice(side, price)
      }
      return levels
    },
    ordersOf: (owner) => {
      const orders: Order[] = []
      for (let order = owner.firstOrder; order !== null; order = order.nextOwn) orders.push(order)
      return orders.sort((a, b) => a.id - b.id)
    },
    orders: (side) => {
      const orders: Order[] = []
      for (let price = side === BUY ? bestBid : bestAsk; price !== 0; price = nextPrice(side, price))
        for (let order = levelAt(price).first; order !== null; order = order.next) orders.push(order)
      return orders
    },
  }

  function nextPrice(side: Side, price: number): number {
    return side === SELL ? asks.atOrAbove(price + 1) : bids.atOrBelow(price - 1)
  }

  return book
}

function checkPrice(price: number): void {
  if (!(Number.isInteger(price) && price >= 1 && price <= MAX_PRICE_TICKS))
    throw new RangeError(`price ${price}: must be 1 to ${MAX_PRICE_TICKS} ticks`)
}

function checkQuantity(quantity: number): void {
  if (!(Number.isInteger(quantity) && quantity >= 1 && quantity <= MAX_QUANTITY))
    throw new RangeError(`quantity ${quantity}: must be 1 to ${MAX_QUANTITY} shares`)
}
