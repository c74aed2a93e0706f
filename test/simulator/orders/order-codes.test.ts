import { type ComboLeg, type Contract, type Order, OrderType, SecType, TimeInForce } from '@stoqey/ib'
import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../../../src/market/clock.ts'
import type { Simulator } from '../../../src/simulator/server.ts'
import { OPTIONS, SPY, VIX } from '../stub-market.ts'
import { order as placed, quoteOf } from './order-bench.ts'
import { connectOrders, limit, market, type OrderClient, orderGateway } from './order-client.ts'

const closers: Array<() => void | Promise<void>> = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function gateway(options: object = {}): Promise<Simulator> {
  const simulator = await orderGateway({ quote: () => quoteOf(680, 680.02), options })
  closers.push(() => simulator.close())
  return simulator
}

async function connect(simulator: Simulator, clientId = 1): Promise<OrderClient> {
  const client = await connectOrders(simulator, clientId)
  closers.push(() => void client.api.disconnect())
  return client
}

const STOCK: Contract = { conId: SPY.conId, exchange: 'SMART' }
const leg = (at: number, ratio = 1) => ({
  conId: OPTIONS[at]?.conId ?? 0,
  ratio,
  action: 'BUY' as NonNullable<ComboLeg['action']>,
  exchange: 'SMART',
})
const bag = (...comboLegs: Array<ReturnType<typeof leg>>): Contract => ({
  symbol: 'SPY',
  secType: SecType.BAG,
  currency: 'USD',
  exchange: 'SMART',
  comboLegs,
})

const REFUSED: ReadonlyArray<[name: string, code: number, says: string, contract: Contract, order: Order]> = [
  [
    'a limit order without a price',
    107,
    'incomplete',
    STOCK,
    { ...market('BUY', 1), orderType: OrderType.LMT },
  ],
  ['a price of zero', 109, 'out of the range', STOCK, limit('BUY', 1, 0)],
  ['a negative price', 109, 'out of the range', STOCK, limit('BUY', 1, -1)],
  ['a huge price', 109, 'out of the range', STOCK, limit('BUY', 1, 1e12)],
  ['a price between two ticks', 110, 'minimum price variation', STOCK, limit('BUY', 1, 680.005)],
  ['an unknown contract', 200, 'No security definition', { conId: 5, exchange: 'SMART' }, market('BUY', 1)],
  [
    'an ambiguous contract',
    200,
    'ambiguous',
    { symbol: 'SPY', secType: SecType.OPT, exchange: 'SMART' },
    market('BUY', 1),
  ],
  ['a size beyond the largest', 201, 'size', STOCK, market('BUY', 2_000_000)],
  ['a bracket', 201, 'parentId', STOCK, { ...market('BUY', 1), parentId: 7 }],
  ['a group of orders', 201, 'ocaGroup', STOCK, { ...market('BUY', 1), ocaGroup: 'a' }],
  ['all or none', 201, 'allOrNone', STOCK, { ...market('BUY', 1), allOrNone: true }],
  ['an algorithm', 201, 'algoStrategy', STOCK, { ...market('BUY', 1), algoStrategy: 'Twap' }],
  ['a cash quantity', 201, 'cashQty', STOCK, { ...market('BUY', 1), cashQty: 100 }],
  ['an index', 203, 'VIX', { conId: VIX.conId, exchange: 'CBOE' }, market('BUY', 1)],
  ['one leg', 312, 'only one leg', bag(leg(0)), market('BUY', 1)],
  ['five legs', 312, 'more than 4', bag(leg(0), leg(1), leg(2), leg(3), leg(4)), market('BUY', 1)],
  ['twice the same leg', 312, 'same contract', bag(leg(0), leg(0)), market('BUY', 1)],
  ['a name that is none', 312, 'no name', { ...bag(leg(0), leg(1)), symbol: 'SPÝ' }, market('BUY', 1)],
  ['an unknown leg', 313, "leg '2'", bag(leg(0), { ...leg(1), conId: 5 }), market('BUY', 1)],
  ['a ratio of zero', 313, "leg '1'", bag(leg(0, 0), leg(1)), market('BUY', 1)],
  ['no legs', 314, 'requires combo leg', bag(), market('BUY', 1)],
  ['no exchange', 321, 'exchange', { conId: SPY.conId }, market('BUY', 1)],
  ['a foreign account', 321, 'DU9', STOCK, { ...market('BUY', 1), account: 'DU9' }],
  ['a negative size', 321, 'order size', STOCK, market('BUY', -1)],
  ['no action', 321, 'action', STOCK, { ...market('BUY', 1), action: 'HOLD' as never }],
  ['a price that is no number', 321, 'limit price', STOCK, limit('BUY', 1, 'abc' as never)],
  ['a long reference', 321, 'orderRef', STOCK, { ...market('BUY', 1), orderRef: 'x'.repeat(2_000) }],
  ['a stop order', 387, 'STP', STOCK, { ...market('BUY', 1), orderType: OrderType.STP, auxPrice: 600 }],
  ['a trailing stop', 387, 'TRAIL', STOCK, { ...market('BUY', 1), orderType: OrderType.TRAIL, auxPrice: 1 }],
  ['a size of zero', 434, 'cannot be zero', STOCK, market('BUY', 0)],
  ['a time in force', 10_052, 'OPG', STOCK, { ...market('BUY', 1), tif: TimeInForce.OPG }],
  ['half a share', 10_243, 'Fractional', STOCK, market('BUY', 0.5)],
]

