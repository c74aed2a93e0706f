import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { gatewayOptions } from '../../../../src/gateway/session/options.ts'
import { type Link, openLink } from '../../../../src/gateway/session/wire/link.ts'
import { type OrderPeer, orderPeer } from '../../../support/order-peer.ts'

const closers: Array<() => void | Promise<void>> = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function connected(): Promise<{ peer: OrderPeer; link: Link; settled(): Promise<void> }> {
  const peer = await orderPeer({ accounts: () => 'DU1', serverVersion: 193 })
  closers.push(peer.close)
  const link = openLink(gatewayOptions.parse({ port: peer.port }), () => {})
  closers.push(() => link.close('closed', 'the test is over'))
  const ready = new Promise((resolve) => link.api.once('nextValidId' as never, resolve as never))
  await ready
  return { peer, link, settled: () => delay(20) }
}

const CONTRACT = { conId: 1, exchange: 'SMART' }
const ORDER = { action: 'BUY', orderType: 'MKT', totalQuantity: 1, transmit: true } as never

test('an order that nobody announced to the socket is not written, and ends the connection as a defect', async () => {
  const { peer, link, settled } = await connected()
  link.api.placeOrder(50, CONTRACT, ORDER)
  await settled()
  expect(peer.counts()).toEqual({ orders: 0, orderBytes: 0, cancels: 0 })
  expect(link.end()).toMatchObject({ reason: 'defect', message: expect.stringContaining('kind 3') })
})

test.each([
  ['a cancel', (link: Link) => link.api.cancelOrder(1)],
  ["IB's global cancel", (link: Link) => link.api.reqGlobalCancel({} as never)],
  ['an exercise', (link: Link) => link.api.exerciseOptions(1, CONTRACT, 1, 1, 'DU1', 0)],
])('%s is not written either', async (_name, write) => {
  const { peer, link, settled } = await connected()
  write(link)
  await settled()
  expect(peer.counts()).toEqual({ orders: 0, orderBytes: 0, cancels: 0 })
  expect(link.end()).toMatchObject({ reason: 'defect' })
})

test('the lock opens for one frame of the announced kind', async () => {
  const { peer, link, settled } = await connected()
  expect(link.orderLock.openFor('order', () => void link.api.placeOrder(50, CONTRACT, ORDER))).toBe(true)
  expect(link.orderLock.openFor('cancel', () => void link.api.cancelOrder(50))).toBe(true)
  expect(link.orderLock.openFor('order', () => void link.api.reqCurrentTime())).toBe(false)
  await settled()
  expect(peer.counts()).toMatchObject({ orders: 1, cancels: 1 })
  expect(link.end()).toBeUndefined()
  link.orderLock.openFor('order', () => {
    link.api.placeOrder(51, CONTRACT, ORDER)
    link.api.placeOrder(52, CONTRACT, ORDER)
  })
  await settled()
  expect(peer.counts().orders).toBe(2)
  expect(link.end()).toMatchObject({ reason: 'defect' })
})
