import { expect, test } from 'vitest'
import { sessionDate } from '../../../src/market/units.ts'
import type { SlotsAnswer } from '../../../src/serve/api.ts'
import {
  daySlots,
  namedHours,
  neighbour,
  sessionAt,
  slotsAfter,
  storedAt,
  storedNear,
} from '../../../src/serve/page/state/day.js'
import type { DaySlot } from '../../../src/serve/page/view.ts'

const iso = (time: string) => `2026-11-20T${time}:00.000Z`
const slot = (time: string, outcome: DaySlot['outcome'], rows: number | null = 10): DaySlot => ({
  ...{ slot: iso(time), time, outcome, rows, reason: null },
})

/** 15:00 stored, 15:05 missing, 15:10 partial, 15:15 partial without rows, 15:20 stored, 15:25 to come. */
const day = [
  slot('15:00', 'stored'),
  slot('15:05', 'missing', 0),
  slot('15:10', 'partial'),
  slot('15:15', 'partial', 0),
  slot('15:20', 'stored'),
  slot('15:25', 'pending', null),
]

test('only slots with rows are looked at', () => {
  expect(storedAt(day, null)?.time).toBe('15:20')
  expect(storedAt(day, iso('15:19'))?.time).toBe('15:10')
  expect(storedAt(day, iso('14:00'))).toBeNull()
  expect(storedAt([], null)).toBeNull()
})

test('a step leads over holes, and ends with the day', () => {
  expect(neighbour(day, iso('15:00'), 1)?.time).toBe('15:10')
  expect(neighbour(day, iso('15:10'), 1)?.time).toBe('15:20')
  expect(neighbour(day, iso('15:20'), 1)).toBeNull()
  expect(neighbour(day, iso('15:20'), -1)?.time).toBe('15:10')
  expect(neighbour(day, iso('15:00'), -1)).toBeNull()
  expect(neighbour(day, null, 1)?.time).toBe('15:00')
  expect(neighbour(day, null, -1)?.time).toBe('15:20')
})

test('the player fetches only what will be shown', () => {
  expect(slotsAfter(day, iso('15:00'), 5).map(({ time }) => time)).toEqual(['15:10', '15:20'])
  expect(slotsAfter(day, iso('15:00'), 1)).toHaveLength(1)
})

test('another day is looked at near the same time of day', () => {
  expect(storedNear(day, '15:19')?.time).toBe('15:10')
  expect(storedNear(day, '09:30')?.time).toBe('15:00')
  expect(storedNear(day, null)?.time).toBe('15:20')
  expect(storedNear([slot('15:05', 'missing', 0)], '15:05')).toBeNull()
})

test('a time belongs to the session that had begun', () => {
  const session = (date: string, first_slot: string) => ({
    ...{ date: sessionDate(date), first_slot, last_slot: first_slot },
  })
  // The session of the 20th begins on the evening of the 19th, as a future's does.
  const sessions = [
    session('2026-11-20', '2026-11-19T23:00:00.000Z'),
    session('2026-11-18', '2026-11-18T14:30:00.000Z'),
  ]
  expect(sessionAt(sessions, '2026-11-19T23:30:00.000Z')?.date).toBe('2026-11-20')
  expect(sessionAt(sessions, '2026-11-19T20:00:00.000Z')?.date).toBe('2026-11-18')
  expect(sessionAt(sessions, null)?.date).toBe('2026-11-20')
  expect(sessionAt(sessions, '2020-01-01T00:00:00.000Z')?.date).toBe('2026-11-18')
  expect(sessionAt([], null)).toBeNull()
})

test('the slots of a day are those expected and those in the ledger', () => {
  const expected = ['15:00', '15:05', '15:10', '15:15'].map((time) => ({
    ...{ slot: iso(time), time, symbols: time === '15:15' ? ['QQQ'] : ['SPY', 'QQQ'] },
  }))
  const row = (time: string, symbol: string, outcome: string) => ({
    ...{
      symbol,
      timestamp: iso(time),
      time,
      outcome,
      reason: outcome === 'stored' ? null : 'deadline',
      rows: 5,
    },
  })
  const answer = {
    ...{ at: iso('15:12'), interval_seconds: 300, expected },
    slots: [row('15:00', 'SPY', 'stored'), row('15:00', 'QQQ', 'partial'), row('15:02', 'SPY', 'stored')],
  } as unknown as SlotsAnswer
  expect(daySlots(answer, 'SPY').map(({ time, outcome }) => `${time} ${outcome}`)).toEqual([
    '15:00 stored',
    // A slot of an older grid, that the ledger has.
    '15:02 stored',
    '15:05 absent',
    '15:10 pending',
    '15:15 closed',
  ])
  expect(daySlots(answer, 'QQQ')[0]).toMatchObject({ outcome: 'partial', reason: 'deadline', rows: 5 })
})

test('whole hours are named, evenly, and no more than there is room for', () => {
  const times = (hours: number) =>
    Array.from({ length: hours * 2 }, (_, at) => ({
      time: `${String(at >> 1).padStart(2, '0')}:${at % 2 === 0 ? '00' : '30'}`,
    }))
  expect(namedHours(times(3))).toEqual([
    { time: '00:00', at: 0 },
    { time: '01:00', at: 2 },
    { time: '02:00', at: 4 },
  ])
  expect(namedHours(times(23)).map(({ time }) => time)).toEqual(
    ['00', '03', '06', '09', '12', '15', '18', '21'].map((hour) => `${hour}:00`),
  )
  expect(namedHours([])).toEqual([])
})
