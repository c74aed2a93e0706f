import { expect, test } from 'vitest'
import {
  type AlertLevel,
  type Change,
  type TrackedChecks,
  trackChecks,
} from '../../src/alerts/track-checks.ts'
import { epochMs } from '../../src/market/units.ts'
import { CHECK_NAMES, type CheckStatus } from '../../src/serve/health/check.ts'
import { AT, checks } from './alert-messages.ts'

const STEP_MS = 5_000

/** Looks every five seconds at one check with the given statuses, and returns what a receiver is told. */
function told(
  statuses: readonly CheckStatus[],
  { level = 'fail', remindMs = null }: { level?: AlertLevel; remindMs?: number | null } = {},
): string[] {
  const levels = new Map(CHECK_NAMES.map((name) => [name, name === 'gateway' ? level : ('never' as const)]))
  const rules = { levels, confirmMs: 30_000, recoverMs: 120_000, remindMs }
  let tracked: TrackedChecks = new Map()
  const all: Change[] = []
  for (const [step, status] of statuses.entries()) {
    const at = epochMs(AT + step * STEP_MS)
    const look = trackChecks(tracked, checks({ gateway: status }), { at, elapsedMs: STEP_MS, rules })
    tracked = look.tracked
    all.push(...look.changes)
  }
  return all.map(({ check, from, to, at }) => `${check} ${from}→${to} after ${(at - AT) / 1_000} s`)
}

const times = (count: number, ...statuses: CheckStatus[]): CheckStatus[] =>
  Array.from({ length: count }, () => statuses).flat()

test('a failure is told once it has lasted, and its end once that has lasted', () => {
  expect(told([...times(60, 'fail'), ...times(60, 'ok')])).toEqual([
    'gateway ok→fail after 25 s',
    'gateway fail→ok after 415 s',
  ])
})

test('a blip is not told', () => {
  expect(told([...times(5, 'fail'), ...times(100, 'ok'), ...times(5, 'fail'), ...times(100, 'ok')])).toEqual(
    [],
  )
})

test('a check that flaps is told once, and its end when it has come to rest', () => {
  expect(told([...times(200, 'fail', 'ok'), ...times(60, 'ok')])).toEqual([
    'gateway ok→fail after 50 s',
    'gateway fail→ok after 2110 s',
  ])
})

test('a warning is told only where warnings are wanted', () => {
  const statuses = times(60, 'warn')
  expect(told(statuses)).toEqual([])
  expect(told(statuses, { level: 'warn' })).toEqual(['gateway ok→warn after 25 s'])
  expect(told(times(60, 'fail'), { level: 'never' })).toEqual([])
})

test('a warning that becomes a failure is told again', () => {
  expect(told([...times(20, 'warn'), ...times(20, 'fail')], { level: 'warn' })).toEqual([
    'gateway ok→warn after 25 s',
    'gateway warn→fail after 125 s',
  ])
})

test('who was told of a failure hears what becomes of it, below the own level too', () => {
  expect(told([...times(20, 'fail'), ...times(60, 'warn'), ...times(60, 'ok')])).toEqual([
    'gateway ok→fail after 25 s',
    'gateway fail→warn after 215 s',
    'gateway warn→ok after 515 s',
  ])
})

test('a failure that goes on is told again after the time of a reminder', () => {
  expect(told(times(60, 'fail'), { remindMs: 100_000 })).toEqual([
    'gateway ok→fail after 25 s',
    'gateway fail→fail after 125 s',
    'gateway fail→fail after 225 s',
  ])
})
