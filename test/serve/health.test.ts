import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newYorkInstant, sessionContaining } from '../../src/market/calendar.ts'
import { epochMs, sessionDate } from '../../src/market/units.ts'
import { type HealthQuestion, judge } from '../../src/serve/health/health.ts'
import { askTable } from '../faults/health-faults.ts'
import { readTruthTable } from '../support/truth-table.ts'

const table = readTruthTable(readFileSync(join(import.meta.dirname, '../../docs/health.md'), 'utf8'))
const questions: HealthQuestion[] = ['livez', 'readyz', 'health']

test('the truth table has rows', () => {
  expect(table.length).toBeGreaterThan(35)
})

test.each(table)('$name', ({ snapshot, expected, named }) => {
  for (const question of questions) {
    const { status, state } = judge(question, snapshot)
    expect({ status, state }, question).toEqual(expected[question])
  }
  const decides = judge('health', snapshot).checks.find(({ name }) => name === named.check)
  expect(decides?.reason).toContain(named.words)
})

test('a check that is not ok says since when and what to do', () => {
  for (const { name, snapshot } of table) {
    for (const check of judge('health', snapshot).checks) {
      const silent = check.status !== 'ok' && (check.since === null || check.advice === null)
      if (check.name !== 'event_loop') expect(silent, `${name}: ${check.name}`).toBe(false)
    }
  }
})

test('without a connection health is red in session and at no other moment of two weeks with a holiday', () => {
  const { snapshot } = table[0] as (typeof table)[number]
  const from = newYorkInstant(sessionDate('2026-11-16'), '00:00')
  for (let minutes = 0; minutes < 14 * 24 * 60; minutes += 5) {
    const now = epochMs(from + minutes * 60_000)
    const gateway = { connected: false, since: from, reason: 'gateway_unreachable', detail: null } as const
    const { status } = judge('health', { ...snapshot, now, gateway, landed: new Map() })
    expect(status, new Date(now).toISOString()).toBe(sessionContaining(now) ? 503 : 200)
  }
})

test('the truth table holds over HTTP too', async () => {
  expect(await askTable(table)).toEqual([])
})
