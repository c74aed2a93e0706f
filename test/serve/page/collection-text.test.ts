import { expect, test } from 'vitest'
import {
  arrivalBars,
  arrivalSummary,
  cycleSeconds,
  harvestSummary,
  mostContractsPerSecond,
  troubles,
} from '../../../src/serve/page/views/collection/harvest-text.js'
import { growthSummary, runningTotal } from '../../../src/serve/page/views/collection/lake-text.js'
import { harvestDay, quoteArrivals } from '../../../src/serve/views/harvest-answer.ts'
import { ledger } from '../../support/served-sources.ts'

const limits = { messages_per_second: 45, pacing_window_ms: 1_000, lines: 100 }
const day = harvestDay(ledger().filter(({ symbol }) => symbol === 'SPY'))

test('a contract takes two messages of the limit', () => {
  expect(mostContractsPerSecond(limits)).toBe(22.5)
})

test('a day of cycles in one sentence', () => {
  const answer = { ...day, symbol: 'SPY', date: '2026-11-18', interval_seconds: 300, source: 'test', limits }
  expect(cycleSeconds(day)[0]).toBe(42)
  expect(harvestSummary(answer)).toBe('SPY: 7 cycles, the longest took 42 s of the 300 s from slot to slot')
  const none = day.slot.map(() => null)
  expect(harvestSummary({ ...answer, started_seconds: none, finished_seconds: none })).toContain(
    'no cycle ran',
  )
})

test('the errors of a day come newest first, with what to do', () => {
  expect(troubles(day).map(({ time, outcome, reason }) => [time, outcome, reason])).toEqual([
    ['09:50', 'partial', 'deadline'],
    ['09:40', 'missing', 'connection_lost'],
  ])
  expect(troubles(day)[0]?.advice).toContain('optionlake plan')
})

test('slots that follow each other with the same reason are one line', () => {
  const [first] = ledger()
  if (!first) throw new Error('the ledger is empty')
  const entries = [0, 1, 2, 3, 4].map((n) => ({
    ...first,
    timestamp: first.timestamp + n * 300_000,
    ...(n === 3 ? {} : ({ outcome: 'missing', reason: 'not_running' } as const)),
  }))
  expect(troubles(harvestDay(entries)).map(({ time, slots }) => [time, slots])).toEqual([
    ['09:50', 1],
    ['09:30 to 09:40', 3],
  ])
})

test('many seconds are joined into at most sixty bars of contracts a second', () => {
  const counts = Array.from({ length: 180 }, () => 6)
  const bars = arrivalBars({ ...quoteArrivals([]), from_second: -3, counts })
  expect(bars).toHaveLength(60)
  expect(bars[1]).toEqual({ second: 0, perSecond: 6 })
  expect(arrivalBars({ ...quoteArrivals([]), counts: [] })).toEqual([])
})

test('a slot without quotes, and a lake without slots, are told apart', () => {
  const none = { ...quoteArrivals([]), symbol: 'SPY', limits }
  expect(arrivalSummary(none)).toBe('no slot is stored at or before this time')
  const unquoted = { ...none, slot: '2026-11-18T15:00:00.000Z', rows: 3, unquoted: 3 }
  expect(arrivalSummary(unquoted)).toBe(
    '10:00: none of 3 contracts was quoted in the slot; 3 without a quote',
  )
})

test('growth is the running total, and its rate says why it is absent', () => {
  expect(runningTotal([1, 2, 3])).toEqual([1, 3, 6])
  const days = { date: ['2025-11-18', '2026-11-18'], rows: [1, 2], files: [1, 1], bytes: [1_000, 2_000] }
  const growth = {
    ...{ symbols: [], bytes_per_day: null, bytes_per_year: null, free_bytes: 1, sessions_until_full: null },
    reason: 'no rows are stored yet',
  }
  expect(growthSummary({ days, growth })).toBe(
    '2 days from Tue 18 Nov 2025 to Wed 18 Nov, 3.00 kB of options; all tables: no rows are stored yet',
  )
})
