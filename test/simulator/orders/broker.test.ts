import { expect, test } from 'vitest'
import { uniformOf } from '../../../src/market/random.ts'
import { NEXT_STATUS, type Order, type OrderStatus } from '../../../src/simulator/orders/order.ts'
import { OPTIONS, SPY } from '../stub-market.ts'
import { at, combination, type OrderBench, order, orderBench, quoteOf } from './order-bench.ts'

/** Few updates, where a test lasts hours of its clock. */
const SLOW = { updateIntervalMs: 60_000, underlyingUpdateIntervalMs: 60_000 }
const FIRST = { clientId: 1, orderId: 1 }
const [CALL, , OTHER_CALL] = OPTIONS as [(typeof OPTIONS)[0], (typeof OPTIONS)[0], (typeof OPTIONS)[0]]

test('a market order against the quote ends in a position and in cash', () => {
  const { broker, quotes } = orderBench()
  quotes.set(SPY.conId, quoteOf(680, 680.02))
  expect(broker.place(FIRST, order(SPY, 'BUY', 100))).toBeNull()
  expect(broker.positions()).toEqual([{ contract: SPY, quantity: 100, averageCost: 680.03, realizedPnl: 0 }])
  expect(broker.cash()).toBe(1_000_000 - 68_002 - 1)
  expect(broker.openOrders()).toEqual([])
})

test('a position that is turned around realizes its profit once, commissions included', () => {
  const { broker, quotes } = orderBench()
  quotes.set(SPY.conId, quoteOf(680, 680))
  broker.place(FIRST, order(SPY, 'BUY', 100))
  quotes.set(SPY.conId, quoteOf(690, 690))
  broker.place({ clientId: 1, orderId: 2 }, order(SPY, 'SELL', 150))
  const [position] = broker.positions()
  // Two thirds of the second commission belong to what is closed.
  expect(position).toMatchObject({ quantity: -50, realizedPnl: 1_000 - 1 - 0.6667 })
  expect(position?.averageCost).toBeCloseTo(690 - 1 / 150, 4)
  expect(broker.executions().map(({ commission }) => commission?.realizedPnl)).toEqual([
    null,
    1_000 - 1 - 0.6667,
  ])
})

test('a closed position is known for its day, and forgotten with the first trade of another one', async () => {
  const { broker, quotes, clock } = orderBench()
  for (const { conId } of [SPY, CALL]) quotes.set(conId, quoteOf(10, 10))
  broker.place(FIRST, order(SPY, 'BUY', 100))
  broker.place({ clientId: 1, orderId: 2 }, order(SPY, 'SELL', 100))
  broker.place({ clientId: 1, orderId: 3 }, order(CALL, 'BUY', 1))
  expect(broker.positions().map(({ quantity }) => quantity)).toEqual([0, 1])
  await clock.advance(72 * 3_600_000)
  broker.place({ clientId: 1, orderId: 4 }, order(CALL, 'BUY', 1))
  expect(broker.positions().map(({ quantity }) => quantity)).toEqual([2])
})

test('the size of a quote is traded once, then again with its next update', async () => {
  const { broker, quotes, clock } = orderBench()
  quotes.set(SPY.conId, quoteOf(680, 680, 100))
  broker.place(FIRST, order(SPY, 'BUY', 100))
  broker.place({ clientId: 1, orderId: 2 }, order(SPY, 'BUY', 150))
  broker.place({ clientId: 1, orderId: 3 }, order(SPY, 'BUY', 100))
  expect(broker.positions()[0]?.quantity).toBe(100)
  await clock.advance(1_000)
  expect(broker.positions()[0]?.quantity).toBe(200)
  await clock.advance(1_000)
  // The older order first, then what is left for the younger one.
  expect(broker.openOrders().map(({ orderId, remaining }) => [orderId, remaining])).toEqual([[3, 50]])
  await clock.advance(1_000)
  expect(broker.openOrders()).toEqual([])
})

test('an order that is cancelled as soon as its first fill is told is filled no further', async () => {
  for (const kind of ['execution', 'order'] as const) {
    const { broker, quotes, clock } = orderBench()
    quotes.set(SPY.conId, quoteOf(680, 680, 100))
    broker.onChange((change) => {
      if (change.kind === kind && broker.positions().length > 0) broker.cancel(FIRST)
    })
    broker.place(FIRST, order(SPY, 'BUY', 300))
    await clock.advance(3_000)
    expect(broker.completedOrders()).toMatchObject([{ status: 'Cancelled', filled: 100, remaining: 200 }])
    expect(broker.positions()[0]?.quantity).toBe(100)
  }
})

