import { expect, test, vi } from 'vitest'
import type { Order } from '../../../src/exchange/book/order.ts'
import type { BookEvents, OrderBook } from '../../../src/exchange/book/order-book.ts'
import { createSteppedMarket } from '../../../src/exchange/engine/market.ts'
import { BUILT_IN_SCENARIOS } from '../../../src/exchange/scenarios/load.ts'
import { loadOfferedScenarios } from '../../../src/exchange/server/offered-scenarios.ts'
import { RULES } from '../../../src/exchange/server/rules.ts'
import { createRun } from '../../../src/exchange/server/run.ts'

const STEPS = 600

/** Trades of the market under test at a price that the resting order was not given, or of one owner with itself. */
const wrongTrades: string[] = []
let tradeCount = 0

vi.mock('../../../src/exchange/book/order-book.ts', async (original) => {
  const module = await original<typeof import('../../../src/exchange/book/order-book.ts')>()
  return { ...module, createOrderBook: (events: BookEvents) => watched(module.createOrderBook, events) }
})

/** A book that remembers the price that each resting order was given, and compares each trade with it. */
function watched(create: (events: BookEvents) => OrderBook, events: BookEvents): OrderBook {
  const given = new Map<Order, number>()
  let asked = 0
  const book = create({
    ...events,
    onRest: (order) => {
      given.set(order, asked)
      events.onRest?.(order)
    },
    onTrade: (resting, incoming, quantity) => {
      tradeCount++
      if (given.get(resting) !== resting.price || resting.owner === incoming.owner)
        wrongTrades.push(`order ${resting.id} was traded at ${resting.price}, not ${given.get(resting)}`)
      events.onTrade(resting, incoming, quantity)
    },
  })
  const { submit, modify } = book
  book.submit = (owner, side, kind, price, quantity, tag) => {
    asked = price
    return submit(owner, side, kind, price, quantity, tag)
  }
  book.modify = (order, price, remaining) => {
    asked = price
    if (order.isResting) given.set(order, price)
    return modify(order, price, remaining)
  }
  return book
}

interface Snapshot {
  readonly step: number
  readonly bid: number
  readonly ask: number
  readonly bids: readonly { price: number; qty: number }[]
  readonly asks: readonly { price: number; qty: number }[]
}

/** Cash and shares as a client counts them, from its fills alone; cents. */
interface Own {
  cash: number
  shares: number
}

const cents = (dollars: number) => Math.round(dollars * 100)

function playedScenario(name: string) {
  const [offered] = loadOfferedScenarios([name], { seed: null, steps: null }).values()
  if (!offered) throw new Error('no scenario')
  const market = createSteppedMarket(offered.scenario)
  const own: Own = { cash: 0, shares: 0 }
  const snapshots: Snapshot[] = []
  const run = createRun(
    market,
    { steps: STEPS, rules: RULES.research, bookLevels: 10_000, priceText: offered.priceText },
    {
      market: (text) => snapshots.push(JSON.parse(text)),
      orders: (text) => {
        const { type, side, price, qty } = JSON.parse(text)
        if (type !== 'FILL') return
        const shares = side === 'BUY' ? qty : -qty
        own.shares += shares
        own.cash -= shares * cents(price)
      },
    },
  )
  run.start()
  return { market, run, own, snapshots }
}

/** Crosses the spread, quotes at and inside the touch, and cancels: every kind of fill. */
function* ordersAt({ step, bid, ask }: Snapshot): Generator<object> {
  if (bid === 0 || ask === 0) return
  const side = step % 20 < 10 ? 'BUY' : 'SELL'
  if (step % 5 === 0) yield { order_id: `x${step}`, side, price: side === 'BUY' ? ask : bid, qty: 300 }
  if (step % 3 === 0) yield { order_id: `b${step}`, side: 'BUY', price: bid, qty: 100 }
  if (step % 3 === 1) yield { order_id: `a${step}`, side: 'SELL', price: ask - 0.01, qty: 100 }
  for (const id of [`b${step - 20}`, `a${step - 20}`]) yield { action: 'CANCEL', order_id: id }
}

test.each(BUILT_IN_SCENARIOS)('%s: at every step each price is that of an order, and P&L adds up', (name) => {
  const { market, run, own, snapshots } = playedScenario(name)
  wrongTrades.length = 0
  tradeCount = 0
  let compared = 0
  for (let step = 0; step < STEPS; step++) {
    for (const message of ordersAt(snapshots.at(-1) as Snapshot)) run.receive(JSON.stringify(message))
    run.receive('{"action":"DONE"}')
    const snapshot = snapshots.at(-1) as Snapshot
    expect(snapshot.step).toBe(step + 1)
    expect(shownOrders(snapshot)).toEqual(restingOrders(market.book))
    expect([snapshot.bid, snapshot.ask]).toEqual([snapshot.bids[0]?.price ?? 0, snapshot.asks[0]?.price ?? 0])
    const { final_pnl, final_inventory } = run.figures()
    expect(final_inventory).toBe(own.shares)
    if (snapshot.bid === 0 || snapshot.ask === 0) continue
    // Lots are 100 shares, so the half cents of a mid price make whole ones.
    const mid = (cents(snapshot.bid) + cents(snapshot.ask)) / 2
    expect(final_pnl).toBe((own.cash + own.shares * mid) / 100)
    compared++
  }
  expect(wrongTrades).toEqual([])
  expect(tradeCount).toBeGreaterThan(STEPS / 10)
  expect(run.figures().trade_count).toBeGreaterThan(20)
  expect(compared).toBeGreaterThan(STEPS * 0.95)
})

/** Shares by side and price in cents. */
function shownOrders({ bids, asks }: Snapshot): Map<string, number> {
  const shown = [...bids.map((one) => ({ side: 1, ...one })), ...asks.map((one) => ({ side: -1, ...one }))]
  return new Map(shown.map(({ side, price, qty }) => [`${side} ${cents(price)}`, qty]))
}

function restingOrders(book: Pick<OrderBook, 'orders'>): Map<string, number> {
  const sizes = new Map<string, number>()
  for (const { side, price, remaining } of [...book.orders(1), ...book.orders(-1)]) {
    const key = `${side} ${price}`
    sizes.set(key, (sizes.get(key) ?? 0) + remaining)
  }
  return sizes
}
