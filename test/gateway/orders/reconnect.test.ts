import { afterEach, expect, test } from 'vitest'
import { orderLimits } from '../../../src/gateway/orders/limits.ts'
import type { PlacedOrder } from '../../../src/gateway/orders/order.ts'
import { type OrderEntry, openOrderEntry } from '../../../src/gateway/orders/order-entry.ts'
import { gatewayOptions } from '../../../src/gateway/session/options.ts'
import { supervisorOptions } from '../../../src/gateway/supervisor/options.ts'
import { openSupervisor, type SessionSupervisor } from '../../../src/gateway/supervisor/supervisor.ts'
import { type Clock, clockFrom } from '../../../src/market/clock.ts'
import type { SimQuote } from '../../../src/simulator/market/market.ts'
import { draftOrder } from '../../../src/simulator/orders/draft.ts'
import type { Simulator } from '../../../src/simulator/server.ts'
import { openOrder } from '../../../src/simulator/wire/open-order.ts'
import { orderGateway } from '../../simulator/orders/order-client.ts'
import { SPY } from '../../simulator/stub-market.ts'
import { type OrderPeer, type OrderPeerOptions, orderPeer, statusMessage } from '../../support/order-peer.ts'
import { message } from '../../support/raw-peer.ts'
import { ACCOUNT, NOON, order, stockOf } from './entry-gateway.ts'

const closers: Array<() => void | Promise<void>> = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const STOCK = stockOf(SPY.conId)
const POLL = { interval: 5, timeout: 10_000 }

function supervise(port: number, clock: Clock): { supervisor: SessionSupervisor; entry: OrderEntry } {
  const supervisor = openSupervisor(gatewayOptions.parse({ port }), {
    clock,
    options: supervisorOptions.parse({}),
    random: () => 0,
  })
  const entry = openOrderEntry(supervisor, {
    accounts: [ACCOUNT],
    limits: orderLimits.parse({ maxOrderQuantity: 1_000, maxOrdersPerMinute: 100 }),
    clock,
  })
  closers.push(async () => {
    entry.close()
    await supervisor.close()
  })
  return { supervisor, entry }
}

interface Rig {
  readonly simulator: Simulator
  readonly supervisor: SessionSupervisor
  readonly entry: OrderEntry
  setQuote(quote: SimQuote): void
}

/** A simulated gateway on a clock ten times as fast. */
async function rig(): Promise<Rig> {
  const clock = clockFrom(NOON, 10)
  let quote: SimQuote = { bid: 680, ask: 680.02, bidSize: 300, askSize: 500 }
  const simulator = await orderGateway({ clock, quote: () => quote })
  closers.push(() => simulator.close())
  const { supervisor, entry } = supervise(simulator.port, clock)
  await entry.whenReady(new AbortController().signal, 60_000)
  const setQuote = (next: SimQuote) => {
    quote = next
  }
  return { simulator, supervisor, entry, setQuote }
}

async function isReady(entry: OrderEntry): Promise<void> {
  await expect.poll(() => entry.refusal(), POLL).toBeNull()
}

async function reaches(placed: PlacedOrder, status: PlacedOrder['status']): Promise<void> {
  await expect.poll(() => placed.status, POLL).toBe(status)
}

test('what happened to orders while there was no session is found out after the reconnect', async () => {
  const { simulator, entry, setQuote } = await rig()
  const near = await entry.place(order(STOCK, { quantity: 5, limitPrice: 679 }))
  const far = await entry.place(order(STOCK, { quantity: 5, limitPrice: 600, timeInForce: 'GTC' }))
  await reaches(near, 'working')
  await reaches(far, 'working')
  simulator.inject({ kind: 'restart', seconds: 5 })
  await reaches(near, 'unknown')
  expect(near.reason).toBe('the session was lost')
  await expect(entry.place(order(STOCK))).rejects.toThrow('there is no session')
  await expect(entry.cancel(far)).rejects.toThrow('stays open at the gateway')
  setQuote({ bid: 678, ask: 678.5, bidSize: 300, askSize: 500 })
  await isReady(entry)
  expect(near).toMatchObject({ status: 'filled', filled: 5, remaining: 0 })
  expect(near.averagePrice).toBeLessThanOrEqual(679)
  expect(await near.done).toMatchObject({ status: 'filled', filled: 5 })
  expect(far).toMatchObject({ status: 'working', limitPrice: 600, timeInForce: 'GTC' })
  expect(entry.openOrders()).toEqual([far])
  expect(entry.positions()).toMatchObject([{ quantity: 5 }])
  // The restart began the numbers again; ours go on above all that are known.
  const next = await entry.place(order(STOCK, { quantity: 1, limitPrice: 601 }))
  expect(next.orderId).toBeGreaterThan(far.orderId)
  await reaches(next, 'working')
  await entry.cancel(far)
  expect(await far.done).toMatchObject({ status: 'cancelled' })
})

