import { expect, test } from 'vitest'
import { BUY, SELL } from '../../../src/exchange/book/order.ts'
import { createSteppedMarket } from '../../../src/exchange/engine/market.ts'
import { loadOfferedScenarios } from '../../../src/exchange/server/offered-scenarios.ts'
import { RULES, type RuleSet } from '../../../src/exchange/server/rules.ts'
import { createRun } from '../../../src/exchange/server/run.ts'

const QUIET = loadOfferedScenarios(['docs/quiet-market.json'], { seed: null, steps: null }).get(
  'quiet_market',
)

/** A started run in the quiet market: five bids and five asks of 5 lots, 25 cents apart. */
function startedRun(rules: RuleSet = 'research', lot = 100) {
  if (!QUIET) throw new Error('no scenario')
  const market = createSteppedMarket({ ...QUIET.scenario, lot })
  const snapshots: string[] = []
  const orders: Record<string, unknown>[] = []
  const run = createRun(
    market,
    { steps: 100, rules: RULES[rules], bookLevels: 10, priceText: QUIET.priceText },
    { market: (text) => snapshots.push(text), orders: (text) => orders.push(JSON.parse(text)) },
  )
  run.start()
  const send = (message: unknown) =>
    run.receive(typeof message === 'string' ? message : JSON.stringify(message))
  const order = (order_id: string, side: string, price: number, qty: number) =>
    send({ order_id, side, price, qty })
  const book = () => {
    const { bids, asks } = JSON.parse(snapshots.at(-1) as string) as Record<string, unknown[]>
    return { bids, asks }
  }
  return { run, market, snapshots, orders, send, order, book, done: () => send({ action: 'DONE' }) }
}

const good = { order_id: 'a', side: 'BUY', price: 990, qty: 100 }

/** Frames that are no order, cancel or DONE, and the name of what is wrong. */
const WRONG: readonly (readonly [string, unknown])[] = [
  ['invalid_json', '{"order_id":"a",'],
  ['invalid_json', '{"order_id":"a","side":"BUY","price":NaN,"qty":100}'],
  ['invalid_json', ''],
  ['not_an_object', '[1,2]'],
  ['not_an_object', 'null'],
  ['not_an_object', '"DONE"'],
  ['unknown_action', { action: 'MODIFY', order_id: 'a' }],
  ['unknown_action', { action: 'done' }],
  ['invalid_order_id', { ...good, order_id: 7 }],
  ['invalid_order_id', { ...good, order_id: '' }],
  ['invalid_order_id', { ...good, order_id: 'x'.repeat(129) }],
  ['invalid_order_id', { ...good, order_id: 'a\nb' }],
  ['invalid_order_id', '{"order_id":"\\ud800","side":"BUY","price":990,"qty":100}'],
  ['invalid_order_id', { action: 'CANCEL' }],
  ['invalid_side', { ...good, side: 'buy' }],
  ['invalid_side', { ...good, side: undefined }],
  ['invalid_price', { ...good, price: '990' }],
  ['invalid_price', { ...good, price: 0 }],
  ['invalid_price', { ...good, price: -990 }],
  ['invalid_price', '{"order_id":"a","side":"BUY","price":1e999,"qty":100}'],
  ['invalid_price', { ...good, price: null }],
  ['price_off_tick', { ...good, price: 990.005 }],
  ['price_off_tick', { ...good, price: 0.001 }],
  ['price_too_high', { ...good, price: 10_486 }],
  ['price_too_high', { ...good, price: 1e300 }],
  ['invalid_quantity', { ...good, qty: 150 }],
  ['invalid_quantity', { ...good, qty: -100 }],
  ['invalid_quantity', { ...good, qty: 0 }],
  ['invalid_quantity', { ...good, qty: 100.5 }],
  ['invalid_quantity', { ...good, qty: '100' }],
  ['quantity_too_large', { ...good, qty: 1e15 }],
  ['unknown_order', { action: 'CANCEL', order_id: 'never sent' }],
]

test('every wrong frame has a named error and leaves the book as it was', () => {
  const { run, orders, send, book, done } = startedRun()
  const before = book()
  for (const [name, frame] of WRONG) {
    send(frame)
    expect(orders.at(-1), JSON.stringify(frame)).toMatchObject({ type: 'ERROR', code: name })
  }
  run.receive(null)
  expect(orders.at(-1)).toMatchObject({ code: 'binary_frame' })
  expect(orders).toHaveLength(WRONG.length + 1)
  done()
  expect(book()).toEqual(before)
  expect(run.figures()).toMatchObject({ steps: 1, final_pnl: 0, trade_count: 0 })
})

test('prices that are a tick but for the last bit of a binary fraction are taken', () => {
  const { orders, order, book, done } = startedRun()
  order('a', 'BUY', 999.1 + 0.2, 100)
  order('b', 'SELL', 1000.35 - 0.01, 100)
  done()
  expect(orders).toEqual([])
  expect(book().bids).toContainEqual({ price: 999.3, qty: 100 })
  expect(book().asks).toContainEqual({ price: 1000.34, qty: 100 })
})

test('an order id may be used again when its order is filled or cancelled, and not before', () => {
  const { orders, order, send } = startedRun()
  order('a', 'BUY', 990, 100)
  order('a', 'BUY', 991, 100)
  expect(orders).toMatchObject([{ type: 'ERROR', code: 'duplicate_order_id', order_id: 'a' }])
  send({ action: 'CANCEL', order_id: 'a' })
  order('a', 'BUY', 1000.25, 100)
  order('a', 'BUY', 1000.25, 100)
  send({ action: 'CANCEL', order_id: 'a' })
  expect(orders.slice(1)).toMatchObject([
    { type: 'FILL', remaining: 0 },
    { type: 'FILL', remaining: 0 },
    { type: 'ERROR', code: 'unknown_order', order_id: 'a' },
  ])
})

