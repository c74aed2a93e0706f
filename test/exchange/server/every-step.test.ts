import { expect, test } from 'vitest'
import type { OrderBook } from '../../../src/exchange/book/order-book.ts'
import { createSteppedMarket } from '../../../src/exchange/engine/market.ts'
import { BUILT_IN_SCENARIOS } from '../../../src/exchange/scenarios/load.ts'
import { loadOfferedScenarios } from '../../../src/exchange/server/offered-scenarios.ts'
import { RULES } from '../../../src/exchange/server/rules.ts'
import { createRun } from '../../../src/exchange/server/run.ts'

const STEPS = 600

interface Snapshot {
  readonly step: number
  readonly bid: number
  readonly ask: number
  readonly bids: readonly { price: number; qty: number }[]
  readonly asks: readonly { price: number; qty: number }[]
  readonly trades: readonly object[]
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
  /** Limits of its orders in cents, by their ids. */
  const limits = new Map<string, number>()
  const snapshots: Snapshot[] = []
  const run = createRun(
    market,
    { steps: STEPS, rules: RULES.research, bookLevels: 10_000, priceText: offered.priceText },
    {
      market: (text) => snapshots.push(JSON.parse(text)),
      orders: (text) => {
        const { type, order_id, side, price, qty, is_maker } = JSON.parse(text)
        if (type !== 'FILL') return
        const limit = limits.get(order_id) as number
        if (is_maker) expect(cents(price)).toBe(limit)
        else if (side === 'BUY') expect(cents(price)).toBeLessThanOrEqual(limit)
        else expect(cents(price)).toBeGreaterThanOrEqual(limit)
        const shares = side === 'BUY' ? qty : -qty
        own.shares += shares
        own.cash -= shares * cents(price)
      },
    },
  )
  run.start()
  const send = (message: Message) => {
    if (message.price !== undefined) limits.set(message.order_id, cents(message.price))
    run.receive(JSON.stringify(message))
  }
  return { market, run, own, snapshots, send }
}

interface Message {
  readonly order_id: string
  readonly price?: number
  readonly [key: string]: unknown
}

/** Crosses the spread, quotes at and inside the touch, and cancels: every kind of fill. */
function* ordersAt({ step, bid, ask }: Snapshot): Generator<Message> {
  if (bid === 0 || ask === 0) return
  const side = step % 20 < 10 ? 'BUY' : 'SELL'
  if (step % 5 === 0) yield { order_id: `x${step}`, side, price: side === 'BUY' ? ask : bid, qty: 300 }
  if (step % 3 === 0) yield { order_id: `b${step}`, side: 'BUY', price: bid, qty: 100 }
  if (step % 3 === 1) yield { order_id: `a${step}`, side: 'SELL', price: ask - 0.01, qty: 100 }
  for (const id of [`b${step - 20}`, `a${step - 20}`]) yield { action: 'CANCEL', order_id: id }
}

test.each(BUILT_IN_SCENARIOS)('%s: at every step each price is that of an order, and P&L adds up', (name) => {
  const { market, run, own, snapshots, send } = playedScenario(name)
  let trades = 0
  let compared = 0
  for (let step = 0; step < STEPS; step++) {
    for (const message of ordersAt(snapshots.at(-1) as Snapshot)) send(message)
    run.receive('{"action":"DONE"}')
    const snapshot = snapshots.at(-1) as Snapshot
    expect(snapshot.step).toBe(step + 1)
    expect(snapshot.trades).toHaveLength(market.trades.length)
    for (const { buyer, seller } of market.trades) expect(buyer).not.toBe(seller)
    trades += market.trades.length
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
  expect(trades).toBeGreaterThan(STEPS / 10)
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
