import { afterEach, expect, test } from 'vitest'
import { orderLimits } from '../../../src/gateway/orders/limits.ts'
import type { PlacedOrder } from '../../../src/gateway/orders/order.ts'
import { type EntryChange, openOrderEntry } from '../../../src/gateway/orders/order-entry.ts'
import { gatewayOptions } from '../../../src/gateway/session/options.ts'
import { openSession } from '../../../src/gateway/session/session.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { conId } from '../../../src/market/units.ts'
import type { SimQuote } from '../../../src/simulator/market/market.ts'
import { OPTIONS, SPY } from '../../simulator/stub-market.ts'
import { ACCOUNT, type EntryGateway, openEntryGateway, optionOf, order, stockOf } from './entry-gateway.ts'

const closers: Array<() => Promise<void>> = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const QUOTE: SimQuote = { bid: 680, ask: 680.02, bidSize: 300, askSize: 500 }
const OPTION_QUOTE: SimQuote = { bid: 5, ask: 5.1, bidSize: 50, askSize: 50 }
const quote = (id: number) => (id === SPY.conId ? QUOTE : OPTION_QUOTE)
const STOCK = stockOf(SPY.conId)

async function open(setting: Parameters<typeof openEntryGateway>[0] = {}): Promise<EntryGateway> {
  const gateway = await openEntryGateway({ quote, ...setting })
  closers.push(gateway.close)
  return gateway
}

async function reaches(placed: PlacedOrder, status: PlacedOrder['status']): Promise<void> {
  await expect.poll(() => placed.status, { interval: 2, timeout: 5_000 }).toBe(status)
}

test('a market order is filled, and position, cash and commission follow', async () => {
  const { entry } = await open()
  expect(entry.account).toBe(ACCOUNT)
  const changes: EntryChange[] = []
  entry.onChange((change) => changes.push(change))
  const placed = await entry.place(order(STOCK, { quantity: 100, orderRef: 'first' }))
  expect(placed).toMatchObject({ orderRef: 'first', quantity: 100 })
  const outcome = await placed.done
  expect(outcome).toMatchObject({ status: 'filled', filled: 100, averagePrice: 680.02, reason: '' })
  await expect.poll(() => placed.commission).toBe(1)
  expect(placed.permId).toBe(1_500_000_001)
  expect(entry.executions()).toMatchObject([
    { orderRef: 'first', side: 'BUY', quantity: 100, price: 680.02, commission: 1, conId: SPY.conId },
  ])
  await expect
    .poll(() => entry.positions())
    .toMatchObject([{ conId: SPY.conId, quantity: 100, secType: 'STK' }])
  await expect.poll(() => entry.accountValues().totalCash).toBeCloseTo(1_000_000 - 68_003, 2)
  expect(entry.openOrders()).toEqual([])
  const statuses = changes.flatMap((change) => (change.kind === 'order' ? [change.order.status] : []))
  expect(statuses[0]).toBe('filled')
})

test('a resting order is changed, then cancelled', async () => {
  const { entry } = await open()
  const placed = await entry.place(order(STOCK, { quantity: 10, limitPrice: 670 }))
  await reaches(placed, 'working')
  await entry.modify(placed, { limitPrice: 671.5, quantity: 20 })
  await expect.poll(() => placed.limitPrice).toBe(671.5)
  expect(placed).toMatchObject({ quantity: 20, remaining: 20, status: 'working' })
  await entry.cancel(placed)
  expect(await placed.done).toMatchObject({ status: 'cancelled', filled: 0, averagePrice: null })
  await entry.cancel(placed)
})

test('an order that is held back is transmitted by a change', async () => {
  const { entry } = await open()
  const placed = await entry.place(order(STOCK, { limitPrice: 670, transmit: false }))
  await reaches(placed, 'held')
  await entry.modify(placed, { transmit: true })
  await reaches(placed, 'working')
})

test('a combination is filled at its net price, and its legs become positions', async () => {
  const { entry } = await open()
  const [call, put] = OPTIONS as [(typeof OPTIONS)[0], (typeof OPTIONS)[0]]
  const leg = (id: number, side: 'BUY' | 'SELL') => ({ conId: conId(id), side, ratio: 1, exchange: 'SMART' })
  const legs = [leg(call.conId, 'BUY'), leg(put.conId, 'SELL')]
  const instrument = { kind: 'combination', symbol: 'SPY', exchange: 'SMART', currency: 'USD', legs } as const
  const placed = await entry.place(order(instrument, { quantity: 2, limitPrice: 0.1 }))
  expect(await placed.done).toMatchObject({ status: 'filled', filled: 2, averagePrice: 0.1 })
  await expect.poll(() => entry.positions().map(({ quantity }) => quantity)).toEqual([2, -2])
  expect(entry.executions().map(({ secType, quantity }) => [secType, quantity])).toEqual([
    ['BAG', 2],
    ['OPT', 2],
    ['OPT', 2],
  ])
  await expect.poll(() => placed.commission).toBeCloseTo(2.6, 6)
})

