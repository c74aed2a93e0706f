import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asOf, newestOfEach } from '../../../src/analytics/features/as-of.ts'
import {
  barKnownAt,
  lastSlotsKnownAt,
  observationKnownAt,
  slotKnownAt,
} from '../../../src/analytics/features/known-at.ts'
import { newYorkInstant, sessionOn } from '../../../src/market/calendar.ts'
import { epochMs, sessionDate } from '../../../src/market/units.ts'

const times = fc.integer({ min: 0, max: 50 }).map((at) => epochMs(at))
const items = fc.array(fc.record({ value: fc.integer(), knownAt: times }), { maxLength: 40 })

test('a value may be used from the moment on in which it was known, and never before, whatever is asked when', () => {
  fc.assert(
    fc.property(items, fc.array(times, { maxLength: 20 }), (all, asked) => {
      const join = asOf(all)
      for (const at of asked) {
        const expected = all
          .filter(({ knownAt }) => knownAt <= at)
          .sort((a, b) => a.knownAt - b.knownAt)
          .map(({ value }) => value)
        expect(join.at(at)).toEqual(expected)
      }
    }),
  )
})

test('what becomes known later changes nothing about an earlier time', () => {
  fc.assert(
    fc.property(items, items, times, (before, after, at) => {
      const later = after.map(({ value, knownAt }) => ({ value, knownAt: epochMs(knownAt + 51) }))
      expect([...asOf([...before, ...later]).at(at)]).toEqual([...asOf(before).at(at)])
    }),
  )
})

test('of values with the same key the last one known is used', () => {
  expect(newestOfEach([1, 12, 3, 14, 25], (value) => `${value % 10}`)).toEqual([1, 12, 3, 14, 25])
  expect(newestOfEach([11, 12, 21], (value) => `${value % 10}`)).toEqual([21, 12])
})

test('values of the gateway are known when they were recorded, our own when they could be computed', () => {
  const friday = '2026-11-20'
  const closeAt = newYorkInstant(sessionDate(friday), '16:00')
  const recorded_at = closeAt + 86_400_000
  const at = (source: string, date = friday) => observationKnownAt({ source, date, recorded_at }, sessionOn)
  expect([at('ib_index'), at('index')]).toEqual([recorded_at, recorded_at])
  expect([at('chain'), at('bars')]).toEqual([closeAt, closeAt])
  expect(at('chain', '2026-11-21')).toBe(recorded_at)
  const slot = newYorkInstant(sessionDate(friday), '11:00')
  expect(slotKnownAt(slot, { finished_at: slot + 90_000 })).toBe(slot + 90_000)
  expect(slotKnownAt(slot, { finished_at: null })).toBe(slot + 3_600_000)
  expect(slotKnownAt(slot, undefined)).toBe(slot + 3_600_000)
  expect(barKnownAt({ timestamp: slot })).toBe(slot + 300_000)
})

test('an observation of slots that were ready after the close was known when the last of them was', () => {
  const date = sessionDate('2026-11-20')
  const closeAt = newYorkInstant(date, '16:00')
  const recorded_at = closeAt + 900_000
  const slot = (time: string, knownAt: number) => ({
    value: { timestamp: newYorkInstant(date, time), date },
    knownAt: epochMs(knownAt),
  })
  const late = [slot('15:50', closeAt - 1), slot('15:55', closeAt + 90_000), slot('16:00', closeAt + 400_000)]
  const ready = lastSlotsKnownAt(late, sessionOn).get(date) ?? null
  expect(ready).toBe(closeAt + 90_000)
  const known = (source: string, slotsKnownAt: typeof ready) =>
    observationKnownAt({ source, date, recorded_at }, sessionOn, slotsKnownAt)
  expect(known('chain', ready)).toBe(closeAt + 90_000)
  expect(known('bars', ready)).toBe(closeAt)
  expect(known('chain', lastSlotsKnownAt(late.slice(0, 1), sessionOn).get(date) ?? null)).toBe(closeAt)
})
