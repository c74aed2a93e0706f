import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { EndReason } from '../../../src/gateway/session/errors.ts'
import { supervisorOptions } from '../../../src/gateway/supervisor/options.ts'
import { scheduledOutage } from '../../../src/gateway/supervisor/outage.ts'
import {
  type DownReason,
  describeState,
  type SupervisorState,
  slotReasonOf,
  TRANSITIONS,
  transition,
  type WaitReason,
} from '../../../src/gateway/supervisor/state.ts'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { epochMs, sessionDate } from '../../../src/market/units.ts'
import { SLOT_REASONS } from '../../../src/snapshot/ledger.ts'

const at = (date: string, clock: string) => newYorkInstant(sessionDate(date), clock)
const window = supervisorOptions.parse({})

// 2026-11-22 is a Sunday, the 20th a Friday, the 18th a Wednesday.
const WEDNESDAY = at('2026-11-18', '16:00')
const SATURDAY = at('2026-11-21', '12:00')
const cases: Array<[string, EndReason, number, number | null, 'second_factor' | 'nightly_restart' | null]> = [
  ['dropped at midnight', 'connection_lost', at('2026-11-18', '23:50'), WEDNESDAY, 'nightly_restart'],
  ['gone after midnight', 'connection_lost', at('2026-11-19', '01:44'), WEDNESDAY, 'nightly_restart'],
  ['gone after the window', 'connection_lost', at('2026-11-19', '01:45'), WEDNESDAY, null],
  ['dropped at noon', 'connection_lost', at('2026-11-19', '12:00'), WEDNESDAY, null],
  ['silent at noon', 'unanswered', at('2026-11-19', '12:00'), WEDNESDAY, null],
  ['starting up at night', 'login_pending', at('2026-11-19', '00:10'), WEDNESDAY, 'nightly_restart'],
  ['asking for a login at noon', 'login_pending', at('2026-11-19', '12:00'), WEDNESDAY, 'second_factor'],
  ['away on Friday night', 'connection_lost', at('2026-11-20', '23:30'), WEDNESDAY, 'nightly_restart'],
  ['away on early Saturday', 'connection_lost', at('2026-11-21', '02:59'), WEDNESDAY, 'nightly_restart'],
  ['away on Saturday noon', 'connection_lost', at('2026-11-21', '12:00'), WEDNESDAY, null],
  ['away since logins expired', 'connection_lost', at('2026-11-22', '12:00'), SATURDAY, 'second_factor'],
  ['still away on Monday', 'connection_lost', at('2026-11-23', '09:30'), SATURDAY, 'second_factor'],
  [
    'dropped as logins expire',
    'connection_lost',
    at('2026-11-22', '02:00'),
    at('2026-11-22', '01:00'),
    'second_factor',
  ],
  [
    'in session since, then away',
    'connection_lost',
    at('2026-11-23', '12:00'),
    at('2026-11-23', '11:00'),
    null,
  ],
  ['silent on Sunday, never seen before', 'unanswered', at('2026-11-22', '12:00'), null, 'second_factor'],
  ['refusing on Sunday, never seen before', 'connection_lost', at('2026-11-22', '12:00'), null, null],
  ['in use by another client', 'client_id_in_use', at('2026-11-18', '23:50'), WEDNESDAY, null],
]
test.each(cases)(
  'a gateway that is %s (%s): what the calendar makes of it',
  (_what, reason, now, last, name) => {
    const lastOpenAt = last === null ? null : epochMs(last)
    expect(scheduledOutage({ reason, at: epochMs(now), lastOpenAt }, window)).toBe(name)
  },
)

const DOWN: readonly DownReason[] = [
  'unreachable',
  'unanswered',
  'connection_lost',
  'heartbeat_missed',
  'server_lost',
  'farm_broken',
  'option_data_silent',
  'client_id_in_use',
  'version',
  'bad_peer',
  'rate_breaches',
  'defect',
]
const WAITING: readonly WaitReason[] = ['second_factor', 'nightly_restart', 'competing_session']
const since = epochMs(1_000)
const detail = 'in words'

test('every state in which no chain can be collected has a reason in the ledger', () => {
  const states: SupervisorState[] = [
    { name: 'connecting', since },
    { name: 'closed', since },
    { name: 'degraded', since, farms: ['market usopt'], dataFlow: false },
    ...DOWN.map((reason): SupervisorState => ({ name: 'down', since, reason, detail })),
    ...WAITING.map((reason): SupervisorState => ({ name: 'waiting', since, for: reason, detail })),
  ]
  for (const state of states) {
    expect(SLOT_REASONS).toContain(slotReasonOf(state))
    expect(describeState(state)).not.toBe('')
  }
  expect(slotReasonOf({ name: 'ready', since })).toBeNull()
  expect(slotReasonOf({ name: 'degraded', since, farms: ['market eufarm'], dataFlow: true })).toBeNull()
})

test('an outage counts from its first state, even if its reason changes', () => {
  const ready: SupervisorState = { name: 'ready', since }
  const lost = transition(ready, { name: 'down', reason: 'connection_lost', detail }, epochMs(2_000))
  const away = transition(lost, { name: 'down', reason: 'unreachable', detail }, epochMs(3_000))
  const restart = transition(away, { name: 'waiting', for: 'nightly_restart', detail }, epochMs(4_000))
  expect([lost, away, restart].map((state) => state.since)).toEqual([2_000, 2_000, 2_000])
  expect(transition(restart, { name: 'ready' }, epochMs(5_000))).toEqual({ name: 'ready', since: 5_000 })
  expect(transition(restart, { name: 'waiting', for: 'nightly_restart', detail }, epochMs(6_000))).toBe(
    restart,
  )
})

test('nothing follows closed, and nothing leads back to connecting', () => {
  expect(TRANSITIONS.closed).toEqual([])
  expect(Object.values(TRANSITIONS).flat()).not.toContain('connecting')
  expect(() => transition({ name: 'closed', since }, { name: 'ready' }, since)).toThrow(
    'from closed to ready',
  )
})

test('docs/gateway.md names every state and every reason', () => {
  const page = readFileSync(new URL('../../../docs/gateway.md', import.meta.url), 'utf8')
  const missing = [...Object.keys(TRANSITIONS), ...DOWN].filter((name) => !page.includes(`\`${name}\``))
  expect(missing).toEqual([])
})
