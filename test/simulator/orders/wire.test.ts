import { type ComboLeg, type Contract, type Order, SecType } from '@stoqey/ib'
import { afterEach, expect, test } from 'vitest'
import type { SimQuote } from '../../../src/simulator/market/market.ts'
import { OPTIONS, SPY, VIX } from '../stub-market.ts'
import { connectOrders, limit, market, type OrderClient, orderGateway } from './order-client.ts'

const closers: Array<() => void | Promise<void>> = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const QUOTE: SimQuote = { bid: 680, ask: 680.02, bidSize: 300, askSize: 500 }
const STOCK: Contract = { conId: SPY.conId, exchange: 'SMART' }

async function gateway(setting: Parameters<typeof orderGateway>[0] = {}) {
  const simulator = await orderGateway({ quote: () => QUOTE, ...setting })
  closers.push(() => simulator.close())
  return simulator
}

async function connect(simulator: Awaited<ReturnType<typeof gateway>>, clientId = 1): Promise<OrderClient> {
  const client = await connectOrders(simulator, clientId)
  closers.push(() => void client.api.disconnect())
  return client
}

test('a market order is told as by a gateway: accepted, working, executed, filled, charged', async () => {
  const client = await connect(await gateway())
  client.api.placeOrder(1, STOCK, { ...market('BUY', 100), orderRef: 'first', account: 'DU1234567' })
  await client.next('commissionReport')
  expect(client.story()).toEqual([
    'openOrder PreSubmitted',
    'orderStatus PreSubmitted',
    'openOrder Submitted',
    'orderStatus Submitted',
    'execDetails STK',
    'openOrder Filled',
    'orderStatus Filled',
    'commissionReport',
  ])
  const [, contract, order, state] = client.all('openOrder').at(-1) as [number, object, object, object]
  expect(contract).toMatchObject({ conId: SPY.conId, symbol: 'SPY', secType: 'STK', exchange: 'SMART' })
  expect(order).toMatchObject({
    orderId: 1,
    clientId: 1,
    permId: 1_500_000_001,
    action: 'BUY',
    totalQuantity: 100,
    orderType: 'MKT',
    tif: 'DAY',
    account: 'DU1234567',
    orderRef: 'first',
    whatIf: false,
    customerAccount: '',
    professionalCustomer: false,
    includeOvernight: false,
    extOperator: '',
  })
  expect(state).toMatchObject({ status: 'Filled', commission: 1, commissionCurrency: 'USD' })
  expect(client.all('orderStatus').at(-1)).toEqual([
    ...[1, 'Filled', 100, 0, 680.02, 1_500_000_001, 0, 680.02, 1, '', 0],
  ])
  expect(client.all('execDetails')).toEqual([
    [
      -1,
      expect.objectContaining({ conId: SPY.conId, symbol: 'SPY' }),
      expect.objectContaining({
        execId: '0000e0d5.00000001.01.01',
        orderId: 1,
        clientId: 1,
        acctNumber: 'DU1234567',
        side: 'BOT',
        shares: 100,
        cumQty: 100,
        price: 680.02,
        avgPrice: 680.02,
        orderRef: 'first',
        lastLiquidity: 2,
        pendingPriceRevision: false,
        time: expect.stringMatching(/^20261120 12:00:\d\d US\/Eastern$/),
      }),
    ],
  ])
  expect(client.all('commissionReport')[0]?.[0]).toMatchObject({
    execId: '0000e0d5.00000001.01.01',
    commission: 1,
    currency: 'USD',
    realizedPNL: undefined,
  })
})

test('a limit order rests until the quote crosses it, and is filled by the size that the quote shows', async () => {
  let quote: SimQuote = QUOTE
  const client = await connect(await gateway({ quote: () => quote }))
  client.api.placeOrder(1, STOCK, limit('BUY', 150, 679.5))
  await client.next('orderStatus', (_id, status) => status === 'Submitted')
  expect(client.all('execDetails')).toEqual([])
  quote = { bid: 679.3, ask: 679.4, bidSize: 100, askSize: 100 }
  await client.next('orderStatus', (_id, status) => status === 'Filled')
  const executions = client.all('execDetails').map(([, , details]) => details)
  expect(executions).toMatchObject([
    { shares: 100, cumQty: 100, price: 679.4, lastLiquidity: 1 },
    { shares: 50, cumQty: 150, price: 679.4, lastLiquidity: 1 },
  ])
  expect(client.story().filter((event) => event.startsWith('orderStatus'))).toEqual([
    'orderStatus PreSubmitted',
    'orderStatus Submitted',
    'orderStatus Submitted',
    'orderStatus Filled',
  ])
})

