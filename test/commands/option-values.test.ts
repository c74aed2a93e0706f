import { expect, test } from 'vitest'
import {
  parseAsOf,
  parseDate,
  parseExpiry,
  parseSeconds,
  parseSymbol,
  parseSymbols,
  parseTime,
} from '../../src/commands/option-values.ts'
import { type EpochMs, epochMs } from '../../src/market/units.ts'

/** Already the 21st in UTC, still the 20th in New York. */
const NOW = at('2026-11-21T03:00:00Z')

function at(iso: string): EpochMs {
  return epochMs(Date.parse(iso))
}

test.each([
  ['10:00', '2026-11-20T15:00:00Z'],
  ['9:35', '2026-11-20T14:35:00Z'],
  ['yesterday 15:55', '2026-11-19T20:55:00Z'],
  ['2026-11-20 10:00', '2026-11-20T15:00:00Z'],
  ['2026-11-20T10:00', '2026-11-20T15:00:00Z'],
  ['2026-07-01T10:00:30.5', '2026-07-01T14:00:30.500Z'],
  ['20261120 10:00', '2026-11-20T15:00:00Z'],
  ['2026-11-20T10:00:00-05:00', '2026-11-20T15:00:00Z'],
  ['2026-11-20T15:00:00.123456Z', '2026-11-20T15:00:00.123Z'],
  ['2026-11-20T15:00z', '2026-11-20T15:00:00Z'],
])('the time %s is read', (text, wanted) => {
  expect(parseTime('--at', text, { now: NOW })).toBe(at(wanted))
})

test('a date is a time where it is known which end of the day is meant', () => {
  const now = NOW
  expect(parseTime('--to', 'today', { now, dateMeans: 'last' })).toBe(at('2026-11-21T05:00:00Z') - 1)
  expect(parseTime('--from', '20261120', { now, dateMeans: 'first' })).toBe(at('2026-11-20T05:00:00Z'))
  expect(() => parseTime('--now', '2026-11-20', { now })).toThrow(
    '--now 2026-11-20 is not a time: write for example 10:00 or 2026-11-20 10:00 in New York, with an offset 2026-11-20T10:00:00-05:00',
  )
})

test.each(['', 'Z', 'noon', '24:00', '10:60', '2026-13-01 10:00', '2026-11-20T10:00+99:00', '10', '1:2'])(
  'the time "%s" is refused by its option and its value',
  (text) => {
    expect(() => parseTime('--at', text, { now: NOW, dateMeans: 'last' })).toThrow(
      `--at ${text} is not a time`,
    )
  },
)

test('dates are read in three forms, and today is that of New York', () => {
  for (const text of ['2026-11-20', '20261120', 'today', 'Today ', ' 2026-11-20'])
    expect(parseDate('--from', text, NOW)).toBe('2026-11-20')
  expect(parseDate('--from', 'yesterday', NOW)).toBe('2026-11-19')
  expect(parseExpiry('2026-12-18')).toBe('20261218')
  expect(() => parseDate('--from', '2026-02-30', NOW)).toThrow(
    '--from 2026-02-30 is not a date: write for example 2026-11-20, 20261120, today or yesterday',
  )
})

test('eight digits of --as-of are a date if there is such a day, else a version', () => {
  expect(parseAsOf('20261120', NOW)).toEqual({ time: at('2026-11-21T05:00:00Z') - 1 })
  expect(parseAsOf('99999999', NOW)).toEqual({ version: 99_999_999 })
  expect(parseAsOf('10:00', NOW)).toEqual({ time: at('2026-11-20T15:00:00Z') })
})

test('symbols are read in any case, with spaces around them', () => {
  expect(parseSymbol('spy')).toBe('SPY')
  expect(parseSymbol(' brk  b ')).toBe('BRK.B')
  expect(parseSymbols('--symbols', 'SPY, qqq ,brk.b')).toEqual(['SPY', 'QQQ', 'BRK.B'])
  expect(() => parseSymbols('--symbols', 'SPY,,QQQ')).toThrow(
    '--symbols "" is not a symbol: write up to 10 letters, digits and dots, such as SPY or BRK.B',
  )
  expect(() => parseSymbol('SPY,QQQ')).toThrow('symbol "SPY,QQQ" is not a symbol')
})

test('seconds are whole and at most a day: a timer that is set for longer than 24 days fires at once', () => {
  expect(parseSeconds('--timeout', '86400')).toBe(86_400_000)
  for (const text of ['0', '-1', '1.5', '86401', '2147484', '99999999999', 'x']) {
    expect(() => parseSeconds('--timeout', text)).toThrow(
      `--timeout ${text} is not a whole number of seconds from 1 to 86,400`,
    )
  }
})
