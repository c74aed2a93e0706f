import { expect, test } from 'vitest'
import { harvestDay, quoteArrivals } from '../../../src/serve/views/harvest-answer.ts'
import { chainRow, ledger } from '../../support/served-sources.ts'

const slot = chainRow().timestamp

function quoted(seconds: number | null) {
  return { ...chainRow(), quoted_at: seconds === null ? null : slot + 1_000 * seconds }
}

test('a day has one column for each count, with times from the slot', () => {
  const day = harvestDay(ledger().filter(({ symbol }) => symbol === 'SPY'))
  expect(day.outcome).toEqual(['stored', 'stored', 'missing', 'stored', 'partial', 'stored', 'stored'])
  expect(day.started_seconds[0]).toBe(0)
  expect(day.finished_seconds[0]).toBe(42)
  expect(day.answered[4]).toBe(640)
  expect(day.advice[4]).toContain('optionlake plan')
  expect(day.skew_seconds[2]).toBeNull()
})

test('a slot in which no cycle ran has no times', () => {
  const [entry] = ledger()
  if (!entry) throw new Error('the ledger is empty')
  const day = harvestDay([{ ...entry, started_at: null, finished_at: null }])
  expect([day.started_seconds, day.finished_seconds]).toEqual([[null], [null]])
})

test('quotes are counted by the second in which they came', () => {
  const arrivals = quoteArrivals([quoted(-2.5), quoted(0.2), quoted(0.9), quoted(3), quoted(null)])
  expect(arrivals).toMatchObject({ from_second: -3, counts: [1, 0, 0, 2, 0, 0, 1], unquoted: 1, rows: 5 })
})

test('quotes far from the slot and of earlier slots are counted apart', () => {
  const arrivals = quoteArrivals([
    quoted(-600),
    quoted(9_999_999),
    { ...quoted(1), carried_from: slot - 300_000 },
  ])
  expect(arrivals).toMatchObject({ from_second: 0, counts: [], outside: 2, carried: 1, rows: 3 })
})

test('a lake without rows has no slot', () => {
  expect(quoteArrivals([])).toMatchObject({ slot: null, date: null, counts: [], rows: 0 })
})