test('what an immediate order cannot have at once is cancelled: the state, then 202', async () => {
  const client = await connect(await gateway())
  client.api.placeOrder(1, STOCK, { ...limit('BUY', 800, 680.02), tif: 'IOC' })
  await client.error(202, 1)
  expect(client.all('orderStatus').at(-1)?.slice(0, 4)).toEqual([1, 'Cancelled', 500, 300])
  expect(client.story().slice(-3)).toEqual(['openOrder Cancelled', 'orderStatus Cancelled', 'error 202'])
})

test('the same order id changes the order; a cancel ends it with the state Cancelled and 202', async () => {
  const client = await connect(await gateway())
  client.api.placeOrder(1, STOCK, limit('BUY', 100, 670))
  client.api.placeOrder(1, STOCK, limit('BUY', 200, 671))
  await client.next('openOrder', (_id, _contract, order) => (order as { lmtPrice: number }).lmtPrice === 671)
  client.api.cancelOrder(1, {})
  await client.error(202, 1)
  expect(client.all('orderStatus').at(-1)?.slice(0, 4)).toEqual([1, 'Cancelled', 0, 200])
  client.api.cancelOrder(1, {})
  client.api.cancelOrder(9, {})
  expect(await client.error(10_148, 1)).toContain('state: Cancelled')
  expect(await client.error(10_147, 9)).toContain('OrderId 9 that needs to be cancelled is not found')
})

test('an order placed with transmit off is held until it is placed again with transmit on', async () => {
  const client = await connect(await gateway())
  client.api.placeOrder(1, STOCK, { ...market('BUY', 100), transmit: false })
  await client.next('orderStatus', (_id, status) => status === 'ApiPending')
  expect(client.all('execDetails')).toEqual([])
  client.api.placeOrder(1, STOCK, market('BUY', 100))
  await client.next('orderStatus', (_id, status) => status === 'Filled')
})

test('a what-if order is answered with margin figures and places nothing', async () => {
  const client = await connect(await gateway())
  client.api.placeOrder(1, STOCK, { ...limit('BUY', 100, 680), whatIf: true })
  const [, , order, state] = await client.next('openOrder')
  expect(order).toMatchObject({ whatIf: true })
  expect(state).toMatchObject({
    status: 'PreSubmitted',
    initMarginBefore: 0,
    initMarginChange: expect.any(Number),
    equityWithLoanBefore: 1_000_000,
    commission: 1,
  })
  expect((state as { initMarginChange: number }).initMarginChange).toBeGreaterThan(30_000)
  client.api.reqAllOpenOrders()
  await client.next('openOrderEnd')
  expect(client.all('openOrder')).toHaveLength(1)
})

test('an order that the account cannot afford is rejected: 201, then the state Inactive', async () => {
  const client = await connect(await gateway({ options: { startingCash: 1_000 } }))
  client.api.placeOrder(1, STOCK, market('BUY', 100))
  await client.next('orderStatus')
  expect(client.story()).toEqual(['error 201', 'openOrder Inactive', 'orderStatus Inactive'])
})

test('orders, executions and completed orders are still there after a reconnection', async () => {
  const simulator = await gateway()
  const first = await connect(simulator)
  first.api.placeOrder(1, STOCK, market('BUY', 100))
  first.api.placeOrder(2, STOCK, limit('SELL', 100, 690))
  await first.next('orderStatus', (id, status) => id === 2 && status === 'Submitted')
  first.api.disconnect()
  const second = await connect(simulator)
  expect(second.all('nextValidId')).toEqual([[3]])
  await second.next('openOrder', (id) => id === 2)
  second.api.reqOpenOrders()
  second.api.reqExecutions(50, {})
  second.api.reqCompletedOrders(false)
  await second.next('completedOrdersEnd')
  expect(second.all('execDetails')).toMatchObject([[50, { conId: SPY.conId }, { orderId: 1, shares: 100 }]])
  expect(second.all('commissionReport')).toHaveLength(1)
  expect(second.all('completedOrder')).toMatchObject([
    [
      { conId: SPY.conId },
      { action: 'BUY', totalQuantity: 100, filledQuantity: 100, permId: 1_500_000_001, customerAccount: '' },
      { status: 'Filled', completedStatus: 'Filled Size: 100' },
    ],
  ])
  expect(second.all('openOrder').map(([id]) => id)).toEqual([2, 2])
})

