import { expect, test } from 'vitest'
import { optionSessionOn } from '../../src/market/option-hours.ts'
import { type EpochMs, epochMs, type SessionDate, sessionDate } from '../../src/market/units.ts'
import { slotsOn, type Timetable } from '../../src/schedule/slots.ts'
import { coverageOf, expectedFrom } from '../../src/snapshot/coverage-calendar.ts'
import type { LedgerRow, SlotOutcome } from '../../src/snapshot/ledger.ts'
import { report } from '../lake/slots.ts'

const THURSDAY = sessionDate('2026-11-19')
const FRIDAY = sessionDate('2026-11-20')
const SYMBOLS = ['SPY', 'AAPL']

function timetableOf(ledger: readonly LedgerRow[]): Timetable {
  const from = expectedFrom(SYMBOLS, ledger, FRIDAY)
  return {
    grid: { intervalSeconds: 300, afterClose: true },
    symbols: SYMBOLS,
    sessionOn: (date, symbol) => (date < (from.get(symbol) ?? date) ? null : optionSessionOn(date, symbol)),
  }
}

const entryOf = (symbol: string, date: SessionDate, timestamp: EpochMs, outcome: SlotOutcome): LedgerRow => ({
  ...report({ symbol, timestamp, date, outcome, reason: outcome === 'missing' ? 'not_running' : null }),
  rows: outcome === 'missing' ? 0 : 10,
})

/** Every slot of the dates is stored for the symbols that it is due for. */
function wholeDays(dates: Readonly<Record<string, readonly SessionDate[]>>): LedgerRow[] {
  const timetable = { ...timetableOf([]), sessionOn: optionSessionOn }
  return Object.entries(dates).flatMap(([symbol, own]) =>
    own.flatMap((date) =>
      slotsOn(date, timetable)
        .filter(({ symbols }) => symbols.includes(symbol))
        .map(({ at }) => entryOf(symbol, date, at, 'stored')),
    ),
  )
}

function coverage(ledger: readonly LedgerRow[]) {
  const timetable = timetableOf(ledger)
  const expected = [THURSDAY, FRIDAY].map((date) => ({ date, slots: slotsOn(date, timetable) }))
  const now = epochMs(Date.parse('2026-11-21T12:00:00Z'))
  return coverageOf(expected, ledger, { now, intervalMs: 300_000 })
}

test('a slot is covered when the symbols that it is due for are stored', () => {
  const days = coverage(wholeDays({ SPY: [THURSDAY, FRIDAY], AAPL: [THURSDAY, FRIDAY] }))
  expect(days.map(({ expected, stored, missing }) => [expected, stored, missing])).toEqual([
    [81, 81, 0],
    [81, 81, 0],
  ])
})

test('before a symbol was added, the days are covered without it', () => {
  const [thursday, friday] = coverage(wholeDays({ SPY: [THURSDAY, FRIDAY], AAPL: [FRIDAY] }))
  expect(thursday).toMatchObject({ stored: 81, missing: 0 })
  expect(friday).toMatchObject({ stored: 81, missing: 0 })
})

test('a symbol without any entry is unknown in the newest session only', () => {
  const [thursday, friday] = coverage(wholeDays({ SPY: [THURSDAY, FRIDAY] }))
  expect(thursday).toMatchObject({ stored: 81, missing: 0 })
  // The three slots after 16:00 are not due for it.
  expect(friday).toMatchObject({ stored: 3, missing: 78 })
  expect(friday?.states[0]).toBe('unknown')
})
