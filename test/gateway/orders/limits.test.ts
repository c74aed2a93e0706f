import { afterEach, describe, expect, test } from 'vitest'
import { onlyReduces } from '../../../src/gateway/orders/exposure.ts'
import { createOrderRate, orderLimits } from '../../../src/gateway/orders/limits.ts'
import type { OrderRequest, Position } from '../../../src/gateway/orders/order.ts'
import { type OrderEntry, openOrderEntry } from '../../../src/gateway/orders/order-entry.ts'
import { gatewayOptions } from '../../../src/gateway/session/options.ts'
import { openSession } from '../../../src/gateway/session/session.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { conId } from '../../../src/market/units.ts'
import { type OrderPeer, type OrderPeerOptions, orderPeer } from '../../support/order-peer.ts'
import { ACCOUNT, order, stockOf } from './entry-gateway.ts'

const closers: Array<() => void | Promise<void>> = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function open(
  limits: object,
  options: Partial<OrderPeerOptions> = {},
): Promise<{ peer: OrderPeer; entry: OrderEntry }> {
  const peer = await orderPeer({ accounts: () => ACCOUNT, ...options })
  closers.push(peer.close)
  const session = await openSession(gatewayOptions.parse({ port: peer.port, messagesPerSecond: 1_000 }), {
    clock: systemClock,
  })
  const entry = openOrderEntry(session, {
    ...{ accounts: [ACCOUNT], limits: orderLimits.parse(limits), clock: systemClock },
  })
  closers.push(async () => {
    entry.close()
    await session.close()
  })
  await entry.whenReady(new AbortController().signal, 5_000)
  return { peer, entry }
}

const STOCK = stockOf(756733)

test('an order above the size limit is refused', async () => {
  const { entry, peer } = await open({ maxOrderQuantity: 5 })
  await expect(entry.place(order(STOCK, { quantity: 6 }))).rejects.toMatchObject({
    ...{ kind: 'limit', exitCode: 77, message: 'the quantity is 6, and maxOrderQuantity is 5' },
  })
  const placed = await entry.place(order(STOCK, { quantity: 5 }))
  await expect(entry.modify(placed, { quantity: 6 })).rejects.toMatchObject({ kind: 'limit' })
  await expect.poll(() => peer.counts().orders).toBe(1)
})

test('orders and changes of a minute are counted together, cancels are not', async () => {
  const { entry, peer } = await open({ maxOrdersPerMinute: 3 })
  const first = await entry.place(order(STOCK, { limitPrice: 1 }))
  await entry.modify(first, { limitPrice: 2 })
  await entry.place(order(STOCK))
  await expect(entry.place(order(STOCK))).rejects.toThrow('maxOrdersPerMinute is 3')
  await expect(entry.modify(first, { limitPrice: 3 })).rejects.toMatchObject({ kind: 'limit' })
  await entry.cancel(first)
  expect(await first.done).toMatchObject({ status: 'cancelled' })
  expect(peer.counts()).toMatchObject({ orders: 3, cancels: 1 })
})

test('an order that was refused can be placed again with its orderRef', async () => {
  const { entry } = await open({ maxOrderQuantity: 5 })
  await expect(entry.place(order(STOCK, { quantity: 9, orderRef: 'mine' }))).rejects.toThrow()
  await entry.place(order(STOCK, { quantity: 5, orderRef: 'mine' }))
  await expect(entry.place(order(STOCK, { orderRef: 'mine' }))).rejects.toThrow('was used before')
})