test('an order that cannot be taken gets its own code, which names the cause, and leaves no trace', async () => {
  const client = await connect(await gateway())
  for (const [at, [, , , contract, order]] of REFUSED.entries())
    client.api.placeOrder(at + 1, contract, order)
  const answers = await Promise.all(
    REFUSED.map(async ([name, code], at) => [name, code, await client.error(code, at + 1)] as const),
  )
  for (const [at, [name, code, text]] of answers.entries()) {
    expect(`${name} ${code}: ${text}`).toContain(REFUSED[at]?.[2])
  }
  client.api.reqAllOpenOrders()
  client.api.reqCompletedOrders(false)
  await client.next('completedOrdersEnd')
  expect(client.all('openOrder')).toEqual([])
  expect(client.all('completedOrder')).toEqual([])
})

test('ids: 103 duplicate, 104 filled, 105 another order, 10147 to 10149 for what cannot be cancelled', async () => {
  const client = await connect(await gateway())
  client.api.placeOrder(5, STOCK, limit('BUY', 10, 600))
  client.api.placeOrder(4, STOCK, limit('BUY', 10, 600))
  await client.error(103, 4)
  client.api.placeOrder(5, STOCK, limit('SELL', 10, 600))
  await client.error(105, 5)
  client.api.placeOrder(6, STOCK, market('BUY', 10))
  client.api.placeOrder(6, STOCK, market('BUY', 20))
  await client.error(104, 6)
  client.api.placeOrder(0, STOCK, market('BUY', 10))
  await client.error(10_149, 0)
  client.api.placeOrder(-3, STOCK, market('BUY', 10))
  await client.error(10_149, -3)
  client.api.cancelOrder(77, {})
  await client.error(10_147, 77)
  client.api.cancelOrder(6, {})
  expect(await client.error(10_148, 6)).toContain('state: Filled')
  client.api.cancelOrder(99_999_999_999, {})
  await client.error(10_149, 99_999_999_999)
})

test('a client sees and cancels only its own orders; a global cancel ends those of all', async () => {
  const simulator = await gateway()
  const one = await connect(simulator, 1)
  const two = await connect(simulator, 2)
  one.api.placeOrder(1, STOCK, limit('BUY', 10, 600))
  two.api.placeOrder(3, STOCK, limit('BUY', 20, 600))
  await one.next('orderStatus', (_id, status) => status === 'Submitted')
  await two.next('orderStatus', (_id, status) => status === 'Submitted')
  one.api.cancelOrder(3, {})
  await one.error(10_147, 3)
  one.api.reqOpenOrders()
  await one.next('openOrderEnd')
  expect(new Set(one.all('openOrder').map(([id]) => id))).toEqual(new Set([1]))
  const before = one.events.length
  one.api.reqAllOpenOrders()
  await one.next('openOrder', (id) => id === 3)
  expect(one.events.slice(before).find(([name, id]) => name === 'orderStatus' && id === 3)?.[9]).toBe(2)
  one.api.reqGlobalCancel({})
  await two.error(202, 3)
  await one.error(202, 1)
})

test('outside regular hours is ignored with 2109 where it means nothing', async () => {
  const client = await connect(await gateway())
  client.api.placeOrder(1, STOCK, { ...market('BUY', 10), outsideRth: true })
  await client.error(2_109, 1)
  await client.next('orderStatus', (_id, status) => status === 'Filled')
})

