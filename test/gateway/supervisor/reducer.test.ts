import { expect, test } from 'vitest'
import { createDataFlowMonitor } from '../../../src/gateway/session/data-flow.ts'
import { classify } from '../../../src/gateway/session/notices.ts'
import { gatewayOptions } from '../../../src/gateway/session/options.ts'
import type { CanaryReport } from '../../../src/gateway/supervisor/canary.ts'
import { supervisorOptions } from '../../../src/gateway/supervisor/options.ts'
import {
  initialSupervision,
  reduce,
  type SupervisorEffect,
  type SupervisorEvent,
} from '../../../src/gateway/supervisor/reducer.ts'
import { reportFlow } from '../../../src/gateway/supervisor/session-health.ts'
import { isOutage, mayCollect } from '../../../src/gateway/supervisor/state.ts'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { epochMs, sessionDate } from '../../../src/market/units.ts'

const START = newYorkInstant(sessionDate('2026-11-19'), '12:00')
const options = { gateway: gatewayOptions.parse({}), supervisor: supervisorOptions.parse({}) }
const QUIET: CanaryReport = { verdict: 'quiet', silent: [], lastValueAtMs: null }
const SILENT: CanaryReport = { verdict: 'silent', silent: ['SPY 680 C'], lastValueAtMs: null }
const notice = (code: number, message = 'what IB says') =>
  ({ type: 'notice', notice: classify(code, -1, message) }) as const
const lost = { reason: 'connection_lost', message: 'reset' } as const

/** A supervisor without a gateway: events at given seconds, and their effects. */
function play(startAt = START) {
  let supervision = initialSupervision(startAt)
  let nowMs = 0
  const { dataFlow, onNotice, onTick } = createDataFlowMonitor({ monotonicMs: () => nowMs })
  return {
    at(seconds: number, event: SupervisorEvent, canaries = QUIET): readonly SupervisorEffect[] {
      nowMs = seconds * 1_000
      if (event.type === 'notice') onNotice(event.notice)
      const seen = { nowMs, at: epochMs(startAt + nowMs), canaries, flow: reportFlow(dataFlow) }
      const step = reduce(supervision, event, seen, options)
      supervision = step.supervision
      return step.effects
    },
    /** An option sends a value. */
    data(seconds: number): void {
      nowMs = seconds * 1_000
      onTick({ field: 'bid', value: 1 }, 'option')
    },
    state: () => supervision.state,
    counts: () => supervision.counts,
    backoff: () => supervision.backoff,
  }
}

function opened() {
  const session = play()
  session.at(0, { type: 'attempt_started' })
  session.at(1, { type: 'session_opened' })
  return session
}

const types = (effects: readonly SupervisorEffect[]) => effects.map(({ type }) => type)

test('a session that opens requests the canaries, becomes ready, then requests its streams', () => {
  const session = play()
  expect(session.at(0, { type: 'attempt_started' })).toEqual([])
  expect(session.state().name).toBe('connecting')
  expect(types(session.at(1, { type: 'session_opened' }))).toEqual([
    'subscribe_canaries',
    'publish',
    'resubscribe',
  ])
  expect(session.state()).toEqual({ name: 'ready', since: START + 1_000 })
  expect(session.counts()).toMatchObject({ attempts: 1, sessions: 1, resubscribes: 1 })
})

test('notices before the session is open count from its first check on', () => {
  const session = play()
  session.at(0, { type: 'attempt_started' })
  expect(session.at(0.5, notice(1100, 'lost'))).toEqual([])
  expect(session.state().name).toBe('connecting')
  session.at(1, { type: 'session_opened' })
  expect(session.state()).toMatchObject({ name: 'down', reason: 'server_lost', detail: 'lost' })
})

