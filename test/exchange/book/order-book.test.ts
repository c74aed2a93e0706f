import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BUY, type Order, type OrderOwner, SELL } from '../../../src/exchange/book/order.ts'
import { createOrderBook, MAX_QUANTITY, type OrderBook } from '../../../src/exchange/book/order-book.ts'
import { MAX_PRICE_TICKS } from '../../../src/exchange/book/price-index.ts'
import { ReferenceBook, type ReferenceOrder, type ReferenceTrade } from './reference-book.ts'

const newOwner = (isOutside = false): OrderOwner => ({ firstOrder: null, openOrders: 0, isOutside })

interface Recorded {
  readonly book: OrderBook
  readonly trades: ReferenceTrade[]
  readonly cancelled: number[]
}

/** A book that writes down what it tells. */
function recordedBook(): Recorded {
  const trades: ReferenceTrade[] = []
  const cancelled: number[] = []
  const book = createOrderBook({
    onTrade: (resting, incoming, quantity) =>
      trades.push({ resting: resting.id, incoming: incoming.id, price: resting.price, quantity }),
    onCancel: (order, reason) => {
      if (reason === 'self_trade') cancelled.push(order.id)
    },
  })
  return { book, trades, cancelled }
}

const side = fc.constantFrom(BUY, SELL)
const price = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 95, max: 106 }) },
  { weight: 1, arbitrary: fc.constantFrom(1, 31, 32, 1_023, 1_024, 32_767, 32_768, MAX_PRICE_TICKS) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: MAX_PRICE_TICKS }) },
)
const quantity = fc.integer({ min: 1, max: 9 })
const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('submit' as const),
      owner: fc.nat(2),
      side,
      kind: fc.constantFrom('limit' as const, 'limit' as const, 'ioc' as const, 'market' as const),
      price,
      quantity,
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('cancel' as const), order: fc.nat(60) }) },
  {
    weight: 3,
    arbitrary: fc.record({ what: fc.constant('modify' as const), order: fc.nat(60), price, quantity }),
  },
)

test('the book does what a plain list of orders does, whatever the orders', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const { book, trades, cancelled } = recordedBook()
      const reference = new ReferenceBook()
      const owners = [newOwner(), newOwner(), newOwner(true)]
      const orders: [Order, ReferenceOrder][] = []
      for (const one of commands) {
        if (one.what === 'submit') {
          const owner = owners[one.owner] as OrderOwner
          orders.push([
            book.submit(owner, one.side, one.kind, one.price, one.quantity),
            reference.submit(one.owner, one.side, one.kind, one.price, one.quantity),
          ])
        } else {
          const pair = orders[one.order % Math.max(1, orders.length)]
          if (!pair) continue
          const [order, expected] = pair
          if (one.what === 'cancel') expect(book.cancel(order)).toBe(reference.cancel(expected))
          else
            expect(book.modify(order, one.price, one.quantity)).toBe(
              reference.modify(expected, one.price, one.quantity),
            )
        }
        expect(trades).toEqual(reference.trades)
        expect(cancelled).toEqual(reference.cancelled)
        expectSameBook(book, reference)
      }
      for (const [order, expected] of orders) expect(order.remaining).toBe(expected.remaining)
      owners.forEach((owner, at) => {
        const expected = reference.resting.filter((one) => one.owner === at).map(({ id }) => id)
        expect(book.ordersOf(owner).map(({ id }) => id)).toEqual(expected.sort((a, b) => a - b))
        expect(owner.openOrders).toBe(expected.length)
      })
    }),
    { numRuns: 200 },
  )
})