test('an order placed by hand has no number until client 0 binds it to a negative one', async () => {
  const simulator = await gateway()
  const other = await connect(simulator, 5)
  const zero = await connect(simulator, 0)
  simulator.placeByHand(placed(SPY, 'BUY', 10, { limitPrice: 600 }))
  other.api.reqAllOpenOrders()
  await other.next('openOrderEnd')
  expect(other.all('openOrder').map(([id]) => id)).toEqual([0])
  other.api.cancelOrder(0, {})
  await other.error(10_147, 0)
  expect(zero.all('openOrder')).toEqual([])

  zero.api.reqOpenOrders()
  await zero.next('openOrderEnd')
  expect(zero.all('orderBound')).toEqual([[1_500_000_001, 0, -2]])
  zero.api.cancelOrder(-2, {})
  await zero.error(202, -2)

  zero.api.reqAutoOpenOrders(true)
  other.api.reqAutoOpenOrders(true)
  await other.next('info', (_text, code) => code === 321)
  simulator.placeByHand(placed(SPY, 'BUY', 10, { limitPrice: 600 }))
  await zero.next('orderStatus', (id, status) => id === -3 && status === 'Submitted')
  expect(zero.all('orderBound')).toHaveLength(2)
})

test('while the server is lost orders are refused, and what happens meanwhile is told afterwards', async () => {
  let quote = quoteOf(680, 680.02)
  const simulator = await orderGateway({ quote: () => quote })
  closers.push(() => simulator.close())
  const client = await connect(simulator)
  client.api.placeOrder(1, STOCK, limit('BUY', 10, 600))
  await client.next('orderStatus', (_id, status) => status === 'Submitted')
  const restore = simulator.inject({ kind: 'server_lost', code: 1_100, streams: 'kept' })
  client.api.cancelOrder(1, {})
  client.api.placeOrder(2, STOCK, market('BUY', 10))
  await client.error(1_100, 1)
  await client.error(1_100, 2)
  quote = quoteOf(590, 590.02)
  const bystander = await connect(simulator, 2)
  bystander.api.reqExecutions(1, {})
  while (bystander.all('execDetails').length === 0) {
    await systemClock.sleep(5)
    bystander.api.reqExecutions(2, {})
    await systemClock.sleep(5)
  }
  expect(client.all('execDetails')).toEqual([])
  restore()
  await client.next('commissionReport')
  expect(client.story().slice(-4)).toEqual([
    'execDetails STK',
    'openOrder Filled',
    'orderStatus Filled',
    'commissionReport',
  ])
})

test('an option without a bid, as the fault no_bids makes it, cannot be sold', async () => {
  const simulator = await gateway()
  const client = await connect(simulator)
  const restore = simulator.inject({ kind: 'no_bids' })
  const option: Contract = { conId: OPTIONS[0]?.conId ?? 0, exchange: 'SMART' }
  client.api.placeOrder(1, option, market('BUY', 1))
  client.api.placeOrder(2, option, market('SELL', 1))
  await client.next('orderStatus', (id, status) => id === 2 && status === 'Submitted')
  expect(client.all('execDetails')).toHaveLength(1)
  restore()
  await client.next('orderStatus', (id, status) => id === 2 && status === 'Filled')
})

test('orders of a symbol in trouble get the code of that trouble', async () => {
  const simulator = await gateway()
  const client = await connect(simulator)
  simulator.inject({ kind: 'symbol_trouble', symbol: 'SPY', how: 'refused' })
  client.api.placeOrder(1, STOCK, market('BUY', 10))
  await client.error(203, 1)
})

test('a restart keeps orders, positions and executions, and begins the ids again', async () => {
  const simulator = await gateway()
  const first = await connect(simulator)
  first.api.placeOrder(8, STOCK, market('BUY', 10))
  first.api.placeOrder(9, STOCK, { ...limit('SELL', 10, 700), tif: TimeInForce.GTC })
  await first.next('orderStatus', (id, status) => id === 9 && status === 'Submitted')
  const restore = simulator.inject({ kind: 'restart' })
  restore()
  const second = await connect(simulator, 2)
  expect(second.all('nextValidId')).toEqual([[1]])
  second.api.reqAllOpenOrders()
  second.api.reqExecutions(1, {})
  await second.next('execDetailsEnd')
  expect(second.all('openOrder').map(([id]) => id)).toEqual([9])
  expect(second.all('execDetails')).toHaveLength(1)
})
