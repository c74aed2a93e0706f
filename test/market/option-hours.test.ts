import { describe, expect, test } from 'vitest'
import { newYorkDate, newYorkInstant, newYorkTime, sessionOn } from '../../src/market/calendar.ts'
import {
  expiryTimesOf,
  optionSessionOn,
  settlementOf,
  tradesLate,
  yearsToExpiry,
} from '../../src/market/option-hours.ts'
import { impliedVol } from '../../src/market/pricing/implied-vol.ts'
import { treePrice } from '../../src/market/pricing/tree.ts'
import { type EpochMs, expiryDate, sessionDate } from '../../src/market/units.ts'

const friday = sessionDate('2026-11-20')
const blackFriday = sessionDate('2026-11-27')
const YEAR_MS = 365 * 86_400_000

test.each([
  ['SPY', friday, '16:15'],
  ['QQQ', friday, '16:15'],
  ['IWM', blackFriday, '13:15'],
  ['AAPL', friday, '16:00'],
  ['BRK.B', friday, '16:00'],
  ['AAPL', blackFriday, '13:00'],
])('the options of %s close on %s at %s', (symbol, date, close) => {
  const session = optionSessionOn(date, symbol)
  expect(newYorkTime(session?.optionsCloseAt as EpochMs)).toBe(close)
  expect(session).toMatchObject({ openAt: sessionOn(date)?.openAt, closeAt: sessionOn(date)?.closeAt })
})

test('on a holiday no options trade', () => {
  expect(optionSessionOn(sessionDate('2026-11-26'), 'AAPL')).toBeNull()
  expect(optionSessionOn(sessionDate('2026-11-26'), 'SPY')).toBeNull()
})

describe('time to expiry', () => {
  const at = newYorkInstant(friday, '15:15')

  test('is that of the symbol', () => {
    expect(yearsToExpiry(at, expiryDate('20261120'), 'SPY') * YEAR_MS).toBeCloseTo(60 * 60_000, 3)
    expect(yearsToExpiry(at, expiryDate('20261120'), 'AAPL') * YEAR_MS).toBeCloseTo(45 * 60_000, 3)
    expect(yearsToExpiry(newYorkInstant(friday, '16:00'), expiryDate('20261120'), 'AAPL')).toBe(0)
    expect(
      yearsToExpiry(newYorkInstant(blackFriday, '12:00'), expiryDate('20261127'), 'AAPL') * YEAR_MS,
    ).toBeCloseTo(3_600_000, 3)
  })

  test('of an expiry on a closed day is that of a full day', () => {
    const saturday = expiryDate('20261121')
    const endOf = (symbol: string) => newYorkTime(expiryTimesOf(symbol)(saturday))
    expect([endOf('SPY'), endOf('AAPL')]).toEqual(['16:15', '16:00'])
  })

  test.each([
    // The third Friday of December: the monthly class stops on Thursday, the weekly ones of both days at their close.
    ['SPX', 'SPX', '20261217', '2026-12-18 09:30'],
    ['SPX', 'SPXW', '20261217', '2026-12-17 16:00'],
    ['SPX', 'SPXW', '20261218', '2026-12-18 16:00'],
    ['NDX', 'NDXP', '20261218', '2026-12-18 16:00'],
    ['XSP', 'XSP', '20261218', '2026-12-18 16:00'],
    // Good Friday lies between the last trading day and the opening.
    ['RUT', 'RUT', '20270325', '2027-03-29 09:30'],
    ['VIX', 'VIX', '20261215', '2026-12-16 09:30'],
    ['VIX', 'VIXW', '20261124', '2026-11-25 09:30'],
    ['SPX', 'SPXW', '20261127', '2026-11-27 13:00'],
    ['SPY', 'SPY', '20261218', '2026-12-18 16:15'],
    ['AAPL', 'AAPL', '20261218', '2026-12-18 16:00'],
    ['ES', 'ES', '20261218', '2026-12-18 09:30'],
    ['ES', 'EW', '20261231', '2026-12-31 16:00'],
    ['CL', 'LO', '20261216', '2026-12-16 14:30'],
  ])('of %s of class %s that trades for the last time on %s ends at %s', (symbol, tradingClass, day, end) => {
    const at = expiryTimesOf(symbol)(expiryDate(day), tradingClass)
    expect(`${newYorkDate(at)} ${newYorkTime(at)}`).toBe(end)
  })

  test('of a symbol without a class is that of its own class', () => {
    const expiry = expiryDate('20261217')
    expect(expiryTimesOf('SPX')(expiry)).toBe(expiryTimesOf('SPX')(expiry, 'SPX'))
    expect(yearsToExpiry(at, expiry, 'SPX')).toBeGreaterThan(yearsToExpiry(at, expiry, 'SPX', 'SPXW'))
    expect(['SPX', 'SPXW', 'VIXW', 'SPY', 'EW3'].map(settlementOf)).toEqual(['am', 'pm', 'am', 'pm', 'pm'])
  })
})

test('the clock change of a spring and an autumn Sunday is in the time to a Monday expiry', () => {
  const hoursTo = (from: string, expiry: string) =>
    (yearsToExpiry(newYorkInstant(sessionDate(from), '16:00'), expiryDate(expiry), 'AAPL') * YEAR_MS) /
    3_600_000
  expect(hoursTo('2026-03-06', '20260309')).toBeCloseTo(71, 6)
  expect(hoursTo('2026-10-30', '20261102')).toBeCloseTo(73, 6)
})

// The figures of "Time" in docs/numbers.md.
test.each([
  [30 * 1_440, 0.004],
  [1_440, 0.106],
  [60, 2.123],
])('15 minutes added to %i lower a volatility of 20 points by %f', (minutes, points) => {
  const option = { right: 'C', spot: 200, strike: 200, rateFraction: 0.04, dividends: [] } as const
  const years = (count: number) => (count * 60_000) / YEAR_MS
  const mid = treePrice({ ...option, years: years(minutes), volFraction: 0.2 })
  const { volFraction } = impliedVol({ ...option, years: years(minutes + 15) }, mid)
  expect(20 - 100 * (volFraction as number)).toBeCloseTo(points, 3)
})

test('only symbols of the table trade late', () => {
  expect(['SPY', 'XLF', 'TSLA', 'spy', ''].map(tradesLate)).toEqual([true, true, false, false, false])
})
