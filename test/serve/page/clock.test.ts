import { expect, test } from 'vitest'
import { heard, timeAt } from '../../../src/serve/page/data/clock.js'

const START = Date.parse('2026-11-20T15:00:00Z')

test('before the server has spoken there is no time', () => {
  expect(timeAt(null, 5_000)).toBeNull()
})

test('the time of day goes on at the pace of this machine', () => {
  const first = heard(null, START, 1_000)
  expect(timeAt(first, 4_000)).toBe(START + 3_000)
  // A word that came 8 ms late says nothing about the rate.
  const second = heard(first, START + 3_992, 5_000)
  expect(second.rate).toBe(1)
  expect(timeAt(second, 6_000)).toBe(START + 4_992)
})

test('a simulated day runs as fast as the server says', () => {
  const known = heard(heard(null, START, 0), START + 600_000, 10_000)
  expect(known.rate).toBe(60)
  expect(timeAt(known, 11_000)).toBe(START + 660_000)
})

test('words that come together do not change the rate', () => {
  const first = heard(null, START, 0)
  expect(heard(first, START + 1_000, 1)).toBe(first)
})

test('a clock that was set, back or far on, is taken as it is, at its usual pace', () => {
  const first = heard(null, START, 0)
  expect(heard(first, START - 3_600_000, 4_000)).toEqual({ atMs: START - 3_600_000, seenMs: 4_000, rate: 1 })
  expect(heard(first, START + 86_400_000 * 30, 4_000).rate).toBe(1)
})