test('an order id may hold the longest name and two counters', () => {
  const { orders, order } = startedRun()
  order(`ORD_${'x'.repeat(64)}_35999_2147483647`, 'BUY', 990, 100)
  expect(orders).toEqual([])
})

test('an empty side has price 0, and no spread', () => {
  const { snapshots, order, done } = startedRun('original')
  order('all', 'BUY', 1001.25, 2_500)
  done()
  expect(JSON.parse(snapshots.at(-1) as string)).toMatchObject({
    ...{ bid: 999.75, bid_size: 500, ask: 0, ask_size: 0, spread: 0, asks: [] },
    last_trade: { price: 1001.25, qty: 500, side: 'BUY' },
  })
})

test('the 51st open order is refused under the rules research, and ends the run under original', () => {
  for (const rules of ['research', 'original'] as const) {
    const { run, orders, order, snapshots } = startedRun(rules)
    for (let at = 0; at < 50; at++) order(`o${at}`, 'BUY', 900 + at / 100, 100)
    expect(orders).toEqual([])
    order('one more', 'BUY', 900, 100)
    expect(orders).toMatchObject([{ code: 'open_order_limit', order_id: 'one more' }])
    const ended = { kind: 'ended', end: 'blowup', reason: 'open_order_limit' }
    expect(run.state).toEqual(rules === 'original' ? ended : { kind: 'running' })
    run.receive('{"action":"DONE"}')
    expect(snapshots).toHaveLength(rules === 'original' ? 1 : 2)
    order('late', 'BUY', 900, 100)
    expect(orders.at(-1)).toMatchObject({ code: rules === 'original' ? 'run_over' : 'open_order_limit' })
  }
})

test('an inventory beyond 5,000 ends the run under the rules original', () => {
  const { run, orders, order } = startedRun('original', 1_000)
  order('a', 'SELL', 998.75, 5_000)
  expect(run.state.kind).toBe('running')
  order('b', 'SELL', 998.75, 1_000)
  expect(orders.slice(-2)).toMatchObject([
    { type: 'FILL', order_id: 'b', qty: 1_000 },
    { type: 'ERROR', code: 'inventory_limit' },
  ])
  expect(run.state).toEqual({ kind: 'ended', end: 'blowup', reason: 'inventory_limit' })
  expect(run.figures()).toMatchObject({ final_inventory: -6_000, max_inventory: 6_000 })
})

test('an inventory that was beyond 5,000 within a step only ends the run too', () => {
  const { market, run, orders, order } = startedRun('original', 1_000)
  order('all bids', 'SELL', 998.75, 5_000)
  order('own ask', 'SELL', 999.9, 1_000)
  order('own bid', 'BUY', 999.6, 1_000)
  // Another's orders between two DONEs stand for agents that act within the step.
  const other = market.join('other', { onFill: () => {} })
  other.submit({ side: BUY, kind: 'limit', price: 99_990, quantity: 1_000 })
  other.submit({ side: SELL, kind: 'limit', price: 99_960, quantity: 1_000 })
  run.receive('{"action":"DONE"}')
  expect(orders.slice(-3)).toMatchObject([
    { type: 'FILL', order_id: 'own ask', is_maker: true },
    { type: 'FILL', order_id: 'own bid', is_maker: true },
    { type: 'ERROR', code: 'inventory_limit', message: expect.stringContaining('inventory of -6000') },
  ])
  expect(run.state).toEqual({ kind: 'ended', end: 'blowup', reason: 'inventory_limit' })
  expect(run.figures()).toMatchObject({ final_inventory: -5_000, max_inventory: 6_000 })
})

test('an order that could pass 5,000 is refused under the rules research, with what is open', () => {
  const { run, orders, order } = startedRun()
  order('a', 'BUY', 990, 3_000)
  order('b', 'BUY', 990, 2_100)
  expect(orders).toMatchObject([{ code: 'inventory_limit', order_id: 'b' }])
  order('c', 'BUY', 990, 2_000)
  order('d', 'SELL', 1010, 5_000)
  expect(orders).toHaveLength(1)
  expect(run.state.kind).toBe('running')
})

test('a flood is refused until the next step, and DONE is not', () => {
  const { run, orders, send, done } = startedRun()
  for (let at = 0; at < 1_002; at++) send('{"action":"CANCEL","order_id":"x"}')
  expect(orders.slice(-3).map(({ code }) => code)).toEqual([
    'unknown_order',
    'too_many_messages',
    'too_many_messages',
  ])
  done()
  expect(run.step).toBe(1)
  send('{"action":"CANCEL","order_id":"x"}')
  expect(orders.at(-1)).toMatchObject({ code: 'unknown_order' })
})

test('P&L is cash plus inventory at the last mid price, to the cent', () => {
  const { run, order, done } = startedRun()
  order('a', 'BUY', 1000.5, 700)
  done()
  // 500 at 1000.25 and 200 at 1000.50, marked between 999.75 and 1000.50.
  expect(run.figures()).toEqual({
    ...{ steps: 1, final_inventory: 700, max_inventory: 700, trade_count: 2, aggressive_trade_qty: 700 },
    ...{ notional: 700_225, final_pnl: -137.5 },
  })
})
