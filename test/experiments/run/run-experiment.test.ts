import { expect, test } from 'vitest'
import { stepRecordSchema } from '../../../src/experiments/files/step-record.ts'
import { BUILT_IN_STRATEGIES } from '../../../src/experiments/strategies/built-in.ts'
import type { Strategy } from '../../../src/experiments/strategies/strategy.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { exchangeForTest } from '../../exchange/server/exchange-server.ts'
import { accessTo, comparable, playRun, strategyOf } from './played-run.ts'

const NOTHING: never[] = []

function builtIn(name: string): Strategy {
  const strategy = BUILT_IN_STRATEGIES.find((one) => one.name === name)
  if (!strategy) throw new Error(`no ${name}`)
  return strategy
}

test('a run has one record a snapshot, each as the schema says', async () => {
  const { url } = await exchangeForTest({ steps: 30 })
  const { outcome, records } = await playRun(accessTo(url), builtIn('spread_cross_100'))
  expect(records.map(({ step }) => step)).toEqual(Array.from({ length: 31 }, (_, step) => step))
  for (const record of records) expect(stepRecordSchema.parse(record)).toEqual(record)
  expect(outcome).toMatchObject({
    end: { kind: 'complete', reason: 'all 30 steps' },
    ...{ lastStep: 30, records: 31, ordersSent: 3, fillAttribution: 'exact' },
  })
  expect(records.filter(({ orders }) => orders.length > 0).map(({ step }) => step)).toEqual([0, 10, 20])
})

test('a run asks for seed and steps, and stops at its own number of steps', async () => {
  const { url } = await exchangeForTest({ steps: 30 })
  const asked = await playRun(accessTo(url), builtIn('passive'), { seed: 77, steps: 12 })
  expect(asked.outcome).toMatchObject({ end: { kind: 'complete' }, lastStep: 12 })
  expect(asked.records[0]).toMatchObject({ seed: 77, rules: 'research', mode: 'passive' })
  const original = await exchangeForTest({ steps: 30, options: { rules: 'original' } })
  const fewer = await playRun(accessTo(original.url), builtIn('passive'), { rules: 'original', steps: 5 })
  expect(fewer.outcome).toMatchObject({ end: { kind: 'complete', reason: 'all 5 steps' }, lastStep: 5 })
})

test('equal runs have equal records, each fill with the step in which it happened', async () => {
  const { url } = await exchangeForTest({ steps: 100 })
  const play = async () => (await playRun(accessTo(url), builtIn('inventory_mgmt'))).records
  const [first, second, third] = [await play(), ...(await Promise.all([play(), play()]))]
  expect(first?.flatMap(({ fills }) => fills).length).toBeGreaterThan(10)
  expect(second?.map(comparable)).toEqual(first?.map(comparable))
  expect(third?.map(comparable)).toEqual(first?.map(comparable))
  // A resting order of ours is filled by a trade of the same step, so the trades of the record must contain its price.
  for (const { fills, trades } of first ?? []) {
    for (const { price, is_maker: isMaker } of fills)
      if (isMaker) expect(trades.map((trade) => trade.price)).toContain(price)
  }
})

test('money and shares of each record follow from its fills', async () => {
  const { url } = await exchangeForTest({ steps: 100 })
  const { records, outcome } = await playRun(accessTo(url), builtIn('inventory_mgmt'))
  let cents = 0
  let inventory = 0
  for (const { fills, state } of records) {
    for (const { side, price, qty } of fills) {
      cents -= (side === 'BUY' ? 1 : -1) * Math.round(price * 100) * qty
      inventory += (side === 'BUY' ? 1 : -1) * qty
    }
    expect(state).toMatchObject({ inventory, cash_flow: cents / 100 })
    expect(state.pnl).toBeCloseTo(cents / 100 + inventory * (state.mark ?? 0), 6)
  }
  expect(outcome).toMatchObject({ inventory, cashFlow: cents / 100 })
})