test('an order that was filled while its answer was lost is found by its executions, and not sent again', async () => {
  const { simulator, supervisor, entry } = await rig()
  const placed = await entry.place(order(STOCK, { quantity: 3, orderRef: 'lost answer' }))
  expect(placed.status).toBe('sent')
  await supervisor.session()?.close()
  expect(placed.status).toBe('unknown')
  expect(await placed.done).toMatchObject({ status: 'filled', filled: 3, averagePrice: 680.02 })
  await isReady(entry)
  expect(entry.executions()).toHaveLength(1)
  expect(entry.positions()).toMatchObject([{ quantity: 3 }])
  expect(simulator.stats().clients).toBe(1)
  await expect(entry.place(order(STOCK, { orderRef: 'lost answer' }))).rejects.toThrow('was used before')
})

test('an order that was rejected or cancelled meanwhile is found among the orders that are over', async () => {
  const { supervisor, entry } = await rig()
  const resting = await entry.place(order(STOCK, { limitPrice: 600 }))
  await reaches(resting, 'working')
  await entry.cancel(resting)
  await supervisor.session()?.close()
  expect(await resting.done).toMatchObject({ status: 'cancelled', reason: 'Cancelled by Trader' })
  await isReady(entry)
  const dear = await entry.place(order(STOCK, { quantity: 1_000, limitPrice: 999_000 }))
  await supervisor.session()?.close()
  expect(await dear.done).toMatchObject({ status: 'rejected', reason: expect.stringContaining('Funds') })
})

async function peerRig(
  options: Partial<OrderPeerOptions> = {},
  speed = 50,
): Promise<{ peer: OrderPeer; supervisor: SessionSupervisor; entry: OrderEntry }> {
  const peer = await orderPeer({ accounts: () => ACCOUNT, ...options })
  closers.push(peer.close)
  const { supervisor, entry } = supervise(peer.port, clockFrom(NOON, speed))
  await entry.whenReady(new AbortController().signal, 60_000)
  return { peer, supervisor, entry }
}

test('an order that the gateway never took is given up after two looks, and was written once', async () => {
  const { peer, entry } = await peerRig({ onOrder: (_fields, socket) => void socket.destroy() })
  const placed = await entry.place(order(STOCK))
  const outcome = await placed.done
  expect(outcome).toMatchObject({ status: 'not_received', filled: 0 })
  expect(outcome.reason).toContain('no trace')
  await isReady(entry)
  expect(peer.counts().orders).toBe(1)
  expect(peer.sockets.length).toBeGreaterThanOrEqual(2)
})

test('an order without any answer becomes unknown, and the gateway is asked about it', async () => {
  const { peer, entry } = await peerRig({ onOrder: () => {} })
  const placed = await entry.place(order(STOCK))
  await reaches(placed, 'unknown')
  expect(placed.reason).toContain('no answer within 10 s')
  expect(await placed.done).toMatchObject({ status: 'not_received' })
  expect(peer.counts().orders).toBe(1)
})

test('an order that comes to life late is known as working again', async () => {
  const { peer, entry } = await peerRig({ onOrder: () => {} })
  const placed = await entry.place(order(STOCK))
  peer.tell(statusMessage(placed.orderId, 'Submitted'))
  await reaches(placed, 'working')
  // Duplicates, and a message that was overtaken.
  peer.tell(
    statusMessage(placed.orderId, 'Submitted', { filled: 0, remaining: 1 }),
    statusMessage(placed.orderId, 'Filled', { filled: 1, remaining: 0, average: 12.5 }),
    statusMessage(placed.orderId, 'Filled', { filled: 1, remaining: 0, average: 12.5 }),
    statusMessage(placed.orderId, 'Submitted', { filled: 0, remaining: 1 }),
  )
  expect(await placed.done).toMatchObject({ status: 'filled', filled: 1, averagePrice: 12.5 })
  expect(placed.status).toBe('filled')
})

test('an unknown error does not decide about an order; the list of open orders does', async () => {
  const { peer, entry } = await peerRig({ onOrder: () => {} })
  const placed = await entry.place(order(STOCK))
  peer.tell(message(4, 2, placed.orderId, 10_999, 'Something new', ''))
  expect(await placed.done).toMatchObject({ status: 'rejected', reason: 'Something new' })
})

test('an inactive order without a reason is cancelled, so that nobody can make it work again', async () => {
  const { peer, entry } = await peerRig({
    onOrder: (fields, socket) => {
      if (fields[0] === '3') socket.write(statusMessage(fields[1] as string, 'Inactive'))
      else
        socket.write(message(4, 2, fields[2] as string, 10_148, 'cannot be cancelled, state: Inactive.', ''))
    },
  })
  const placed = await entry.place(order(STOCK))
  expect(await placed.done).toMatchObject({ status: 'rejected' })
  expect(peer.counts()).toMatchObject({ orders: 1, cancels: 1 })
})

