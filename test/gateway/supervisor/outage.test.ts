import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { EndReason } from '../../../src/gateway/session/errors.ts'
import { supervisorOptions } from '../../../src/gateway/supervisor/options.ts'
import { scheduledOutage, stateAfter } from '../../../src/gateway/supervisor/outage.ts'
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
const since = epochMs(1_000)
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
  [
    'listening nowhere, minutes after a session',
    'unreachable',
    at('2026-11-18', '23:50'),
    at('2026-11-18', '23:48'),
    'nightly_restart',
  ],
  [
    'listening nowhere, on early Saturday',
    'unreachable',
    at('2026-11-21', '02:30'),
    at('2026-11-20', '23:01'),
    'nightly_restart',
  ],
  [
    'listening nowhere, at the hour of the restart',
    'unreachable',
    at('2026-11-18', '23:50'),
    WEDNESDAY,
    null,
  ],
  ['listening nowhere at night, never seen before', 'unreachable', at('2026-11-18', '23:50'), null, null],
  ['listening nowhere on Sunday', 'unreachable', at('2026-11-22', '12:00'), SATURDAY, null],
  ['listening nowhere on Sunday, never seen before', 'unreachable', at('2026-11-22', '12:00'), null, null],
  ['listening nowhere on Monday', 'unreachable', at('2026-11-23', '09:30'), SATURDAY, null],
  ['listening nowhere at noon', 'unreachable', at('2026-11-19', '12:00'), WEDNESDAY, null],
  ['in use by another client', 'client_id_in_use', at('2026-11-18', '23:50'), WEDNESDAY, null],
]
test.each(cases)(
  'a gateway that is %s (%s): what the calendar makes of it',
  (_what, reason, now, last, name) => {
    const lastOpenAt = last === null ? null : epochMs(last)
    expect(scheduledOutage({ reason, at: epochMs(now), lastOpenAt }, window)).toBe(name)
  },
)

test('what listens nowhere is told as that; the calendar is a hint for a person', () => {
  const refused =
    'nothing listens at 127.0.0.1:4001 (attempts: 1; the last: connect ECONNREFUSED 127.0.0.1:4001)'
  const end = { reason: 'unreachable', message: 'connect ECONNREFUSED 127.0.0.1:4001' } as const
  const stateOn = (now: number, lastOpenAt: number | null) =>
    stateAfter(
      { reason: 'unreachable', detail: refused, end },
      { at: epochMs(now), lastOpenAt: lastOpenAt === null ? null : epochMs(lastOpenAt) },
      window,
    )
  const hints: ReadonlyArray<readonly [now: number, last: number | null, hint: string]> = [
    [at('2026-11-19', '12:00'), WEDNESDAY, ''],
    [at('2026-11-18', '23:50'), WEDNESDAY, '; it is the time of the nightly restart'],
    [
      at('2026-11-23', '09:30'),
      SATURDAY,
      '; logins expired on Sunday at 01:00 New York time: once it runs, it needs its second factor',
    ],
    [at('2026-11-24', '12:00'), null, ''],
  ]
  for (const [now, last, hint] of hints) {
    const state = stateOn(now, last)
    expect(state).toEqual({ name: 'down', reason: 'unreachable', detail: `${refused}${hint}` })
    expect(slotReasonOf(transition({ name: 'connecting', since }, state, since))).toBe('gateway_unreachable')
  }
})

const DOWN: readonly DownReason[] = [
  'unreachable',
  'unanswered',
  'connection_lost',
  'heartbeat_missed',
  'server_lost',
  'farm_broken',
  'option_data_silent',
  'port_changed',
  'client_id_in_use',
  'version',
  'bad_peer',
  'rate_breaches',
  'defect',
]
const WAITING: readonly WaitReason[] = [
  'second_factor',
  'nightly_restart',
  'paper_disclaimer',
  'competing_session',
]

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
