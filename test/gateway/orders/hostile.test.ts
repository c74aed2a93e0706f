import { afterEach, expect, test } from 'vitest'
import { orderLimits } from '../../../src/gateway/orders/limits.ts'
import { openOrderEntry } from '../../../src/gateway/orders/order-entry.ts'
import type { SessionEnd } from '../../../src/gateway/session/errors.ts'
import { gatewayOptions } from '../../../src/gateway/session/options.ts'
import { openSession } from '../../../src/gateway/session/session.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { randomOf } from '../../faults/campaign.ts'
import { orderPeer } from '../../support/order-peer.ts'
import { message } from '../../support/raw-peer.ts'
import { ACCOUNT, order, stockOf } from './entry-gateway.ts'

const closers: Array<() => void | Promise<void>> = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const VALUES = [
  ...[
    '',
    '0',
    '-1',
    '1',
    '47',
    '48',
    '1e308',
    '1.7976931348623157E308',
    'nan',
    'NaN',
    'Infinity',
    '-0.5',
    '2147483647',
  ],
  ...[
    'Submitted',
    'Filled',
    'Cancelled',
    'Inactive',
    'BUY',
    'SLD',
    'BAG',
    'OPT',
    'STK',
    'U1234567',
    ACCOUNT,
    '?',
    'x',
  ],
  ...[
    '20261218',
    '99999999',
    '9007199254740993',
    '-9999999999',
    '0000e0d5.00000001.01.01',
    '[object Object]',
  ],
]
const CODES = [104, 105, 135, 136, 161, 399, 404, 2109, 10_148, 10_349, 99_999]
/** Fields without which a message is not about the order of this client, by kind and position. */
const OURS: Readonly<Record<string, (orderId: number) => number | string>> = {
  ...{ '3 0': (id) => id, '3 8': () => 17, '5 0': (id) => id, '5 12': () => 'BUY', '5 13': () => 10 },
  ...{
    '5 23': () => 17,
    '11 1': (id) => id,
    '11 15': () => ACCOUNT,
    '11 17': () => 'BOT',
    '61 1': () => ACCOUNT,
  },
  ...{ '6 4': () => ACCOUNT, '94 0': () => 1 },
}
/** Kinds of messages about orders and the account, with their usual number of fields. */
const KINDS: ReadonlyArray<readonly [kind: number, fields: number]> = [
  ...([
    [3, 11],
    [5, 134],
    [11, 30],
    [59, 7],
    [61, 15],
    [6, 5],
    [94, 4],
  ] as const),
  ...([
    [101, 120],
    [53, 1],
    [55, 2],
    [62, 1],
    [54, 2],
    [102, 0],
    [9, 2],
  ] as const),
]

test('messages with arbitrary fields neither end the session as a defect nor leave a figure that is none', async () => {
  const draw = randomOf(23)
  const pick = <Value>(from: readonly Value[]) => from[Math.floor(draw() * from.length)] as Value
  const ends: SessionEnd[] = []
  for (let round = 0; round < 6; round++) {
    const peer = await orderPeer({ accounts: () => ACCOUNT, serverVersion: pick([176, 178, 193]) })
    closers.push(peer.close)
    const session = await openSession(gatewayOptions.parse({ port: peer.port, messagesPerSecond: 1_000 }), {
      clock: systemClock,
    })
    const entry = openOrderEntry(session, {
      ...{ accounts: [ACCOUNT], limits: orderLimits.parse({}), clock: systemClock },
    })
    closers.push(async () => {
      entry.close()
      await session.close()
    })
    await entry.whenReady(new AbortController().signal, 5_000)
    const placed = await entry.place(order(stockOf(756733), { quantity: 10 }))
    await session.currentTime()
    for (let n = 0; n < 400 && session.isOpen; n++) {
      const [kind, count] = pick(KINDS)
      // Most about our order, so that they reach it.
      const fields = Array.from({ length: count }, (_, at) =>
        draw() < 0.7 ? (OURS[`${kind} ${at}`]?.(placed.orderId) ?? pick(VALUES)) : pick(VALUES),
      )
      peer.tell(message(kind, ...fields))
      // Text that is no JSON at the end of an error would end the session: the library throws.
      if (n % 10 === 0) peer.tell(message(4, 2, pick([placed.orderId, 1, -1]), pick(CODES), pick(VALUES), ''))
      if (n % 50 === 0) await session.currentTime().catch(() => {})
    }
    await session.currentTime().catch(() => {})
    // A count that the library cannot allocate ends the session; nothing else may.
    if (!session.isOpen) ends.push(await session.ended)
    for (const one of entry.orders()) {
      const { filled, remaining, averagePrice, commission } = one
      expect(filled).toBeGreaterThanOrEqual(0)
      expect(filled).toBeLessThanOrEqual(one.quantity)
      for (const figure of [filled, remaining, averagePrice, commission]) {
        expect(figure === null || Number.isFinite(figure), `${figure}`).toBe(true)
      }
    }
    const figures = [
      ...Object.values(entry.accountValues()),
      ...entry.positions().flatMap(({ quantity, averageCost }) => [quantity, averageCost]),
      ...entry.executions().flatMap(({ quantity, price, commission }) => [quantity, price, commission]),
    ]
    for (const figure of figures) expect(figure === null || Number.isFinite(figure), `${figure}`).toBe(true)
    expect(peer.counts().orders).toBe(1)
  }
  for (const { reason, message: words } of ends) {
    expect([reason, words]).toEqual(['bad_message', 'unreadable message: Invalid array length'])
  }
})
