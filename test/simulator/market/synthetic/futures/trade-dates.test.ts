import { describe, expect, test } from 'vitest'
import { newYorkInstant } from '../../../../../src/market/calendar.ts'
import { sessionDate } from '../../../../../src/market/units.ts'
import {
  monthCode,
  monthsListedOn,
} from '../../../../../src/simulator/market/synthetic/futures/contract-months.ts'
import { futureHours } from '../../../../../src/simulator/market/synthetic/futures/future-hours.ts'
import {
  type FutureProduct,
  productOf,
} from '../../../../../src/simulator/market/synthetic/futures/products.ts'
import {
  currentTradeDate,
  tradeDateContaining,
  tradeDateOn,
} from '../../../../../src/simulator/market/synthetic/futures/trade-dates.ts'

const time = (date: string, clock: string) => newYorkInstant(sessionDate(date), clock)
const es = productOf('ES') as FutureProduct
const cl = productOf('CL') as FutureProduct

describe('trade dates', () => {
  test('begin on the evening before, on Sunday for Monday, and end at 17:00', () => {
    expect(tradeDateOn(es, sessionDate('2026-12-14'))).toMatchObject({
      openAt: time('2026-12-13', '18:00'),
      closeAt: time('2026-12-14', '17:00'),
    })
    expect(tradeDateContaining(es, time('2026-12-13', '18:00'))?.date).toBe('2026-12-14')
    expect(tradeDateContaining(es, time('2026-12-14', '17:30'))).toBeNull()
    expect(currentTradeDate(es, time('2026-12-14', '17:30')).date).toBe('2026-12-14')
    expect(currentTradeDate(es, time('2026-12-19', '12:00')).date).toBe('2026-12-18')
  })

  test('what trades on a holiday belongs to the next session, with a break after the halt', () => {
    const segmentsOf = (product: FutureProduct, date: string) =>
      tradeDateOn(product, sessionDate(date))?.segments.map(({ openAt, closeAt }) => [openAt, closeAt])
    // Labor Day.
    expect(tradeDateOn(es, sessionDate('2026-09-07'))).toBeNull()
    expect(segmentsOf(es, '2026-09-08')).toEqual([
      [time('2026-09-06', '18:00'), time('2026-09-07', '13:00')],
      [time('2026-09-07', '18:00'), time('2026-09-08', '17:00')],
    ])
    expect(segmentsOf(cl, '2026-09-08')?.[0]?.[1]).toBe(time('2026-09-07', '14:30'))
    // Thanksgiving and the early close after it.
    expect(segmentsOf(es, '2026-11-27')).toEqual([
      [time('2026-11-25', '18:00'), time('2026-11-26', '13:00')],
      [time('2026-11-26', '18:00'), time('2026-11-27', '13:15')],
    ])
  })

  test('there is no trading on Good Friday, at Christmas and on New Year, nor on their eves', () => {
    // Christmas Eve is a Thursday with an early close; Christmas a Friday.
    expect(tradeDateOn(es, sessionDate('2026-12-24'))?.closeAt).toBe(time('2026-12-24', '13:15'))
    expect(tradeDateOn(es, sessionDate('2026-12-28'))?.openAt).toBe(time('2026-12-27', '18:00'))
    expect(tradeDateOn(es, sessionDate('2027-03-29'))?.openAt).toBe(time('2027-03-28', '18:00'))
    expect(tradeDateOn(es, sessionDate('2027-01-04'))?.openAt).toBe(time('2027-01-03', '18:00'))
  })

  test('hours are written as contract details have them', () => {
    const hours = futureHours(es, null, time('2026-11-24', '12:00'))
    expect(hours.timeZoneId).toBe('US/Central')
    expect(hours.tradingHours).toBe(
      '20261123:1700-20261124:1600;20261124:1700-20261125:1600;20261125:1700-20261126:1200;' +
        '20261126:1700-20261127:1215;20261128:CLOSED;20261129:1700-20261130:1600',
    )
    expect(hours.liquidHours.split(';').slice(0, 4)).toEqual([
      '20261124:0830-20261124:1600',
      '20261125:0830-20261125:1600',
      '20261126:CLOSED',
      '20261127:0830-20261127:1215',
    ])
    expect(futureHours(cl, null, time('2026-12-14', '12:00'))).toMatchObject({
      timeZoneId: 'US/Eastern',
      tradingHours: expect.stringMatching(/^20261213:1800-20261214:1700;/),
    })
  })

  test('after the last trade no hours are listed', () => {
    const lastTradeAt = time('2026-12-18', '09:30')
    const { tradingHours } = futureHours(es, lastTradeAt, time('2026-12-17', '12:00'))
    expect(tradingHours.split(';').slice(0, 4)).toEqual([
      '20261216:1700-20261217:1600',
      '20261217:1700-20261218:0830',
      '20261219:CLOSED',
      '20261220:CLOSED',
    ])
  })
})

describe('contract months', () => {
  test('index futures end on the third Friday of a quarter, or the session before', () => {
    const months = monthsListedOn(es, sessionDate('2026-12-18'))
    expect(months.map(({ expiry }) => expiry)).toEqual([
      ...['2026-12-18', '2027-03-19', '2027-06-17', '2027-09-17', '2027-12-17', '2028-03-17'],
    ])
    expect(monthsListedOn(es, sessionDate('2026-12-19'))[0]?.expiry).toBe('2027-03-19')
    expect(monthCode('202612')).toBe('Z6')
  })

  test('oil ends three business days before the 25th of the month before', () => {
    const expiries = (today: string) => monthsListedOn(cl, sessionDate(today)).map(({ expiry }) => expiry)
    // Published last days: CLQ4 on 2024-07-22, CLF5 on 2024-12-19, CLU6 on 2026-08-20.
    expect(expiries('2024-07-01')[0]).toBe('2024-07-22')
    expect(expiries('2024-12-01')[0]).toBe('2024-12-19')
    expect(expiries('2026-08-01')[0]).toBe('2026-08-20')
    expect(monthsListedOn(cl, sessionDate('2026-12-14'))[0]).toMatchObject({
      month: '202701',
      expiry: '2026-12-21',
    })
    expect(expiries('2026-12-14')).toHaveLength(14)
  })
})