test.each([
  [161, 'Cancel attempted when order is not in a cancellable state.'],
  [10_147, 'OrderId 47 that needs to be cancelled is not found.'],
])(
  'a cancel that is refused with %i leaves the order until the gateway says what became of it',
  async (code, words) => {
    const { peer, entry } = await peerRig({
      onOrder: (fields, socket) => {
        if (fields[0] === '3') socket.write(statusMessage(fields[1] as string, 'Submitted'))
        else socket.write(message(4, 2, fields[2] as string, code, words, ''))
      },
    })
    const placed = await entry.place(order(STOCK))
    await reaches(placed, 'working')
    const warnings: number[] = []
    entry.onChange((change) => {
      if (change.kind === 'warning') warnings.push(change.code)
    })
    await entry.cancel(placed)
    await expect.poll(() => warnings, POLL).toEqual([code])
    // Not among the open orders, and nothing says how it ended.
    expect(await placed.done).toMatchObject({ status: 'cancelled', filled: 0 })
    expect(peer.counts().cancels).toBe(1)
  },
)

test('an error 103 makes the entry ask for higher numbers', async () => {
  let taken = 0
  const { peer, entry } = await peerRig({
    onOrder: (fields, socket) => {
      taken += 1
      if (taken === 1) socket.write(message(4, 2, fields[1] as string, 103, 'Duplicate order id', ''))
      else socket.write(statusMessage(fields[1] as string, 'Submitted'))
    },
    nextOrderId: () => 5_000,
  })
  const first = await entry.place(order(STOCK))
  expect(await first.done).toMatchObject({ status: 'rejected', reason: 'Duplicate order id' })
  await expect.poll(async () => (await entry.place(order(STOCK))).orderId, POLL).toBeGreaterThanOrEqual(5_000)
  expect(peer.counts().orders).toBeGreaterThan(1)
})

test('cancelAll waits for a session that is being opened, and cancels on it', async () => {
  const { supervisor, entry } = await rig()
  const resting = await entry.place(order(STOCK, { limitPrice: 600 }))
  await reaches(resting, 'working')
  await supervisor.session()?.close()
  expect(entry.refusal()).toMatch(/^there is no session with the gateway: /)
  const { cancelled, left } = await entry.cancelAll(60_000)
  expect([cancelled, left]).toEqual([[resting], []])
})

test('what happened while the gateway had lost IB is told afterwards', async () => {
  const { simulator, entry, setQuote } = await rig()
  const resting = await entry.place(order(STOCK, { limitPrice: 679 }))
  await reaches(resting, 'working')
  simulator.inject({ kind: 'server_lost', seconds: 5 })
  setQuote({ bid: 678, ask: 678.5, bidSize: 300, askSize: 500 })
  const refused = await entry.place(order(STOCK, { limitPrice: 1 }))
  expect(await resting.done).toMatchObject({ status: 'filled', filled: 1 })
  // 1100 names the order; that it was not taken is known from the list of open orders.
  expect(await refused.done).toMatchObject({ status: 'rejected' })
})

/** The order of one share as a gateway lists it. */
function openOrderMessage(orderId: number): Buffer {
  const draft = draftOrder(
    { clientId: 17, orderId },
    {
      instrument: { kind: 'single', contract: SPY, exchange: 'SMART' },
      terms: {
        ...{
          side: 'BUY',
          quantity: 1,
          limitPrice: null,
          timeInForce: 'DAY',
          outsideRth: false,
          transmit: true,
        },
      },
      attributes: {},
    },
    { permId: 9_000 + orderId, account: ACCOUNT, at: NOON },
  )
  return Buffer.from(openOrder({ ...draft, status: 'Submitted' }, 176), 'latin1')
}

test('a cancel that is under way is not sent again; one without an answer may be', async () => {
  let id = 0
  const { peer, supervisor, entry } = await peerRig({
    onOrder: (fields, socket) => {
      if (fields[0] !== '3') return
      id = Number(fields[1])
      socket.write(statusMessage(id, 'Submitted'))
    },
    openOrders: () => (id > 0 ? [openOrderMessage(id)] : []),
  })
  const placed = await entry.place(order(STOCK))
  await reaches(placed, 'working')
  await Promise.all([entry.cancel(placed), entry.cancel(placed), entry.cancelAll(10)])
  await supervisor.session()?.currentTime()
  expect(peer.counts().cancels).toBe(1)
  expect(placed.status).toBe('cancelling')
  await reaches(placed, 'working')
  expect(placed.reason).toBe('the cancel was not answered within 10 s')
  await entry.cancel(placed)
  await supervisor.session()?.currentTime()
  expect(peer.counts().cancels).toBe(2)
})
