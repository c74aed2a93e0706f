import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asOf, newestOfEach } from '../../../src/analytics/features/as-of.ts'
import { barKnownAt, observationKnownAt, slotKnownAt } from '../../../src/analytics/features/known-at.ts'
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