test('a side without a quote trades nothing, a price without quotes trades at that price, and unknown sizes are a lot', async () => {
  const { broker, quotes, clock } = orderBench()
  quotes.set(CALL.conId, { bid: null, ask: 0.05, bidSize: 0 })
  quotes.set(SPY.conId, { last: 680 })
  broker.place(FIRST, order(CALL, 'SELL', 1))
  broker.place({ clientId: 1, orderId: 2 }, order(CALL, 'BUY', 15))
  broker.place({ clientId: 1, orderId: 3 }, order(SPY, 'BUY', 150))
  expect(broker.positions().map(({ quantity }) => quantity)).toEqual([10, 100])
  await clock.advance(1_000)
  expect(broker.positions().map(({ quantity }) => quantity)).toEqual([15, 150])
  expect(broker.openOrders()).toMatchObject([{ orderId: 1, remaining: 1 }])
})

test('a combination is filled whole at its net price or not at all, and moves each of its legs', async () => {
  const { broker, quotes, clock } = orderBench()
  quotes.set(CALL.conId, quoteOf(5, 5.1, 10))
  quotes.set(OTHER_CALL.conId, quoteOf(4, 4.2, 7))
  const spread = [
    [CALL, 'BUY'],
    [OTHER_CALL, 'SELL', 2],
  ] as const
  broker.place(FIRST, combination(spread, 'BUY', 4, { limitPrice: -2.9 }))
  expect(broker.executions()).toEqual([])
  // 7 contracts of the second leg allow three combinations, and four are wanted.
  quotes.set(OTHER_CALL.conId, quoteOf(4, 4.2, 8))
  await clock.advance(1_000)
  expect(
    broker.executions().map(({ traded, side, quantity, price, execId }) => ({
      what: traded.kind === 'contract' ? traded.contract.conId : 'BAG',
      ...{ side, quantity, price, execId },
    })),
  ).toEqual([
    { what: 'BAG', side: 'BUY', quantity: 4, price: -2.9, execId: '0000e0d5.00000001.01.01' },
    { what: CALL.conId, side: 'BUY', quantity: 4, price: 5.1, execId: '0000e0d5.00000001.02.01' },
    { what: OTHER_CALL.conId, side: 'SELL', quantity: 8, price: 4, execId: '0000e0d5.00000001.03.01' },
  ])
  expect(broker.positions().map(({ quantity }) => quantity)).toEqual([4, -8])
  expect(broker.cash()).toBe(1_001_152.2)
})

test('a combination of shares and an option has its price per share', () => {
  const { broker, quotes } = orderBench()
  quotes.set(SPY.conId, quoteOf(680, 680.02))
  quotes.set(CALL.conId, quoteOf(5, 5.1))
  const buyWrite = [
    [SPY, 'BUY', 100],
    [CALL, 'SELL'],
  ] as const
  broker.place(FIRST, combination(buyWrite, 'BUY', 2, { limitPrice: 675.02 }))
  expect(broker.executions()[0]).toMatchObject({ price: 675.02, quantity: 2 })
  expect(broker.positions().map(({ quantity }) => quantity)).toEqual([200, -2])
})

test('outside trading hours an order waits with a warning, works at the open and ends at the close', async () => {
  const bench = orderBench({ startAt: at('2026-11-20', '08:00'), options: SLOW })
  const { broker, quotes, clock } = bench
  quotes.set(SPY.conId, quoteOf(680, 680.02))
  broker.place(FIRST, order(SPY, 'BUY', 100, { limitPrice: 600 }))
  expect(bench.statuses()).toEqual(['PreSubmitted'])
  expect(bench.codes()).toEqual([399])
  const [warning] = bench.changes.flatMap((change) => (change.kind === 'notice' ? [change.notice.text] : []))
  expect(warning).toBe(
    'Order Message:\nBUY 100 SPY\nWarning: Your order will not be placed at the exchange until 20261120 09:30:00 US/Eastern',
  )
  await clock.advance(1.5 * 3_600_000)
  expect(bench.statuses()).toEqual(['PreSubmitted', 'Submitted'])
  await clock.advance(6.5 * 3_600_000)
  expect(bench.statuses()).toEqual(['PreSubmitted', 'Submitted', 'Cancelled'])
  expect(bench.codes()).toEqual([399, 202])
})

test('an order that comes after the last session of its option is cancelled, and is never filled', async () => {
  const hours = '20261218:0930-20261218:1600;20261219:CLOSED;20261221:0930-20261221:1600'
  for (const startAt of [at('2026-12-18', '17:00'), at('2026-12-21', '12:00')]) {
    const { broker, quotes, clock, codes } = orderBench({ startAt, hours })
    quotes.set(CALL.conId, quoteOf(10, 10))
    broker.place(FIRST, order(CALL, 'BUY', 1, { timeInForce: 'GTC' }))
    expect(broker.openOrders()).toEqual([])
    expect(broker.completedOrders()[0]).toMatchObject({
      status: 'Cancelled',
      completedStatus: 'The contract has expired',
    })
    expect(codes()).toEqual([202])
    await clock.advance(72 * 3_600_000)
    expect(broker.executions()).toEqual([])
  }
})

