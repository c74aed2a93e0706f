import { afterEach, expect, test } from 'vitest'
import { orderLimits } from '../../../src/gateway/orders/limits.ts'
import { type OrderEntry, openOrderEntry } from '../../../src/gateway/orders/order-entry.ts'
import { gatewayOptions } from '../../../src/gateway/session/options.ts'
import { openSession, type Session } from '../../../src/gateway/session/session.ts'
import { systemClock } from '../../../src/market/clock.ts'
import {
  accountsMessage,
  type OrderPeer,
  type OrderPeerOptions,
  orderPeer,
} from '../../support/order-peer.ts'
import { ACCOUNT, order, stockOf } from './entry-gateway.ts'

const closers: Array<() => void | Promise<void>> = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const STOCK = stockOf(756733)
const LISTED = [ACCOUNT]

async function open(
  options: OrderPeerOptions,
): Promise<{ peer: OrderPeer; session: Session; entry: OrderEntry }> {
  const peer = await orderPeer(options)
  closers.push(peer.close)
  const gateway = gatewayOptions.parse({ port: peer.port, messagesPerSecond: 1_000 })
  const session = await openSession(gateway, { clock: systemClock })
  const entry = openOrderEntry(session, {
    ...{ accounts: LISTED, limits: orderLimits.parse({}), clock: systemClock },
  })
  closers.push(async () => {
    entry.close()
    await session.close()
  })
  return { peer, session, entry }
}

const ready = (entry: OrderEntry) => entry.whenReady(new AbortController().signal, 5_000)

test.each([['U7654321'], [''], ['DU1234567,U7654321']])(
  'accounts that change to "%s" stop orders for the rest of the session, also if they change back',
  async (told) => {
    const { peer, session, entry } = await open({ accounts: () => ACCOUNT })
    await ready(entry)
    const placed = await entry.place(order(STOCK, { limitPrice: 5 }))
    const refusals: Array<string | null> = []
    entry.onChange((change) => {
      if (change.kind === 'refusal') refusals.push(change.reason)
    })
    peer.tell(accountsMessage(told))
    await session.currentTime()
    expect(refusals).toHaveLength(1)
    expect(refusals[0]).toContain('orders are refused: the gateway')
    await expect(entry.place(order(STOCK))).rejects.toMatchObject({ kind: 'accounts', exitCode: 77 })
    await expect(entry.modify(placed, { limitPrice: 6 })).rejects.toMatchObject({ kind: 'accounts' })
    peer.tell(accountsMessage(ACCOUNT))
    await session.currentTime()
    await expect(entry.place(order(STOCK))).rejects.toMatchObject({ kind: 'accounts' })
    // The order was placed on this very session: it may be taken back.
    await entry.cancel(placed)
    expect(await placed.done).toMatchObject({ status: 'cancelled' })
    await session.currentTime()
    expect(peer.counts()).toMatchObject({ orders: 1, cancels: 1 })
  },
)

test('accounts that come after the first order id are waited for', async () => {
  const { peer, entry, session } = await open({ accounts: () => null })
  expect(entry.refusal()).toBe('orders are refused: the gateway has not told its accounts yet')
  await expect(entry.place(order(STOCK))).rejects.toMatchObject({ kind: 'accounts' })
  peer.tell(accountsMessage(''))
  await session.currentTime()
  expect(entry.refusal()).toBe('orders are refused: the gateway names an empty account')
  const waiting = ready(entry)
  peer.tell(accountsMessage(`${ACCOUNT},`))
  await waiting
  expect(entry.account).toBe(ACCOUNT)
  expect(session.accounts).toEqual([ACCOUNT])
  await entry.place(order(STOCK))
  await session.currentTime()
  expect(peer.counts().orders).toBe(1)
})

test('refused accounts are not waited for', async () => {
  const { entry, peer } = await open({ accounts: () => 'DF1234567' })
  await expect(ready(entry)).rejects.toMatchObject({
    ...{ kind: 'accounts', exitCode: 77, message: expect.stringContaining('which is not a paper account') },
  })
  expect(entry.account).toBeNull()
  expect(peer.counts()).toEqual({ orders: 0, orderBytes: 0, cancels: 0 })
})

test('a list of accounts that names a live one opens no entry', async () => {
  const { session } = await open({ accounts: () => ACCOUNT })
  const options = { limits: orderLimits.parse({}), clock: systemClock }
  for (const accounts of [[], ['U1234567'], [ACCOUNT, 'DF1234567']]) {
    expect(() => openOrderEntry(session, { accounts, ...options })).toThrow('orders are refused')
  }
})

test('a session has one order entry at a time', async () => {
  const { session, entry } = await open({ accounts: () => ACCOUNT })
  const options = { accounts: LISTED, limits: orderLimits.parse({}), clock: systemClock }
  expect(() => openOrderEntry(session, options)).toThrow('only one order entry')
  entry.close()
  const second = openOrderEntry(session, options)
  await ready(second)
  second.close()
})