function expectSameBook(book: OrderBook, reference: ReferenceBook): void {
  for (const side of [BUY, SELL] as const) {
    const levels = reference.levels(side)
    expect(book.levels(side, 1_000)).toEqual(levels)
    expect(book.orders(side).map(({ id }) => id)).toEqual(reference.queue(side).map(({ id }) => id))
    expect(side === BUY ? book.bestBid : book.bestAsk).toBe(levels[0]?.price ?? null)
    const sizes = levels.map(({ size }) => size)
    expect(book.depth(side, 2)).toBe((sizes[0] ?? 0) + (sizes[1] ?? 0))
    for (const { price, size } of levels) expect(book.sizeAt(price)).toBe(size)
    const queue = reference.queue(side)
    expect(book.inside(side)).toBe(insideOf(queue))
    for (const taken of [0, 7, 20])
      for (const kept of [1, 8])
        expect(book.keeps(side, taken, kept)).toBe(insideOfLevels(levels, queue, taken) >= kept)
    const near = levels.filter((level) => Math.abs(level.price - (levels[0]?.price as number)) <= 3)
    expect(book.depthWithin(side, 3)).toBe(near.reduce((sum, { size }) => sum + size, 0))
  }
  expect(book.orderCount).toBe(reference.resting.length)
}

const isInside = ({ owner }: ReferenceOrder) => owner !== 2

function insideOf(queue: readonly ReferenceOrder[]): number {
  return queue.reduce((sum, order) => sum + (isInside(order) ? order.remaining : 0), 0)
}

/** What is left of the orders that are not outside; of a price that is taken in part, as much as can be. */
function insideOfLevels(
  levels: readonly { price: number; size: number }[],
  queue: readonly ReferenceOrder[],
  taken: number,
): number {
  let before = taken
  return levels.reduce((sum, { price, size }) => {
    const inside = insideOf(queue.filter((order) => order.price === price))
    const left = Math.max(0, size - before)
    before = Math.max(0, before - size)
    return sum + Math.min(inside, left)
  }, 0)
}

test('an order is filled at the prices of the orders that it meets, best first, oldest first', () => {
  const { book, trades } = recordedBook()
  const [maker, taker] = [newOwner(), newOwner()]
  book.submit(maker, SELL, 'limit', 102, 100)
  book.submit(maker, SELL, 'limit', 101, 100)
  book.submit(maker, SELL, 'limit', 101, 300)
  const order = book.submit(taker, BUY, 'limit', 102, 450)
  expect(trades).toEqual([
    { resting: 2, incoming: 4, price: 101, quantity: 100 },
    { resting: 3, incoming: 4, price: 101, quantity: 300 },
    { resting: 1, incoming: 4, price: 102, quantity: 50 },
  ])
  expect(order).toMatchObject({ remaining: 0, isResting: false })
  expect(book.levels(SELL, 5)).toEqual([{ price: 102, size: 50, orders: 1 }])
})

test('what an ioc and a market order do not find is cancelled; what a limit order does not find rests', () => {
  const { book } = recordedBook()
  const [maker, taker] = [newOwner(), newOwner()]
  book.submit(maker, SELL, 'limit', 101, 100)
  expect(book.submit(taker, BUY, 'ioc', 101, 300)).toMatchObject({ remaining: 200, isResting: false })
  expect(book.submit(taker, BUY, 'market', 0, 300)).toMatchObject({ remaining: 300, isResting: false })
  expect([book.bestBid, book.bestAsk, book.orderCount]).toEqual([null, null, 0])
  expect(book.submit(taker, BUY, 'limit', 101, 300)).toMatchObject({ remaining: 300, isResting: true })
})

test('an order that meets one of its own owner cancels it and trades with the next', () => {
  const { book, trades, cancelled } = recordedBook()
  const [one, other] = [newOwner(), newOwner()]
  const own = book.submit(one, SELL, 'limit', 101, 100)
  book.submit(other, SELL, 'limit', 101, 100)
  expect(book.submit(one, BUY, 'limit', 101, 100).remaining).toBe(0)
  expect(own).toMatchObject({ isResting: false, remaining: 100 })
  expect(cancelled).toEqual([1])
  expect(trades).toEqual([{ resting: 2, incoming: 3, price: 101, quantity: 100 }])
})