test('an order as the gateway tells it can be changed after a reconnection', async () => {
  const simulator = await gateway()
  const first = await connect(simulator)
  first.api.placeOrder(1, STOCK, limit('BUY', 100, 670))
  await first.next('orderStatus', (_id, status) => status === 'Submitted')
  first.api.disconnect()
  const second = await connect(simulator)
  const [, contract, order] = (await second.next('openOrder')) as [number, Contract, Order]
  second.api.placeOrder(1, contract, { ...order, lmtPrice: 671, transmit: true })
  await second.next('openOrder', (_id, _contract, changed) => (changed as Order).lmtPrice === 671)
  expect(second.all('error')).toEqual([])
})

test('a combination is told with its legs, executed as a whole and by leg, and charged by leg', async () => {
  const [bought, sold] = [OPTIONS[0], OPTIONS[2]] as [(typeof OPTIONS)[0], (typeof OPTIONS)[0]]
  const simulator = await gateway({ quote: () => ({ bid: 5, ask: 5.1, bidSize: 10, askSize: 10 }) })
  const client = await connect(simulator)
  const comboLegs = [bought, sold].map(({ conId }, at) => ({
    ...{ conId, ratio: 1, exchange: 'SMART' },
    action: (at === 0 ? 'BUY' : 'SELL') as NonNullable<ComboLeg['action']>,
  }))
  const spread: Contract = {
    symbol: 'SPY',
    secType: SecType.BAG,
    currency: 'USD',
    exchange: 'SMART',
    comboLegs,
  }
  client.api.placeOrder(1, spread, {
    ...limit('BUY', 2, 0.1),
    smartComboRoutingParams: [{ tag: 'NonGuaranteed', value: '1' }],
  })
  await client.next('orderStatus', (_id, status) => status === 'Filled')
  await client.next('commissionReport', () => client.all('commissionReport').length === 2)
  expect(client.all('openOrder')[0]).toMatchObject([
    1,
    {
      secType: 'BAG',
      symbol: 'SPY',
      comboLegs: [{ conId: bought.conId }, { conId: sold.conId, action: 'SELL' }],
    },
    { lmtPrice: 0.1, smartComboRoutingParams: [{ tag: 'NonGuaranteed', value: '1' }] },
    {},
  ])
  expect(client.story().slice(4)).toEqual([
    'execDetails BAG',
    'execDetails OPT',
    'execDetails OPT',
    'openOrder Filled',
    'orderStatus Filled',
    'commissionReport',
    'commissionReport',
  ])
})

test('the filter of executions matches client, time, symbol, security type and side', async () => {
  const client = await connect(await gateway())
  client.api.placeOrder(1, STOCK, market('BUY', 100))
  client.api.placeOrder(2, STOCK, market('SELL', 50))
  await client.next(
    'execDetails',
    (_id, _contract, details) => (details as { orderId: number }).orderId === 2,
  )
  const found = async (requestId: number, filter: object) => {
    client.api.reqExecutions(requestId, filter)
    await client.next('execDetailsEnd', (id) => id === requestId)
    return client.all('execDetails').filter(([id]) => id === requestId).length
  }
  expect(await found(10, {})).toBe(2)
  expect(await found(11, { side: 'SELL' })).toBe(1)
  expect(await found(12, { clientId: '9' })).toBe(0)
  expect(await found(13, { symbol: 'SPY', secType: 'STK', exchange: 'SMART' })).toBe(2)
  expect(await found(14, { secType: 'OPT' })).toBe(0)
  expect(await found(15, { time: '20261120 11:00:00 US/Eastern' })).toBe(2)
  expect(await found(16, { time: '20261120 15:00:00 US/Eastern' })).toBe(0)
  expect(await found(17, { acctCode: 'DU9' })).toBe(0)
})

test('an index cannot be traded, and an unknown contract is error 200', async () => {
  const client = await connect(await gateway())
  client.api.placeOrder(1, { conId: VIX.conId, exchange: 'CBOE' }, market('BUY', 1))
  await client.error(203, 1)
  client.api.placeOrder(2, { conId: 1, exchange: 'SMART' }, market('BUY', 1))
  await client.error(200, 2)
})
