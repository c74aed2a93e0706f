import { expect, test } from 'vitest'
import { count, decimals, percent, short, signed } from '../../../src/serve/page/text/number.js'
import { earlierSlotLines } from '../../../src/serve/page/text/slot.js'
import {
  clockTime,
  dayName,
  duration,
  isoOf,
  minuteTime,
  newYorkDay,
  withOffset,
} from '../../../src/serve/page/text/time.js'

test('times are those of New York, in winter and in summer', () => {
  expect(minuteTime('2026-11-20T15:05:00.000Z')).toBe('10:05')
  expect(minuteTime('2026-07-01T14:05:00.000Z')).toBe('10:05')
  expect(clockTime('2026-11-20T05:00:09.000Z')).toBe('00:00:09')
  expect(newYorkDay('2026-11-20T04:59:59.000Z')).toBe('2026-11-19')
  expect(withOffset('2026-11-20T15:05:00.000Z')).toBe('2026-11-20T10:05:00-05:00')
  expect(withOffset('2026-07-01T14:05:00.000Z')).toBe('2026-07-01T10:05:00-04:00')
  expect(isoOf('2026-07-01T10:05:00-04:00')).toBe('2026-07-01T14:05:00.000Z')
  expect(isoOf('2026-07-01T10:05:00')).toBeNull()
})

test('a date has its weekday, and its year where it is another', () => {
  expect(dayName('2026-11-20')).toBe('Fri 20 Nov')
  expect(dayName('2025-11-20', '2026-11-20')).toBe('Thu 20 Nov 2025')
  expect(dayName('2026-09-01')).toBe('Tue 1 Sep')
  expect(dayName('2026-01-02', '2026-11-20')).toBe('Fri 2 Jan')
})

test('a length of time has its two largest units', () => {
  expect([0, 59.9, 60, 185, 7_800, 273_600, -5].map(duration)).toEqual([
    '0 s',
    '59 s',
    '1 min',
    '3 min 5 s',
    '2 h 10 min',
    '3 d 4 h',
    '0 s',
  ])
})

test('what is no number is a dash, never NaN or 0', () => {
  for (const value of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect([decimals(value, 2), count(value), percent(value), short(value), signed(value, 1)]).toEqual(
      Array(5).fill('–'),
    )
  }
})

test('numbers have their unit, sign and thousands', () => {
  expect(percent(0.1712)).toBe('17.1 %')
  expect(count(1_234_567)).toBe('1,234,567')
  expect([signed(1.25, 1), signed(-1.25, 2), signed(0, 0)]).toEqual(['+1.3', '−1.25', '+0'])
  expect([short(1_234_567), short(-45_600, 'B'), short(999), short(0.5), short(2.5e9, '$')]).toEqual([
    '1.23 M',
    '−45.6 kB',
    '999',
    '0.50',
    '2.50 G$',
  ])
})

test('an answer of an earlier slot is said to be one', () => {
  const slot = '2026-11-20T15:00:00.000Z'
  expect(earlierSlotLines(slot, slot)).toEqual([])
  expect(earlierSlotLines(slot, '2026-11-20T10:00:00-05:00')).toEqual([])
  expect(earlierSlotLines(null, slot)).toEqual([])
  expect(earlierSlotLines(slot, '2026-11-20T15:05:00.000Z')).toEqual([
    'The slot has no options; these are of Fri 20 Nov 10:00.',
  ])
})