test('an order good till cancelled is not filled overnight and works again in the next session', async () => {
  const { broker, quotes, clock } = orderBench({ startAt: at('2026-11-20', '15:59'), options: SLOW })
  quotes.set(SPY.conId, quoteOf(680, 680.02))
  broker.place(FIRST, order(SPY, 'BUY', 100, { limitPrice: 600, timeInForce: 'GTC' }))
  await clock.advance(120_000)
  quotes.set(SPY.conId, quoteOf(590, 590.02))
  await clock.advance(3_600_000)
  expect(broker.openOrders()).toMatchObject([{ status: 'Submitted', filled: 0 }])
  await clock.advance(at('2026-11-23', '09:31') - clock.now())
  expect(broker.completedOrders()).toMatchObject([{ status: 'Filled' }])
})

test('hundreds of orders within a session leave one timer behind', () => {
  const { broker, quotes, state } = orderBench()
  let timers = 0
  const { after } = state.timeline
  Object.assign(state.timeline, {
    after: (...call: Parameters<typeof after>) => {
      timers++
      return after(...call)
    },
  })
  quotes.set(SPY.conId, quoteOf(680, 680.02, 1e6))
  for (let orderId = 1; orderId <= 500; orderId++) {
    broker.place({ clientId: 1, orderId }, order(SPY, orderId % 2 ? 'BUY' : 'SELL', 1))
  }
  expect(broker.completedOrders()).toHaveLength(500)
  expect(timers).toBe(1)
})

test('order ids rise for each client; one that is used or lower is a duplicate, a filled order cannot be changed', () => {
  const { broker, quotes } = orderBench()
  quotes.set(SPY.conId, quoteOf(680, 680.02))
  const resting = () => order(SPY, 'BUY', 100, { limitPrice: 600 })
  expect(broker.nextOrderId(1)).toBe(1)
  broker.place({ clientId: 1, orderId: 7 }, resting())
  expect(broker.nextOrderId(1)).toBe(8)
  expect(broker.nextOrderId(2)).toBe(1)
  expect(broker.place({ clientId: 1, orderId: 6 }, resting())).toMatchObject({ code: 103 })
  broker.cancel({ clientId: 1, orderId: 7 })
  expect(broker.place({ clientId: 1, orderId: 7 }, resting())).toMatchObject({ code: 103 })
  broker.place({ clientId: 1, orderId: 8 }, order(SPY, 'BUY', 100))
  expect(broker.place({ clientId: 1, orderId: 8 }, order(SPY, 'BUY', 200))).toMatchObject({ code: 104 })
  expect(broker.place({ clientId: 2, orderId: 7 }, resting())).toBeNull()
})

test('at most twenty orders are open on one side of a contract', () => {
  const { broker, quotes } = orderBench()
  quotes.set(SPY.conId, quoteOf(680, 680.02))
  const place = (orderId: number, side: 'BUY' | 'SELL') =>
    broker.place({ clientId: 1, orderId }, order(SPY, side, 1, { limitPrice: side === 'BUY' ? 600 : 700 }))
  for (let orderId = 1; orderId <= 20; orderId++) expect(place(orderId, 'BUY')).toBeNull()
  expect(place(21, 'BUY')).toMatchObject({ code: 201 })
  expect(place(21, 'SELL')).toBeNull()
  broker.cancel({ clientId: 1, orderId: 3 })
  expect(place(22, 'BUY')).toBeNull()
})

test('a changed order keeps its contract and its side, and loses what it cannot afford', () => {
  const { broker, quotes } = orderBench({ options: { startingCash: 100_000 } })
  quotes.set(SPY.conId, quoteOf(680, 680.02))
  broker.place(FIRST, order(SPY, 'BUY', 100, { limitPrice: 600 }))
  expect(broker.place(FIRST, order(SPY, 'SELL', 100, { limitPrice: 600 }))).toMatchObject({ code: 105 })
  expect(broker.place(FIRST, order(CALL, 'BUY', 100, { limitPrice: 600 }))).toMatchObject({ code: 105 })
  expect(broker.place(FIRST, order(SPY, 'BUY', 9_000, { limitPrice: 600 }))).toMatchObject({ code: 201 })
  expect(broker.openOrders()).toMatchObject([{ remaining: 100 }])
  expect(broker.place(FIRST, order(SPY, 'BUY', 50, { limitPrice: 600, timeInForce: 'IOC' }))).toBeNull()
  expect(broker.completedOrders()).toMatchObject([{ status: 'Cancelled', remaining: 50 }])
})