test('after 1101 everything is requested again, after 1102 nothing', () => {
  const session = opened()
  session.at(2, notice(1100))
  expect(types(session.at(3, notice(1102)))).toEqual(['publish'])
  session.at(4, notice(1100))
  expect(types(session.at(5, notice(1101)))).toEqual(['subscribe_canaries', 'resubscribe', 'publish'])
  expect(session.counts().resubscribes).toBe(2)
})

test('a session whose server stays lost for a minute is ended, and its end decides the state', () => {
  const session = opened()
  session.at(2, notice(2110, 'lost'))
  expect(session.at(61.9, { type: 'check_due' })).toEqual([])
  const loss = { reason: 'server_lost', detail: 'lost' } as const
  expect(session.at(62, { type: 'check_due' })).toEqual([{ type: 'end_session', loss }])
  expect(session.at(62, { type: 'session_closed', loss })).toEqual([])
  expect(session.state()).toMatchObject({ name: 'down', reason: 'server_lost', since: START + 2_000 })
})

test('silent canaries are requested again once; the session ends after 30 s, and after 60 s the next time', () => {
  const session = opened()
  expect(types(session.at(40, { type: 'check_due' }, SILENT))).toEqual(['subscribe_canaries', 'publish'])
  expect(session.at(69, { type: 'check_due' }, SILENT)).toEqual([])
  const [end] = session.at(70, { type: 'check_due' }, SILENT)
  expect(end).toMatchObject({ type: 'end_session', loss: { reason: 'option_data_silent' } })
  if (end?.type === 'end_session') session.at(70, { type: 'session_closed', loss: end.loss })
  session.at(72, { type: 'attempt_started' })
  session.at(73, { type: 'session_opened' }, SILENT)
  expect(session.at(132, { type: 'check_due' }, SILENT)).toEqual([])
  expect(types(session.at(133, { type: 'check_due' }, SILENT))).toEqual(['end_session'])
  expect(session.counts().canarySilences).toBe(2)
})

test('canaries are retried every 30 s during a competing session, which is over when one sends data', () => {
  const session = opened()
  session.at(10, notice(10_197, 'competing'))
  expect(session.state()).toMatchObject({ name: 'waiting', for: 'competing_session' })
  expect(session.at(39, { type: 'check_due' })).toEqual([])
  expect(types(session.at(40, { type: 'check_due' }))).toEqual(['subscribe_canaries'])
  const receiving: CanaryReport = { verdict: 'receiving', silent: [], lastValueAtMs: 41_000 }
  session.data(41)
  expect(types(session.at(41.5, { type: 'check_due' }, receiving))).toEqual(['resubscribe', 'publish'])
  expect(session.state().name).toBe('ready')
})

test('a competing session that another stream shows to be over has left the canaries silent: they are requested again', () => {
  const session = opened()
  session.at(10, notice(10_197, 'competing'))
  const before: CanaryReport = { verdict: 'receiving', silent: [], lastValueAtMs: 10_500 }
  session.data(15)
  expect(types(session.at(15, { type: 'check_due' }, before))).toEqual([
    'subscribe_canaries',
    'resubscribe',
    'publish',
  ])
  expect(session.state().name).toBe('ready')
})

test('while another session holds the data, the harvest may probe, and the canary is not silent', () => {
  const session = opened()
  session.at(10, notice(10_197, 'competing'))
  expect(mayCollect(session.state())).toBe(true)
  expect(isOutage(session.state())).toBe(true)
  expect(session.at(39, { type: 'check_due' }, SILENT)).toEqual([])
  expect(session.state()).toMatchObject({ name: 'waiting', for: 'competing_session', detail: 'competing' })
})

