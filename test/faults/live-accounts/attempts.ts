import { setTimeout as delay } from 'node:timers/promises'
import { orderLimits } from '../../../src/gateway/orders/limits.ts'
import type { OrderRequest } from '../../../src/gateway/orders/order.ts'
import { type OrderEntry, openOrderEntry } from '../../../src/gateway/orders/order-entry.ts'
import { OrderRefused } from '../../../src/gateway/orders/refused.ts'
import { gatewayOptions } from '../../../src/gateway/session/options.ts'
import { openSession } from '../../../src/gateway/session/session.ts'
import { supervisorOptions } from '../../../src/gateway/supervisor/options.ts'
import { openSupervisor } from '../../../src/gateway/supervisor/supervisor.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { conId } from '../../../src/market/units.ts'
import { accountsMessage, type OrderPeer, orderPeer } from '../../support/order-peer.ts'
import type { AccountCase } from './account-texts.ts'

/** What one try has shown. */
export interface TryResult {
  /** Order frames on the wire that should not be there, and their bytes. */
  readonly forbidden: number
  readonly forbiddenBytes: number
  /** Cancels that reached a gateway with other accounts. */
  readonly strayCancels: number
  /** Orders that were sent while that was allowed. */
  readonly allowed: number
  /** How many of those should have been sent. */
  readonly expected: number
  /** Orders that the entry refused, and those among them whose reason does not name the accounts. */
  readonly refused: number
  readonly unexplained: number
}

const NOTHING: TryResult = {
  ...{
    forbidden: 0,
    forbiddenBytes: 0,
    strayCancels: 0,
    allowed: 0,
    expected: 0,
    refused: 0,
    unexplained: 0,
  },
}
const ORDERS = 3
const WAIT_MS = 2_000
const LIMITS = orderLimits.parse({ maxOrdersPerMinute: 1_000, maxOrderQuantity: 1_000 })

let refs = 0

function requests(): OrderRequest[] {
  const leg = (id: number, side: 'BUY' | 'SELL') => ({ conId: conId(id), side, ratio: 1, exchange: 'SMART' })
  const stock = {
    conId: conId(756733),
    symbol: 'SPY',
    secType: 'STK',
    exchange: 'SMART',
    currency: 'USD',
  } as const
  const names = { symbol: 'SPY', exchange: 'SMART', currency: 'USD' } as const
  const instruments: OrderRequest['instrument'][] = [
    { kind: 'stock', contract: stock },
    { kind: 'combination', ...names, legs: [leg(1, 'BUY'), leg(2, 'SELL')] },
    { kind: 'stock', contract: stock },
  ]
  return instruments.slice(0, ORDERS).map((instrument, at) => ({
    ...{ instrument, side: at === 2 ? 'SELL' : 'BUY', quantity: 1 + at, limitPrice: at === 0 ? null : 1.25 },
    ...{ timeInForce: 'DAY', transmit: at !== 2, orderRef: `try-${++refs}` },
  }))
}

/** Tries to place everything; counts what was refused, and refusals that do not say why. */
async function placeAll(entry: OrderEntry): Promise<Pick<TryResult, 'refused' | 'unexplained'>> {
  const outcomes = await Promise.allSettled(requests().map((request) => entry.place(request)))
  const reasons = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
  )
  const explained = (reason: unknown) =>
    reason instanceof OrderRefused && (reason.kind === 'accounts' || reason.kind === 'not_ready')
  return { refused: reasons.length, unexplained: reasons.filter((one) => !explained(one)).length }
}

/** Changes and cancels of everything that the entry has. */
async function touchAll(entry: OrderEntry): Promise<void> {
  const orders = entry.orders()
  await Promise.allSettled([
    ...orders.map((order) => entry.modify(order, { quantity: 7 })),
    ...orders.map((order) => entry.cancel(order)),
    entry.cancelAll(1),
  ])
}

async function oneSession(
  {
    listed,
    peer,
    messagesPerSecond = 1_000,
  }: { listed: readonly string[]; peer: OrderPeer; messagesPerSecond?: number },
  work: (entry: OrderEntry, wire: { settled(): Promise<void> }) => Promise<TryResult>,
): Promise<TryResult> {
  const session = await openSession(
    gatewayOptions.parse({ port: peer.port, farmNoticeWaitMs: 50, messagesPerSecond }),
    { clock: systemClock },
  )
  const entry = openOrderEntry(session, { accounts: listed, limits: LIMITS, clock: systemClock })
  try {
    // What the gateway answers last was written last.
    return await work(entry, { settled: async () => void (await session.currentTime()) })
  } finally {
    entry.close()
    await session.close()
    await peer.close()
  }
}

async function ready(entry: OrderEntry): Promise<boolean> {
  return entry.whenReady(new AbortController().signal, WAIT_MS).then(
    () => true,
    () => false,
  )
}

