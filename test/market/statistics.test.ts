import { expect, test } from 'vitest'
import { median } from '../../src/market/statistics.ts'

test('the median is the middle value, the mean of two middle values, and null without values', () => {
  expect([median([]), median([3]), median([4, 1]), median([5, 1, 3])]).toEqual([null, 3, 2.5, 3])
})

test('the median of many values is found in numeric order', () => {
  expect(median(Array.from({ length: 101 }, (_, at) => (at * 37) % 101))).toBe(50)
})