test('a broken market farm is a warning for a minute, then an outage; it never forbids requests', () => {
  const session = opened()
  session.at(10, notice(2103, 'Market data farm connection is broken:usopt'))
  expect(session.state()).toMatchObject({ name: 'degraded', farms: ['market usopt'], dataFlow: false })
  expect([mayCollect(session.state()), isOutage(session.state())]).toEqual([true, false])
  session.at(69.9, { type: 'check_due' })
  expect(session.state().name).toBe('degraded')
  session.at(70, { type: 'check_due' })
  expect(session.state()).toMatchObject({
    name: 'down',
    reason: 'farm_broken',
    since: START + 10_000,
    detail: 'data farms have stayed broken: market usopt (Market data farm connection is broken:usopt)',
  })
  expect([mayCollect(session.state()), isOutage(session.state())]).toEqual([true, true])
  session.data(80)
  session.at(80, { type: 'check_due' })
  expect(session.state()).toEqual({ name: 'ready', since: START + 80_000 })
  session.at(200, notice(2103, 'Market data farm connection is broken:usopt'))
  expect(session.state()).toMatchObject({ name: 'degraded', since: START + 200_000 })
  session.at(
    201,
    notice(2108, 'Market data farm connection is inactive but should be available upon demand.usopt'),
  )
  expect(session.state().name).toBe('ready')
})

test('a farm that is said to be broken before the opening is an outage a minute after it at the earliest', () => {
  const session = play(newYorkInstant(sessionDate('2026-11-19'), '09:28'))
  session.at(0, { type: 'attempt_started' })
  session.at(1, { type: 'session_opened' })
  session.at(2, notice(2103, 'Market data farm connection is broken:usopt'))
  session.at(179.9, { type: 'check_due' })
  expect(session.state()).toMatchObject({ name: 'degraded', dataFlow: false })
  session.at(180, { type: 'check_due' })
  expect(session.state()).toMatchObject({ name: 'down', reason: 'farm_broken' })
})

test('a broken farm of another part of the world is of no interest; one of history, or unknown, is a warning', () => {
  for (const farm of [
    'eufarm',
    'eufarmnj',
    'cashfarm',
    'hfarm',
    'jfarm',
    'usfuture',
    'usfuture.nj',
    'usbond',
  ]) {
    const session = opened()
    session.at(10, notice(2103, `Market data farm connection is broken:${farm}`))
    expect(session.state().name, farm).toBe('ready')
  }
  for (const [code, farm] of [
    [2103, 'newfarm'],
    [2105, 'ushmds'],
    [2157, 'secdefnj'],
  ] as const) {
    const session = opened()
    session.at(10, notice(code, `A data farm connection is broken:${farm}`))
    session.at(1_000, { type: 'check_due' })
    expect(session.state(), farm).toMatchObject({ name: 'degraded', dataFlow: true })
  }
})

test('a session that lasted resets the back-off; one that did not counts as a failure', () => {
  const session = play()
  for (const seconds of [0, 10, 20]) {
    session.at(seconds, { type: 'attempt_started' })
    session.at(seconds + 1, { type: 'attempt_failed', end: lost, detail: 'nothing listens' })
  }
  expect(session.state()).toMatchObject({ name: 'down', reason: 'unreachable', since: START })
  expect(session.backoff()).toEqual({ failures: 3, refusals: 0 })
  const loss = { reason: 'connection_lost', detail: 'reset', end: lost } as const
  session.at(30, { type: 'attempt_started' })
  session.at(31, { type: 'session_opened' })
  session.at(35, { type: 'session_closed', loss })
  expect(session.backoff().failures).toBe(4)
  session.at(40, { type: 'attempt_started' })
  session.at(41, { type: 'session_opened' })
  session.at(71, { type: 'session_closed', loss })
  expect(session.backoff().failures).toBe(0)
  expect(session.counts()).toMatchObject({ attempts: 5, sessions: 2, longestGapMs: 10_000 })
})

test('once it is stopped, events have no effect', () => {
  const session = opened()
  expect(types(session.at(2, { type: 'stopped' }))).toEqual(['publish'])
  expect(session.at(3, notice(1100))).toEqual([])
  expect(session.at(3, { type: 'check_due' }, SILENT)).toEqual([])
  expect(session.state().name).toBe('closed')
})