test('under the rules research new orders replace the old ones, and none can pass ±5,000', async () => {
  const { url } = await exchangeForTest({ steps: 40 })
  const bids = strategyOf((step, { bid, ask }) => {
    if (bid === null || ask === null) return NOTHING
    const far = Math.round((bid - 20) * 100) / 100
    if (step === 2) return [{ kind: 'order', side: 'BUY', price: far, qty: 5_000 }]
    if (step === 4)
      return [
        { kind: 'order', side: 'BUY', price: far, qty: 3_000 },
        { kind: 'order', side: 'BUY', price: far, qty: 2_100 },
        { kind: 'order', side: 'SELL', price: Math.round((ask + 20) * 100) / 100, qty: 5_000 },
      ]
    return NOTHING
  })
  const { records, outcome } = await playRun(accessTo(url), bids)
  expect(records[4]).toMatchObject({
    state: { open_orders: 1 },
    cancels: ['2-1'],
    orders: [
      { order_id: '4-1', side: 'BUY', qty: 3_000 },
      { order_id: '4-2', side: 'SELL', qty: 5_000 },
    ],
    skipped: [{ side: 'BUY', qty: 2_100, reason: 'the inventory could become 5100, beyond ±5000' }],
  })
  expect(records[5]).toMatchObject({ state: { open_orders: 2, orders_sent: 3 }, refused: [] })
  expect(outcome).toMatchObject({ ordersSent: 3, ordersSkipped: 1, refusals: 0 })
})

test('under the rules original everything is sent, and the exchange ends the run at its limits', async () => {
  let aheadMs = 0
  const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + aheadMs }
  const { url } = await exchangeForTest({ steps: 400, options: { rules: 'original' }, clock })
  const access = accessTo(url)
  const buyer = strategyOf((_, { ask }) =>
    ask === null
      ? NOTHING
      : [{ kind: 'order', side: 'BUY', price: Math.round((ask + 5) * 100) / 100, qty: 900 }],
  )
  const limit = await playRun(access, buyer, { rules: 'original' })
  expect(limit.outcome.end).toMatchObject({ kind: 'limit', reason: expect.stringContaining('inventory') })
  // The fills that led there came after the last record, and are told apart.
  expect(Math.abs(limit.outcome.inventory)).toBeGreaterThan(5_000)
  expect(limit.outcome.lateFills.length).toBeGreaterThan(0)
  expect(Math.abs(limit.records.at(-1)?.state.inventory ?? 0)).toBeLessThanOrEqual(5_000)

  const bidder = strategyOf((_, { bid }) =>
    bid === null
      ? NOTHING
      : [{ kind: 'order', side: 'BUY', price: Math.round((bid - 50) * 100) / 100, qty: 100 }],
  )
  const blowUp = await playRun(access, bidder, { rules: 'original' })
  expect(blowUp.outcome.end).toMatchObject({
    kind: 'blow_up',
    reason: expect.stringContaining('50 open orders'),
  })
  expect(blowUp.outcome).toMatchObject({ ordersSent: 51, lastStep: 50 })

  const sleeper = strategyOf((step) => {
    // By the exchange's clock.
    if (step === 3) aheadMs += 1_200
    return NOTHING
  })
  const late = await playRun(access, sleeper, { rules: 'original', limitMs: 5_000 })
  expect(late.outcome.end).toMatchObject({ kind: 'limit', reason: expect.stringContaining('1000 ms') })
})

test('what the exchange refuses is recorded with the order, and the run goes on', async () => {
  const { url } = await exchangeForTest({ steps: 10 })
  const odd = strategyOf((step, { ask }) =>
    step === 3 && ask !== null
      ? [
          { kind: 'cancel', orderId: 'never-sent' },
          { kind: 'order', side: 'BUY', price: ask, qty: 150 },
          { kind: 'order', side: 'BUY', price: 0.005, qty: 100 },
        ]
      : NOTHING,
  )
  const { records, outcome } = await playRun(accessTo(url), odd)
  expect(records[4]).toMatchObject({
    state: { open_orders: 0, orders_sent: 2 },
    refused: [
      { order_id: 'never-sent', code: 'unknown_order' },
      { order_id: '3-1', code: 'invalid_quantity' },
      { order_id: '3-2', code: 'price_off_tick' },
    ],
  })
  expect(outcome).toMatchObject({ end: { kind: 'complete' }, refusals: 3 })
})