/** The accounts are refused from the start; `late`: they come after the first order id, and orders before them. */
export async function refusedFromTheStart(
  { managed, listed }: AccountCase,
  { late, serverVersion }: { late: boolean; serverVersion: number },
): Promise<TryResult> {
  const peer = await orderPeer({ accounts: () => (late ? null : managed), serverVersion })
  return oneSession({ listed, peer }, async (entry, { settled }) => {
    const early = await placeAll(entry)
    if (late) peer.tell(accountsMessage(managed))
    await settled()
    await ready(entryThatWaits(entry, managed))
    const later = await placeAll(entry)
    await touchAll(entry)
    await settled()
    const { orders, orderBytes, cancels } = peer.counts()
    return {
      ...NOTHING,
      ...{ forbidden: orders, forbiddenBytes: orderBytes, strayCancels: cancels },
      refused: early.refused + later.refused,
      unexplained: early.unexplained + later.unexplained,
    }
  })
}

/** An empty text may be followed by accounts: there the entry would wait for them. */
function entryThatWaits(entry: OrderEntry, managed: string): OrderEntry {
  return managed === '' ? { ...entry, whenReady: () => Promise.reject(new Error('not waited for')) } : entry
}

/**
 * Allowed at first; while orders wait for the message rate, `firstSent` of them written, the gateway tells other accounts,
 * and then the first ones again.
 */
export async function changedAfterTheStart(
  { managed, listed }: AccountCase,
  { serverVersion, firstSent }: { serverVersion: number; firstSent: number },
): Promise<TryResult> {
  const peer = await orderPeer({ accounts: () => listed.join(','), serverVersion })
  return oneSession({ listed, peer, messagesPerSecond: 60 }, async (entry, { settled }) => {
    if (!(await ready(entry))) return { ...NOTHING, expected: 1 }
    let written: number | null = null
    entry.onChange((change) => {
      if (change.kind === 'refusal' && change.reason !== null) written ??= entry.orders().length
    })
    const first = placeAll(entry)
    const until = performance.now() + WAIT_MS
    while (entry.orders().length < firstSent && performance.now() < until) await delay(1)
    peer.tell(accountsMessage(managed))
    await settled()
    const second = await placeAll(entry)
    peer.tell(accountsMessage(listed.join(',')))
    await settled()
    const third = await placeAll(entry)
    await first
    await touchAll(entry)
    await settled()
    const { orders, orderBytes } = peer.counts()
    const before = written ?? 0
    const forbidden = orders - before
    return {
      ...NOTHING,
      ...{ forbidden, forbiddenBytes: forbidden > 0 ? orderBytes : 0, allowed: before, expected: 0 },
      refused: second.refused + third.refused,
      unexplained: second.unexplained + third.unexplained,
    }
  })
}

/**
 * Allowed at first, with the accounts `first`; then the connection drops, and another gateway answers at the same port.
 */
export async function reconnectedTo(
  { managed, listed }: Omit<AccountCase, 'kind'>,
  { serverVersion, first = listed }: { serverVersion: number; first?: readonly string[] },
): Promise<TryResult> {
  const peer = await orderPeer({
    accounts: (connection) => (connection === 0 ? first.join(',') : managed),
    serverVersion,
  })
  const supervisor = openSupervisor(
    gatewayOptions.parse({ port: peer.port, farmNoticeWaitMs: 50, messagesPerSecond: 1_000 }),
    { clock: systemClock, options: supervisorOptions.parse({}), random: () => 0 },
  )
  const entry = openOrderEntry(supervisor, { accounts: listed, limits: LIMITS, clock: systemClock })
  try {
    if (!(await ready(entry))) return { ...NOTHING, expected: ORDERS }
    const early = await placeAll(entry)
    const before = ORDERS - early.refused
    const onWire = async () => {
      const session = supervisor.session()
      if (session) await session.currentTime().catch(() => {})
    }
    await onWire()
    const sent = peer.counts()
    peer.drop()
    const until = performance.now() + WAIT_MS
    const meanwhile = placeAll(entry)
    while (peer.sockets.length < 2 && performance.now() < until) await delay(1)
    while (supervisor.session() === null && performance.now() < until) await delay(1)
    await onWire()
    const later = await placeAll(entry)
    await touchAll(entry)
    await onWire()
    await meanwhile
    const { orders, orderBytes, cancels } = peer.counts()
    const isReconnected = peer.sockets.length >= 2
    return {
      ...NOTHING,
      forbidden: orders - sent.orders,
      forbiddenBytes: orderBytes - sent.orderBytes,
      strayCancels: cancels,
      allowed: before,
      expected: ORDERS,
      refused: later.refused,
      unexplained: later.unexplained + (isReconnected ? 0 : 1),
    }
  } finally {
    entry.close()
    await supervisor.close()
    await peer.close()
  }
}

/** A control: everything is in order, and the orders are on the wire. */
export async function allowedControl(
  { managed, listed }: AccountCase,
  { late, serverVersion }: { late: boolean; serverVersion: number },
): Promise<TryResult> {
  const peer = await orderPeer({ accounts: () => managed, accountsLast: late, serverVersion })
  return oneSession({ listed, peer }, async (entry, { settled }) => {
    await ready(entry)
    peer.tell(accountsMessage(managed))
    await settled()
    const { refused } = await placeAll(entry)
    await settled()
    return { ...NOTHING, allowed: peer.counts().orders, expected: ORDERS, refused, unexplained: refused }
  })
}