test('from the loss limit on only orders that reduce a position are sent', async () => {
  const { entry, peer } = await open({ maxLossPerDay: 500 }, { dailyPnl: '-500', positions: { 756733: 8 } })
  expect(entry.accountValues().dailyPnl).toBe(-500)
  await expect(entry.place(order(STOCK, { side: 'BUY' }))).rejects.toMatchObject({
    kind: 'loss',
    message:
      'the profit and loss of the day is -500.00 dollars, and maxLossPerDay is 500: only orders that reduce a position are sent',
  })
  await entry.place(order(STOCK, { side: 'SELL', quantity: 5, limitPrice: 700 }))
  await expect(entry.place(order(STOCK, { side: 'SELL', quantity: 4 }))).rejects.toMatchObject({
    kind: 'loss',
  })
  await entry.place(order(STOCK, { side: 'SELL', quantity: 3 }))
  await expect.poll(() => peer.counts().orders).toBe(2)
})

test('as long as the profit and loss is not known, no position is opened', async () => {
  const { entry } = await open({}, { dailyPnl: '1.7976931348623157E308', positions: { 756733: -2 } })
  expect(entry.accountValues().dailyPnl).toBeNull()
  await expect(entry.place(order(STOCK, { side: 'SELL' }))).rejects.toThrow('is not known yet')
  await entry.place(order(STOCK, { side: 'BUY', quantity: 2 }))
})

test('a change can neither take back a transmission nor fall below what is filled', async () => {
  const { entry } = await open({})
  const placed = await entry.place(order(STOCK, { quantity: 3, limitPrice: 1 }))
  await expect(entry.modify(placed, { transmit: false })).rejects.toThrow('is transmitted already')
  await expect(entry.modify(placed, { quantity: 0 })).rejects.toMatchObject({ kind: 'invalid' })
  await expect(entry.modify(placed, { limitPrice: Number.NaN })).rejects.toMatchObject({ kind: 'invalid' })
  await entry.cancel(placed)
  await placed.done
  await expect(entry.modify(placed, { limitPrice: 2 })).rejects.toThrow('is over')
})

test('the rate is a sliding window', () => {
  const rate = createOrderRate({ maxOrdersPerMinute: 2 })
  expect([rate.take(0), rate.take(30_000)]).toEqual([null, null])
  expect(rate.take(59_999)).toContain('maxOrdersPerMinute is 2')
  expect(rate.take(60_000)).toBeNull()
  expect(rate.take(60_001)).not.toBeNull()
})

describe('an order only reduces positions', () => {
  const held = (id: number, quantity: number): Position => ({
    ...{ conId: conId(id), symbol: 'SPY', secType: 'OPT', expiry: '', strike: null, right: null },
    ...{ tradingClass: '', multiplier: 100, quantity, averageCost: 0 },
  })
  const legs = [
    { conId: conId(1), side: 'BUY', ratio: 1, exchange: 'SMART' },
    { conId: conId(2), side: 'SELL', ratio: 2, exchange: 'SMART' },
  ] as const
  const spread: OrderRequest['instrument'] = {
    ...{ kind: 'combination', symbol: 'SPY', exchange: 'SMART', currency: 'USD', legs },
  }
  const reduces = (
    request: Pick<OrderRequest, 'instrument' | 'side' | 'quantity'>,
    positions: readonly Position[],
  ) => onlyReduces(request, positions, [])

  test.each([
    ['sells less than is held', stockOf(1), 'SELL', 3, [held(1, 3)], true],
    ['sells more than is held', stockOf(1), 'SELL', 4, [held(1, 3)], false],
    ['buys more of it', stockOf(1), 'BUY', 1, [held(1, 3)], false],
    ['buys back a short one', stockOf(1), 'BUY', 3, [held(1, -3)], true],
    ['sells what is not held', stockOf(1), 'SELL', 1, [], false],
    ['closes a combination', spread, 'SELL', 2, [held(1, 2), held(2, -4)], true],
    ['closes it with one leg too many', spread, 'SELL', 2, [held(1, 2), held(2, -3)], false],
    ['opens it', spread, 'BUY', 1, [], false],
  ] as const)('if it %s: %#', (_name, instrument, side, quantity, positions, expected) => {
    expect(reduces({ instrument, side, quantity }, positions)).toBe(expected)
  })
})