test('after a restart the numbers begin again above those of the open orders, and nothing is lost', () => {
  const { broker, quotes, state } = orderBench()
  quotes.set(SPY.conId, quoteOf(680, 680.02))
  broker.place({ clientId: 1, orderId: 4 }, order(SPY, 'BUY', 100, { limitPrice: 600 }))
  broker.place({ clientId: 2, orderId: 9 }, order(SPY, 'BUY', 100))
  state.broker.restartOrderIds()
  expect([broker.nextOrderId(1), broker.nextOrderId(2)]).toEqual([5, 1])
  expect(broker.openOrders()).toHaveLength(1)
  expect(broker.executions()).toHaveLength(1)
  expect(broker.cancel({ clientId: 2, orderId: 9 })).toMatchObject({ code: 10_147 })
  expect(broker.place({ clientId: 2, orderId: 1 }, order(SPY, 'SELL', 100))).toBeNull()
})

test('cash, positions, fills and states agree after any sequence of orders, changes and cancels', async () => {
  for (let seed = 1; seed <= 12; seed++) await checkRandomOrders(seed)
})

async function checkRandomOrders(seed: number): Promise<void> {
  const bench = orderBench({ startAt: at('2026-11-20', '15:55') })
  const { broker, clock } = bench
  const draw = (step: number, purpose: number) => uniformOf(seed, step, purpose)
  const below = (limit: number, step: number, purpose: number) => Math.floor(limit * draw(step, purpose))
  checkEveryChange(bench)
  for (let step = 0; step < 120; step++) {
    for (const [at, contract] of [SPY, CALL, OTHER_CALL].entries()) {
      const bid = 5 + below(40, step, 10 + at) / 100
      bench.quotes.set(contract.conId, quoteOf(bid, bid + 0.02, 1 + below(60, step, 20 + at)))
    }
    const key = { clientId: 1 + below(2, step, 1), orderId: 1 + below(40, step, 2) }
    const side = draw(step, 3) < 0.5 ? 'BUY' : 'SELL'
    const terms = {
      limitPrice: draw(step, 4) < 0.3 ? null : 5 + below(40, step, 5) / 100,
      timeInForce: (['DAY', 'GTC', 'IOC'] as const)[below(3, step, 6)] ?? 'DAY',
      transmit: draw(step, 7) < 0.9,
    }
    const quantity = 1 + below(100, step, 8)
    const kind = draw(step, 9)
    if (kind < 0.2) broker.cancel(key)
    else if (kind < 0.4) {
      const legs = [
        [CALL, 'BUY'],
        [OTHER_CALL, 'SELL', 2],
      ] as const
      broker.place(key, combination(legs, side, quantity, { ...terms, limitPrice: null }))
    } else broker.place(key, order(kind < 0.8 ? SPY : CALL, side, quantity, terms))
    if (draw(step, 11) < 0.5) await clock.advance(1_000)
    if (draw(step, 12) < 0.01) broker.cancelAll()
  }
  await clock.advance(600_000)
  broker.cancelAll()
  expect(broker.openOrders()).toEqual([])
}

/** At every change: an order's parts add up, states only go forward, and the executions explain cash and positions. */
function checkEveryChange({ broker }: OrderBench): void {
  const states = new Map<number, OrderStatus>()
  broker.onChange((change) => {
    if (change.kind === 'order') checkOrder(change.order, states)
    if (change.kind !== 'commission') return
    let cash = 1_000_000
    const held = new Map<number, number>()
    for (const { traded, side, quantity, price, commission } of broker.executions()) {
      if (traded.kind === 'combination') continue
      const signed = side === 'BUY' ? quantity : -quantity
      cash -= signed * price * (Number(traded.contract.multiplier) || 1) + (commission?.amount ?? 0)
      held.set(traded.contract.conId, (held.get(traded.contract.conId) ?? 0) + signed)
    }
    expect(broker.cash()).toBeCloseTo(cash, 3)
    for (const { contract, quantity } of broker.positions()) expect(held.get(contract.conId)).toBe(quantity)
    const cost = broker.positions().reduce((sum, { quantity, averageCost, realizedPnl }) => {
      return sum + quantity * averageCost - realizedPnl
    }, 0)
    // What positions cost, less what they have earned, is what cash has paid for them.
    expect(1_000_000 - broker.cash()).toBeCloseTo(cost, 3)
  })
}

function checkOrder(changed: Order, states: Map<number, OrderStatus>): void {
  expect(changed.filled + changed.remaining).toBe(changed.terms.quantity)
  expect(changed.remaining).toBeGreaterThanOrEqual(0)
  const before = states.get(changed.permId)
  if (before && before !== changed.status) expect(NEXT_STATUS[before]).toContain(changed.status)
  if (changed.status === 'Filled') expect(changed.remaining).toBe(0)
  states.set(changed.permId, changed.status)
}