test('a credit combination has a negative price', async () => {
  const { entry } = await open()
  const legs = OPTIONS.slice(0, 2).map(({ conId: id }) => ({
    ...{ conId: conId(id), side: 'BUY' as const, ratio: 1, exchange: 'SMART' },
  }))
  const instrument = { kind: 'combination', symbol: 'SPY', exchange: 'SMART', currency: 'USD', legs } as const
  const placed = await entry.place(order(instrument, { side: 'SELL', limitPrice: 10 }))
  expect(await placed.done).toMatchObject({ status: 'filled', averagePrice: 10 })
  const spread = {
    ...instrument,
    legs: [legs[0] as (typeof legs)[0], { ...(legs[1] as (typeof legs)[0]), side: 'SELL' as const }],
  }
  const resting = await entry.place(order(spread, { limitPrice: -0.5 }))
  await reaches(resting, 'working')
  expect(resting.limitPrice).toBe(-0.5)
})

test('an option is found again by a new entry with the same client id, with its terms', async () => {
  const { simulator, entry, session } = await open()
  const [call] = OPTIONS as [(typeof OPTIONS)[0]]
  const instrument = optionOf(call.conId, { strike: call.strike, right: 'C', expiry: call.expiry })
  const placed = await entry.place(
    order(instrument, { limitPrice: 1.25, timeInForce: 'GTC', orderRef: 'kept' }),
  )
  await reaches(placed, 'working')
  entry.close()
  expect(await placed.done).toMatchObject({ status: 'unknown' })
  await session.close()
  const again = await openEntryGatewayAt(simulator)
  const [found] = again.openOrders()
  expect(found).toMatchObject({
    ...{ orderId: placed.orderId, permId: placed.permId, orderRef: 'kept', status: 'working' },
    ...{ limitPrice: 1.25, timeInForce: 'GTC', side: 'BUY', quantity: 1 },
    instrument: { kind: 'option', contract: { conId: call.conId, strike: call.strike, right: 'C' } },
  })
  await expect(again.place(order(STOCK, { orderRef: 'kept' }))).rejects.toThrow('was used before')
  await again.cancel(found as PlacedOrder)
  expect(await (found as PlacedOrder).done).toMatchObject({ status: 'cancelled' })
})

async function openEntryGatewayAt(simulator: EntryGateway['simulator']) {
  const session = await openSession(gatewayOptions.parse({ port: simulator.port, clientId: 7 }), {
    clock: systemClock,
  })
  const limits = orderLimits.parse({})
  const entry = openOrderEntry(session, { accounts: [ACCOUNT], limits, clock: systemClock })
  closers.push(async () => {
    entry.close()
    await session.close()
  })
  await entry.whenReady(new AbortController().signal, 10_000)
  return entry
}

test('a rejected order says why', async () => {
  const { entry } = await open()
  const tooDear = await entry.place(order(STOCK, { quantity: 1_000, limitPrice: 999_999.99 }))
  const outcome = await tooDear.done
  expect(outcome.status).toBe('rejected')
  expect(outcome.reason).toMatch(/^Order rejected - reason:/)
  const offTick = await entry.place(order(STOCK, { limitPrice: 680.005 }))
  expect(await offTick.done).toMatchObject({ status: 'rejected', reason: expect.stringContaining('0.01') })
})

test('cancelAll cancels what is open and says what is left', async () => {
  const { entry, simulator } = await open()
  const resting = await Promise.all([1, 2, 3].map((n) => entry.place(order(STOCK, { limitPrice: 600 + n }))))
  await Promise.all(resting.map((placed) => reaches(placed, 'working')))
  expect(entry.openOrders()).toHaveLength(3)
  const { cancelled, left } = await entry.cancelAll(5_000)
  expect([cancelled.length, left.length]).toEqual([3, 0])
  const stuck = await entry.place(order(STOCK, { limitPrice: 600 }))
  await reaches(stuck, 'working')
  const end = simulator.inject({ kind: 'freeze' })
  const second = await entry.cancelAll(50)
  expect(second.left.map(({ orderId }) => orderId)).toEqual([stuck.orderId])
  end()
})