test('a smaller or equal quantity keeps the place in the queue, a larger one and a new price lose it', () => {
  const { book } = recordedBook()
  const owner = newOwner()
  const orders = [1, 2, 3].map(() => book.submit(owner, BUY, 'limit', 100, 300))
  const queue = () => book.orders(BUY).map(({ id }) => id)
  book.modify(orders[0] as Order, 100, 200)
  expect(queue()).toEqual([1, 2, 3])
  book.modify(orders[0] as Order, 100, 200)
  expect(queue()).toEqual([1, 2, 3])
  book.modify(orders[1] as Order, 100, 400)
  expect(queue()).toEqual([1, 3, 2])
  book.modify(orders[0] as Order, 99, 200)
  expect(queue()).toEqual([3, 2, 1])
  expect(book.levels(BUY, 5)).toEqual([
    { price: 100, size: 700, orders: 2 },
    { price: 99, size: 200, orders: 1 },
  ])
})

test('a price or quantity that no book can hold is refused and changes nothing', () => {
  const { book } = recordedBook()
  const owner = newOwner()
  for (const bad of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, MAX_PRICE_TICKS + 1])
    expect(() => book.submit(owner, BUY, 'limit', bad, 100)).toThrow(
      `price ${bad}: must be 1 to ${MAX_PRICE_TICKS} ticks`,
    )
  for (const bad of [0, -100, 0.5, Number.NaN, MAX_QUANTITY + 1])
    expect(() => book.submit(owner, BUY, 'limit', 100, bad)).toThrow(
      `quantity ${bad}: must be 1 to ${MAX_QUANTITY} shares`,
    )
  const order = book.submit(owner, BUY, 'limit', 100, 100)
  expect(() => book.modify(order, 0, 100)).toThrow(RangeError)
  expect(book.orders(BUY)).toEqual([order])
})

test('a listener that calls the book is refused', () => {
  const owner = newOwner()
  const book: OrderBook = createOrderBook({
    onTrade: (resting) => {
      book.cancel(resting)
      book.submit(owner, BUY, 'limit', 1, 1)
    },
  })
  book.submit(owner, SELL, 'limit', 100, 100)
  expect(() => book.submit(newOwner(), BUY, 'limit', 100, 100)).toThrow('called by its own listener')
})

test('ten thousand resting orders are found, filled and cancelled', () => {
  const { book } = recordedBook()
  const [maker, taker] = [newOwner(), newOwner()]
  const orders: Order[] = []
  for (let n = 0; n < 10_000; n++)
    orders.push(book.submit(maker, n % 2 ? BUY : SELL, 'limit', n % 2 ? 50_000 - n : 50_001 + n, 100))
  expect(book.orderCount).toBe(10_000)
  expect(book.submit(taker, BUY, 'market', 0, 250_000).remaining).toBe(0)
  expect([book.bestBid, book.bestAsk]).toEqual([49_999, 55_001])
  for (const order of orders) book.cancel(order)
  expect([book.orderCount, book.bestBid, book.bestAsk, maker.firstOrder]).toEqual([0, null, null, null])
})

test('prices that were used once take no memory', () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const heapBytes = () => {
    collectGarbage()
    return process.memoryUsage().heapUsed
  }
  const { book } = recordedBook()
  const owner = newOwner()
  const before = heapBytes()
  for (let price = 1; price <= MAX_PRICE_TICKS; price += 3)
    book.cancel(book.submit(owner, BUY, 'limit', price, 100))
  expect(heapBytes() - before).toBeLessThan(10e6)
  expect(book.sizeAt(MAX_PRICE_TICKS)).toBe(0)
  book.submit(owner, BUY, 'limit', MAX_PRICE_TICKS, 100)
  expect(book.levels(BUY, 2)).toEqual([{ price: MAX_PRICE_TICKS, size: 100, orders: 1 }])
})