test.each([
  [
    'throws',
    () => {
      throw new TypeError('no such\nfield')
    },
    /played-run|run-experiment.test.ts:\d+: TypeError: no such/,
  ],
  [
    'throws nothing',
    () => {
      throw undefined
    },
    'threw undefined',
  ],
  ['answers nothing', () => undefined, 'it answered with undefined instead of a list of actions'],
  [
    'answers with a promise',
    async () => [],
    'it answered with a promise: decide must return its actions at once',
  ],
  [
    'orders at NaN',
    () => [{ kind: 'order', side: 'BUY', price: Number.NaN, qty: 100 }],
    'an order has a price of NaN: give dollars above 0',
  ],
  [
    'orders no quantity',
    () => [{ kind: 'order', side: 'BUY', price: 1, qty: -100 }],
    'an order has a qty of -100: give whole shares above 0',
  ],
  [
    'orders half a share',
    () => [{ kind: 'order', side: 'BUY', price: 1, qty: 0.5 }],
    'an order has a qty of 0.5: give whole shares above 0',
  ],
  [
    'cancels what no order can be called',
    () => [{ kind: 'cancel', orderId: 'x'.repeat(20_000) }],
    /^a cancel has an orderId of "x{59}…: give one of state\.openOrders$/,
  ],
  [
    'orders at no side',
    () => [{ kind: 'order', side: 'buy', price: 1, qty: 100 }],
    'an order has a side of "buy": write BUY or SELL',
  ],
  ['answers with garbage', () => [12], '12 is no action'],
  [
    'answers with another kind',
    () => [{ kind: 'modify' }],
    'an action has a kind of "modify": write order or cancel',
  ],
  [
    'cancels nothing',
    () => [{ kind: 'cancel' }],
    'a cancel has an orderId of undefined: give one of state.openOrders',
  ],
  [
    'answers too much',
    () => Array.from({ length: 501 }, () => 0),
    'it answered with 501 actions: at most 500 in one step',
  ],
])('a strategy that %s ends its run, with its step and why', async (_, answer, why) => {
  const { url } = await exchangeForTest({ steps: 10 })
  const decide = (step: number) => (step < 4 ? [] : answer()) as never[]
  const { outcome, records } = await playRun(accessTo(url), strategyOf(decide))
  const { kind, reason } = outcome.end
  expect(kind).toBe('strategy_failed')
  expect(reason).toMatch(/^of_a_test at step 4: /)
  expect(reason.slice('of_a_test at step 4: '.length)).toEqual(
    typeof why === 'string' ? why : expect.stringMatching(why),
  )
  expect(records.at(-1)).toMatchObject({ step: 4, orders: [], state: { orders_sent: 0 } })
})

test('a strategy that takes longer than the limit ends its run, and what it answered is not sent', async () => {
  const { url } = await exchangeForTest({ steps: 10 })
  const slow = strategyOf((step, { ask }) => {
    const untilMs = performance.now() + (step === 2 ? 60 : 0)
    while (performance.now() < untilMs);
    return [{ kind: 'order', side: 'BUY', price: ask ?? 1, qty: 100 }]
  })
  const { outcome, records } = await playRun(accessTo(url), slow, { limitMs: 50 })
  expect(outcome.end).toMatchObject({
    kind: 'strategy_too_slow',
    reason: expect.stringMatching(/of_a_test took \d+ ms at step 2: the limit is 50 ms/),
  })
  expect(records.at(-1)).toMatchObject({ step: 2, orders: [] })
})

test('a strategy cannot change what is recorded', async () => {
  const { url } = await exchangeForTest({ steps: 3 })
  const honest = await playRun(accessTo(url), builtIn('passive'), { seed: 5 })
  const forger = strategyOf((_, market, state) => {
    for (const change of [
      () => Object.assign(market, { bid: 1, step: 9 }),
      () => (market.bids as unknown[]).splice(0),
      () => Object.assign(market.asks[0] as object, { price: 1 }),
      () => Object.assign(state, { inventory: 500 }),
    ]) {
      try {
        change()
      } catch {}
    }
    return NOTHING
  })
  const forged = await playRun(accessTo(url), forger, { seed: 5 })
  expect(forged.records.map(({ market, book, state }) => ({ market, book, state }))).toEqual(
    honest.records.map(({ market, book, state }) => ({ market, book, state })),
  )
})

test('a run that is stopped keeps its records and says so', async () => {
  const { url, activeRuns } = await exchangeForTest({ steps: 100_000 })
  const stopping = new AbortController()
  const { outcome, records } = await playRun(accessTo(url), builtIn('passive'), {
    signal: stopping.signal,
    onRecord: ({ step }) => {
      if (step === 20) stopping.abort(new Error('stopped by SIGINT'))
    },
  })
  expect(outcome.end).toEqual({ kind: 'stopped', reason: 'stopped by SIGINT' })
  expect(records).toHaveLength(21)
  expect(activeRuns).toBe(0)
})
