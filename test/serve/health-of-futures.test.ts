import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { epochMs, sessionDate } from '../../src/market/units.ts'
import { judge } from '../../src/serve/health/health.ts'
import { timetableOf } from '../support/timetable.ts'
import { readTruthTable, storedSlot } from '../support/truth-table.ts'

const table = readTruthTable(readFileSync(join(import.meta.dirname, '../../docs/health.md'), 'utf8'))
const good = (table[0] as (typeof table)[number]).snapshot
const symbols = ['SPY', 'ES']

/** The checks at a moment, with the newest slot that landed of each symbol. */
function checksAt(date: string, clock: string, landed: Readonly<Record<string, readonly [string, string]>>) {
  const ledger = new Map(
    Object.entries(landed).map(([symbol, [day, time]]) => [
      symbol,
      [storedSlot(newYorkInstant(sessionDate(day), time))],
    ]),
  )
  const now = epochMs(newYorkInstant(sessionDate(date), clock))
  const snapshot = {
    ...good,
    now,
    startedAt: epochMs(now - 86_400_000),
    symbols,
    ledger,
    timetable: timetableOf(...symbols),
  }
  const { checks } = judge('readyz', snapshot)
  const reasonOf = (name: string) => checks.find((check) => check.name === name)
  return { slot: reasonOf('slot'), session: reasonOf('session') }
}

test('at night only the slot of the future is due', () => {
  const landed = { SPY: ['2026-11-18', '15:55'], ES: ['2026-11-18', '22:00'] } as const
  const { slot, session } = checksAt('2026-11-18', '22:07', landed)
  expect([slot?.status, slot?.reason]).toEqual(['ok', '22:00 landed'])
  expect(session?.reason).toBe('in session until 17:00 New York time')
  expect(checksAt('2026-11-18', '22:17', landed).slot).toMatchObject({ status: 'fail' })
})

test('by day both are due, and the one that did not land is named', () => {
  const landed = { SPY: ['2026-11-18', '10:00'], ES: ['2026-11-18', '09:45'] } as const
  const { slot } = checksAt('2026-11-18', '10:06', landed)
  expect(slot?.status).toBe('fail')
  expect(slot?.reason).toContain('10:00 has not landed: ES')
  expect(slot?.reason).not.toContain('SPY')
})

test('in the pause of the evening and in the halt of a holiday nothing trades', () => {
  const evening = checksAt('2026-11-18', '17:30', { ES: ['2026-11-18', '16:55'] })
  expect(evening.session?.reason).toContain('out of session')
  expect(evening.slot?.reason).toBe('nothing is due out of session')
  const halt = checksAt('2026-11-26', '15:00', { ES: ['2026-11-26', '12:55'] })
  expect(halt.session?.reason).toBe(
    'out of session, trading is halted until later in the session; the next slot is 2026-11-26 18:00 New York time',
  )
  expect(halt.slot?.status).toBe('ok')
})

test('a slot that was missed before a halt is a failure for a quarter of an hour, not for the whole halt', () => {
  const landed = { ES: ['2026-11-26', '12:40'] } as const
  expect(checksAt('2026-11-26', '13:10', landed).slot?.status).toBe('fail')
  expect(checksAt('2026-11-26', '13:15', landed).slot).toMatchObject({
    ...{ status: 'ok', reason: 'nothing is due out of session' },
  })
  expect(checksAt('2026-11-26', '18:04', landed).slot?.status).toBe('fail')
})

test('a Sunday is closed until the evening, and Saturday for the whole day', () => {
  const reasonAt = (date: string, clock: string) => checksAt(date, clock, {}).session?.reason
  expect(reasonAt('2026-11-22', '17:59')).toContain('before the opening; the next slot is 2026-11-22 18:00')
  expect(reasonAt('2026-11-21', '12:00')).toContain(
    'the exchange is closed today; the next slot is 2026-11-22',
  )
})
