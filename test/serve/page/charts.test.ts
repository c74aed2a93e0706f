import { expect, test } from 'vitest'
import { provenanceLines } from '../../../src/serve/page/charts/provenance.js'
import { dateTicks, linear, rangeOf, ticks, timeTicks } from '../../../src/serve/page/charts/scale.js'

test('a range holds all numbers and nothing else', () => {
  expect(rangeOf([1, null, 3, undefined, Number.NaN], { margin: 0 })).toEqual([1, 3])
  expect(rangeOf([2, 4])).toEqual([1.9, 4.1])
  expect(rangeOf([5, 5])).toEqual([4.5, 5.5])
  expect(rangeOf([0, 0])).toEqual([-1, 1])
  expect(rangeOf([2, 4], { zero: true, margin: 0.5 })).toEqual([0, 6])
  expect(rangeOf([null, undefined])).toBeNull()
})

test('ticks are round and lie inside', () => {
  expect(ticks([0, 10], 5)).toEqual([0, 2, 4, 6, 8, 10])
  expect(ticks([-0.13, 0.31], 5)).toEqual([-0.1, 0, 0.1, 0.2, 0.3])
  expect(ticks([1, 1], 5)).toEqual([])
  expect(ticks([0, Number.NaN], 5)).toEqual([])
})

test('a session is marked by hours, a year by months', () => {
  const at = (text: string) => Date.parse(text)
  const session = timeTicks([at('2026-11-20T14:30:00Z'), at('2026-11-20T20:55:00Z')], 7)
  expect(session.map((time) => new Date(time).toISOString().slice(11, 16))).toEqual([
    '15:00',
    '16:00',
    '17:00',
    '18:00',
    '19:00',
    '20:00',
  ])
  const year = dateTicks([at('2025-11-20T12:00:00Z'), at('2026-11-20T12:00:00Z')], 5)
  expect(year.map((time) => new Date(time).toISOString().slice(0, 10))).toEqual([
    '2026-01-01',
    '2026-04-01',
    '2026-07-01',
    '2026-10-01',
  ])
  const week = dateTicks([at('2026-11-16T12:00:00Z'), at('2026-11-20T12:00:00Z')], 6)
  expect(week).toHaveLength(5)
})

test('a value of one range has its place in another, also upside down', () => {
  expect(linear([0, 10], [100, 0])(2.5)).toBe(75)
  expect(linear([5, 5], [100, 0])(5)).toBe(100)
})

test('the origin of a number says what is known, reason first, and leaves out the rest', () => {
  const from = {
    ...{ slot: '2026-11-20T15:00:00.000Z', as_of: null, age_seconds: 90, source: 'own', observations: 0 },
    ...{ reason: 'too_few_observations', definition_version: 4, flags: '' },
  }
  expect(provenanceLines(from)).toEqual([
    ['reason', 'too few days are known'],
    ['slot', 'Fri 20 Nov 10:00:00 New York'],
    ['age', '1 min 30 s'],
    ['source', 'own'],
    ['observations', '0'],
    ['definition', '4'],
  ])
  expect(provenanceLines({})).toEqual([])
})
