import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { gatewayOptions } from '../../../src/gateway/session/options.ts'
import type { Session } from '../../../src/gateway/session/session.ts'
import { supervisorOptions } from '../../../src/gateway/supervisor/options.ts'
import { openSupervisor } from '../../../src/gateway/supervisor/supervisor.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { conId } from '../../../src/market/units.ts'
import { message, rawPeer } from '../../support/raw-peer.ts'
import { nameOf } from './supervised.ts'

/** The effect of a notice on the lookup or stream that it names, and on the state of the session. */
interface Effect {
  /** goes_on: it is still answered afterwards. */
  readonly lookup: 'goes_on' | 'is_empty' | 'is_refused'
  /** free: its line is back without a cancel. */
  readonly line: 'held' | 'free'
  /** The supervisor's state, and its reason. */
  readonly state: string
  /** Streams have to be requested again. */
  readonly resubscribed: boolean
}

const nothing: Effect = { lookup: 'goes_on', line: 'held', state: 'ready', resubscribed: false }
const refused: Effect = { ...nothing, lookup: 'is_refused' }
/** Notices about the connection, without a request. */
const ofAll = (code: number) => code === 0 || (code >= 1_100 && code < 3_000)
const BROKEN_FARMS = new Set([2103, 2105, 2157])
const text = (code: number) =>
  BROKEN_FARMS.has(code) ? 'A data farm connection is broken:usopt' : 'what IB says'

/** Every notice that an open session can receive. 326, 1300 and 10141 end the session, and 502 to 507 come from the client library. */
const EFFECTS: ReadonlyArray<readonly [code: number, effect: Effect]> = [
  [0, nothing],
  [100, refused],
  [101, { ...refused, line: 'free' }],
  [102, refused],
  [162, refused],
  [200, { ...nothing, lookup: 'is_empty', line: 'free' }],
  [300, refused],
  [321, { ...refused, line: 'free' }],
  [322, refused],
  [203, { ...refused, line: 'free' }],
  [354, refused],
  [366, refused],
  [420, refused],
  // Unknown: an answer may follow.
  [399, nothing],
  [77_777, nothing],
  [10_089, refused],
  [10_090, refused],
  [10_091, refused],
  [10_168, refused],
  [10_186, refused],
  [10_167, nothing],
  [2107, nothing],
  [2108, nothing],
  [2119, nothing],
  [2172, nothing],
  [2103, { ...nothing, state: 'degraded' }],
  [2105, { ...nothing, state: 'degraded flowing' }],
  [2157, { ...nothing, state: 'degraded flowing' }],
  [2104, nothing],
  [2106, nothing],
  [2158, nothing],
  [1100, { ...nothing, state: 'down server_lost' }],
  [2110, { ...nothing, state: 'down server_lost' }],
  [1101, { ...nothing, resubscribed: true }],
  [1102, nothing],
  [10_197, { ...refused, state: 'waiting competing_session' }],
]

test.each(EFFECTS)('notice %i', async (code, expected) => {
  const asked = { stream: '', lookup: '' }
  const peer = await rawPeer({
    asked: (fields, socket) => {
      if (fields[0] === '49') socket.write(message(49, 1, Math.floor(Date.now() / 1_000)))
      if (fields[0] === '1') asked.stream = fields[2] as string
      if (fields[0] === '9') asked.lookup = fields[2] as string
    },
  })
  const supervisor = openSupervisor(gatewayOptions.parse({ port: peer.port }), {
    clock: systemClock,
    options: supervisorOptions.parse({}),
  })
  try {
    const gate = await supervisor.whenReady(new AbortController().signal, 5_000)
    const before = supervisor.counters().resubscribes
    await gate.subscribe({ conId: conId(1), exchange: 'SMART' }, ignored)
    let outcome: Effect['lookup'] = 'goes_on'
    const lookup = gate.contractDetails({ symbol: 'SPY', secType: 'STK' }).then(
      () => {
        outcome = 'is_empty'
      },
      () => {
        outcome = 'is_refused'
      },
    )
    await expect.poll(() => asked.lookup, { interval: 5 }).not.toBe('')

    const socket = peer.sockets[0] as Socket
    const ids = ofAll(code) ? ['-1'] : [asked.lookup, asked.stream]
    const already = gate.counters().notices[code] ?? 0
    for (const id of ids) socket.write(message(4, 2, id, code, text(code), ''))
    await untilReceived(gate, code, already + ids.length)
    const line = gate.counters().linesInUse === 0 ? 'free' : 'held'
    const { resubscribes } = supervisor.counters()
    const outcomeOfNotice = outcome
    socket.write(message(52, 1, asked.lookup))
    await lookup

    expect({
      lookup: outcomeOfNotice,
      line,
      state: nameOf(supervisor.state()),
      resubscribed: resubscribes > before,
    }).toEqual(expected)
    expect(gate.isOpen).toBe(true)
  } finally {
    await supervisor.close()
    await peer.close()
  }
})

const ignored = { genericTicks: '', onTick: () => {}, onNotice: () => {} }

/** Waits until the session has received a code `times` times, and has reacted. */
async function untilReceived(gate: Session, code: number, times: number): Promise<void> {
  await expect.poll(() => gate.counters().notices[code] ?? 0, { interval: 5 }).toBeGreaterThanOrEqual(times)
  await new Promise((resolve) => setTimeout(resolve, 30))
}
