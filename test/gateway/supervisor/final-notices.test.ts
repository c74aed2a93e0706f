import { afterEach, expect, test } from 'vitest'
import { RequestRefused } from '../../../src/gateway/session/errors.ts'
import { gatewayOptions } from '../../../src/gateway/session/options.ts'
import { openSession } from '../../../src/gateway/session/session.ts'
import { supervisorOptions } from '../../../src/gateway/supervisor/options.ts'
import { slotReasonOf } from '../../../src/gateway/supervisor/state.ts'
import { openSupervisor } from '../../../src/gateway/supervisor/supervisor.ts'
import { clockFrom, systemClock } from '../../../src/market/clock.ts'
import { epochMs } from '../../../src/market/units.ts'
import { openLifetime } from '../../../src/process/lifetime.ts'
import { message, rawPeer, WELCOME } from '../../support/raw-peer.ts'
import { nameOf } from './supervised.ts'

let lifetime = openLifetime()
afterEach(async () => {
  await lifetime.close()
  lifetime = openLifetime()
})

const notice = (id: number, code: number, text: string) => message(4, 2, id, code, text, '')
const DISCLAIMER = 'Paper trading disclaimer must first be accepted for API connection'
const NEW_PORT =
  'TWS socket port has been reset and this connection is being dropped. Please reconnect on the new port - 7497'

function supervise(port: number) {
  const supervisor = openSupervisor(gatewayOptions.parse({ port, connectBackoffMs: 20 }), {
    clock: systemClock,
    options: supervisorOptions.parse({}),
    random: () => 0.5,
  })
  lifetime.onClose(() => supervisor.close())
  return supervisor
}

test('10141 waits for a person, in the words of the gateway, and goes on trying', async () => {
  const script: { started?: Buffer[] } = { started: [notice(-1, 10_141, DISCLAIMER)] }
  const peer = await rawPeer(script)
  lifetime.onClose(() => peer.close())
  const supervisor = supervise(peer.port)
  await expect.poll(() => nameOf(supervisor.state()), { interval: 5 }).toBe('waiting paper_disclaimer')
  const state = supervisor.state()
  expect(slotReasonOf(state)).toBe('paper_disclaimer')
  expect(state).toMatchObject({ detail: expect.stringContaining(`(${DISCLAIMER})`) as string })
  script.started = WELCOME
  expect((await supervisor.whenReady(new AbortController().signal, 5_000)).isOpen).toBe(true)
})

test('a command ends at once with 77 and says what to accept', async () => {
  const peer = await rawPeer({ started: [notice(-1, 10_141, DISCLAIMER)] })
  lifetime.onClose(() => peer.close())
  const opening = openSession(gatewayOptions.parse({ port: peer.port }), { clock: systemClock })
  await expect(opening).rejects.toMatchObject({
    exitCode: 77,
    message: `the gateway at 127.0.0.1:${peer.port} waits for a person to accept its paper trading disclaimer (${DISCLAIMER}): accept it once in the window of the gateway`,
    end: { reason: 'paper_disclaimer' },
  })
})

test('1300 ends the session with the new port, which is still told when the old one refuses', async () => {
  const peer = await rawPeer()
  const supervisor = supervise(peer.port)
  const states: string[] = []
  supervisor.onChange((state) => void states.push(nameOf(state)))
  const session = await supervisor.whenReady(new AbortController().signal, 5_000)
  peer.sockets[0]?.write(notice(-1, 1300, NEW_PORT))
  expect(await session.ended).toMatchObject({ reason: 'port_changed', message: NEW_PORT })
  await peer.close()
  await expect.poll(() => JSON.stringify(supervisor.state()), { interval: 5 }).toContain('nothing listens at')
  expect(supervisor.state()).toMatchObject({
    name: 'down',
    reason: 'port_changed',
    detail: expect.stringMatching(
      new RegExp(`^${NEW_PORT} \\(nothing listens at 127.0.0.1:${peer.port} .*ECONNREFUSED`),
    ) as string,
  })
  expect(slotReasonOf(supervisor.state())).toBe('gateway_unreachable')
  expect(states).not.toContain('down unreachable')
})

test('a port that refuses is one where nothing listens', async () => {
  const peer = await rawPeer()
  await peer.close()
  const supervisor = supervise(peer.port)
  await expect.poll(() => supervisor.state().name, { interval: 5 }).toBe('down')
  expect(supervisor.state()).toMatchObject({
    reason: 'unreachable',
    detail: expect.stringContaining(`nothing listens at 127.0.0.1:${peer.port} `) as string,
  })
})

/** A lookup whose request gets these messages, on a fast clock, and how long it took; seconds. */
async function lookUp(answers: (id: string) => ReadonlyArray<readonly [afterSeconds: number, Buffer]>) {
  const speed = 100
  const clock = clockFrom(epochMs(Date.UTC(2026, 10, 19, 17)), speed)
  const peer = await rawPeer({
    asked: (fields, socket) => {
      if (fields[0] !== '9') return
      for (const [seconds, answer] of answers(fields[2] as string)) {
        setTimeout(() => socket.write(answer), (seconds * 1_000) / speed)
      }
    },
  })
  lifetime.onClose(() => peer.close())
  const session = await openSession(gatewayOptions.parse({ port: peer.port, connectTimeoutMs: 600_000 }), {
    clock,
  })
  lifetime.onClose(() => session.close())
  const fromMs = clock.monotonicMs()
  const outcome = await session.contractDetails({ symbol: 'SPY', secType: 'STK' }).then(
    (rows) => ({ rows: rows.length }),
    (error: unknown) => ({ error }),
  )
  return { ...outcome, seconds: (clock.monotonicMs() - fromMs) / 1_000, isOpen: session.isOpen }
}

test('an unknown code that an answer follows does not end its request', async () => {
  const found = await lookUp((id) => [
    [0, notice(Number(id), 77_777, 'something new')],
    [2, message(52, 1, id)],
  ])
  expect(found).toMatchObject({ rows: 0, isOpen: true })
})

test('an unknown code without an answer ends its request within seconds, with its own words, and not the session', async () => {
  const refused = await lookUp((id) => [
    [0, notice(Number(id), 77_777, 'something new')],
    [1, notice(Number(id), 77_778, 'and something more')],
  ])
  if (!('error' in refused)) throw new Error('it was answered')
  expect(refused.error).toBeInstanceOf(RequestRefused)
  expect(String(refused.error)).toContain('the gateway refused with 77778, and something more')
  expect(refused.seconds).toBeGreaterThan(4.5)
  expect(refused.seconds).toBeLessThan(30)
  expect(refused.isOpen).toBe(true)
})
