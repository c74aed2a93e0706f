import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type BarHours, barDayAt } from '../../src/bars/bar-day.ts'
import { type BarInstrument, createBarSeries, type Moment } from '../../src/bars/bar-series.ts'
import { newYorkInstant, sessionOn, type TradingSession } from '../../src/market/calendar.ts'
import type { DataType, Tick } from '../../src/market/quote.ts'
import { conId, type EpochMs, epochMs, sessionDate } from '../../src/market/units.ts'
import { BAR_MS } from '../../src/snapshot/underlying-bars.ts'

const DATE = sessionDate('2026-11-20')
const OPEN = newYorkInstant(DATE, '09:30')
const STOCK_HOURS: BarHours = { sessionOn, closeOf: ({ closeAt }) => closeAt }
const SPY: BarInstrument = { symbol: 'SPY', kind: 'STK', conId: conId(1), expiry: null }
const VIX: BarInstrument = { ...SPY, symbol: 'VIX', kind: 'IND' }

const at = (clock: string): EpochMs => newYorkInstant(DATE, clock)
const last = (value: number): Tick => ({ field: 'last', value })
const kind = (dataType: DataType): Tick => ({ field: 'dataType', dataType })
const moment = (time: EpochMs): Moment => ({ at: time, steadyMs: time - OPEN })

/** A series whose stream is open since then and has sent the state of before. */
function openSeries(from: EpochMs, instrument = SPY, hours = STOCK_HOURS) {
  const series = createBarSeries(instrument, (startAt) => barDayAt(startAt, hours))
  series.opened(moment(from))
  series.tick(last(600), from)
  const quote = (bid: number, ask: number, time: EpochMs) => {
    series.tick({ field: 'bid', value: bid }, time)
    series.tick({ field: 'ask', value: ask }, time)
  }
  return { ...series, price: (value: number, time: EpochMs) => series.tick(last(value), time), quote }
}

test('prices become the bar of the interval in which they arrive; one at its end belongs to the next', () => {
  const series = openSeries(at('09:59:00'))
  for (const [value, clock] of [
    [680, '10:00:00'],
    [683, '10:02:00'],
    [679, '10:03:00'],
    [681, '10:04:59.999'],
    [690, '10:05:00'],
  ] as const)
    series.price(value, at(clock))
  series.heard(moment(at('10:05:00')))
  expect(series.takeChanged(at('10:05:00'))).toEqual([
    {
      ...{ timestamp: at('10:00'), symbol: 'SPY', con_id: 1, kind: 'STK', expiry: null, date: DATE },
      ...{ open: 680, high: 683, low: 679, close: 681, ticks: 4, price_basis: 'trade', session: 'regular' },
      ...{ coverage_seconds: 300, data_type: null, first_at: at('10:00'), last_at: at('10:04:59.999') },
    },
  ])
  expect(series.takeChanged(at('10:05:00'))).toEqual([])
  expect(series.takeChanged(Number.POSITIVE_INFINITY)).toMatchObject([{ open: 690, ticks: 1 }])
})

test('of two prices in one millisecond the second is the later', () => {
  const series = openSeries(at('10:00'))
  series.price(1, at('10:01'))
  series.price(2, at('10:01'))
  expect(series.takeChanged(at('10:05'))).toMatchObject([{ open: 1, close: 2, ticks: 2 }])
})

test('a late price changes a bar that was taken, and neither open nor close if it lies between', () => {
  const series = openSeries(at('10:00'))
  series.price(10, at('10:01'))
  series.price(11, at('10:04'))
  series.takeChanged(at('10:05'))
  series.price(30, at('10:02'))
  expect(series.takeChanged(at('10:06'))).toMatchObject([{ open: 10, high: 30, close: 11, ticks: 3 }])
  series.price(8, at('10:00:30'))
  series.price(12, at('10:04:30'))
  expect(series.takeChanged(at('10:06'))).toMatchObject([{ open: 8, low: 8, close: 12, ticks: 5 }])
  series.forget(at('10:16'))
  expect(series.price(99, at('10:03'))).toBe(false)
  expect(series.takeChanged(at('10:20'))).toEqual([])
})

test('a price after a clock that went back by hours is not refused, and the future is forgotten', () => {
  const series = openSeries(at('14:00'))
  series.price(10, at('14:01'))
  series.forget(at('14:01'))
  expect(series.price(11, at('11:01'))).toBe(false)
  expect(series.forget(at('11:01'))).toBe(1)
  expect(series.price(11, at('11:02'))).toBe(true)
  series.price(12, at('14:02'))
  expect(series.takeChanged(at('14:05'))).toMatchObject([
    { timestamp: at('11:00'), ticks: 1 },
    { timestamp: at('14:00'), open: 12, ticks: 1 },
  ])
})

test('what a stream sends first is the state of before, also after an outage and in another kind of data', () => {
  const series = openSeries(at('10:00'))
  series.tick(kind('live'), at('10:00:01'))
  series.price(10, at('10:01'))
  series.lost()
  series.price(20, at('10:02'))
  series.price(11, at('10:02:01'))
  series.opened(moment(at('10:03')))
  series.price(30, at('10:03:01'))
  expect(series.takeChanged(at('10:05'))).toMatchObject([{ high: 11, ticks: 2, data_type: 'live' }])
  series.tick(kind('live'), at('10:05:01'))
  series.price(12, at('10:05:02'))
  series.tick(kind('delayed'), at('10:06'))
  series.price(40, at('10:06:01'))
  series.price(41, at('10:06:02'))
  expect(series.takeChanged(at('10:10'))).toMatchObject([{ high: 12, ticks: 1, data_type: 'live' }])
})

test('live prices replace delayed ones of the same bar, and frozen prices make none', () => {
  const series = openSeries(at('10:00'))
  series.tick(kind('delayed'), at('10:00'))
  series.price(5, at('10:01'))
  series.price(6, at('10:01:01'))
  series.tick(kind('live'), at('10:02'))
  series.price(7, at('10:02:01'))
  series.price(8, at('10:02:02'))
  expect(series.takeChanged(at('10:05'))).toMatchObject([
    { open: 8, low: 8, ticks: 1, data_type: 'live', first_at: at('10:02:02') },
  ])
  series.tick(kind('frozen'), at('10:06'))
  for (const value of [1, 2, 3]) series.price(value, at('10:06:01'))
  expect(series.takeChanged(at('10:10'))).toEqual([])
})

test('midpoints stand in where no trade came: one for bid and ask of the same millisecond', () => {
  const series = openSeries(at('10:00'))
  series.quote(9.99, 10.01, at('10:00:01'))
  series.quote(10.09, 10.11, at('10:01'))
  series.quote(10.19, 10.21, at('10:02'))
  series.tick({ field: 'ask', value: null }, at('10:03'))
  expect(series.takeChanged(at('10:05'))).toMatchObject([
    { open: expect.closeTo(10.1), close: expect.closeTo(10.2), ticks: 2, price_basis: 'mid' },
  ])
  series.quote(10.29, 10.31, at('10:06'))
  series.price(10.3, at('10:07'))
  series.quote(10.39, 10.41, at('10:08'))
  expect(series.takeChanged(at('10:10'))).toMatchObject([{ open: 10.3, ticks: 1, price_basis: 'trade' }])
})

test('outside the session only trades make bars, never quotes and never the level of an index', () => {
  const stock = openSeries(at('16:00'))
  stock.quote(9.99, 10.01, at('16:01'))
  stock.quote(10.09, 10.11, at('16:02'))
  expect(stock.takeChanged(at('16:05'))).toEqual([])
  stock.price(10, at('16:06'))
  expect(stock.takeChanged(at('16:10'))).toMatchObject([{ session: 'extended', date: DATE }])
  const hours = { ...STOCK_HOURS, closeOf: ({ optionsCloseAt }: TradingSession) => optionsCloseAt }
  const index = openSeries(at('16:00'), VIX, hours)
  index.price(18, at('16:14:59'))
  index.price(19, at('16:15'))
  expect(index.takeChanged(at('17:00'))).toMatchObject([
    { timestamp: at('16:10'), close: 18, price_basis: 'level', session: 'regular' },
  ])
})

test('coverage counts the time in which the stream was open and heard', () => {
  const series = openSeries(at('10:01'))
  series.price(10, at('10:01:30'))
  series.heard(moment(at('10:02')))
  // Silent from here on, which the outage explains.
  series.lost()
  series.heard(moment(at('10:03')))
  series.opened(moment(at('10:04')))
  series.heard(moment(at('10:05:30')))
  expect(series.takeChanged(at('10:05'))).toMatchObject([{ coverage_seconds: 120 }])
})

test('a clock that is set covers only the time that has passed', () => {
  const forward = openSeries(at('10:01'))
  forward.price(10, at('10:01:30'))
  forward.heard({ at: at('10:03'), steadyMs: at('10:01:30') - OPEN })
  expect(forward.takeChanged(at('10:05'))).toMatchObject([{ coverage_seconds: 30 }])
  const back = openSeries(at('10:01'))
  back.price(10, at('10:01:30'))
  back.heard(moment(at('10:04')))
  back.heard({ at: at('10:02'), steadyMs: at('10:04:30') - OPEN })
  expect(back.takeChanged(at('10:05'))).toMatchObject([{ coverage_seconds: 210 }])
})

test('any prices in any order make the bars of a plain count', () => {
  const prices = fc.array(
    fc.record({ value: fc.integer({ min: 1, max: 50 }), afterMs: fc.integer({ min: 0, max: 4 * BAR_MS }) }),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(prices, fc.array(fc.nat({ max: 60 }), { maxLength: 5 }), (all, takes) => {
      const series = openSeries(OPEN)
      const bars = new Map<number, object>()
      const take = (until: number) => {
        for (const row of series.takeChanged(until)) bars.set(row.timestamp, row)
      }
      all.forEach(({ value, afterMs }, index) => {
        series.price(value, epochMs(OPEN + afterMs))
        if (takes.includes(index)) take(OPEN + 2 * BAR_MS)
      })
      take(Number.POSITIVE_INFINITY)
      const intervals = [...new Set(all.map(({ afterMs }) => Math.floor(afterMs / BAR_MS)))]
      const expected = intervals.map((interval) => {
        const own = all
          .filter(({ afterMs }) => Math.floor(afterMs / BAR_MS) === interval)
          .sort((a, b) => a.afterMs - b.afterMs)
        const values = own.map(({ value }) => value)
        return {
          timestamp: OPEN + interval * BAR_MS,
          // Of several first prices in one millisecond the first to arrive opens, of the last ones the last closes.
          open: values[0],
          high: Math.max(...values),
          low: Math.min(...values),
          close: values.at(-1),
          ticks: values.length,
        }
      })
      expect([...bars.values()]).toHaveLength(expected.length)
      for (const bar of expected) expect(bars.get(bar.timestamp)).toMatchObject(bar)
    }),
    { numRuns: 200 },
  )
})

test('memory stays flat over days, also while nothing can be stored', () => {
  const series = openSeries(OPEN)
  let dropped = 0
  let kept = 0
  for (let time: number = OPEN; time < OPEN + 4 * 86_400_000; time += BAR_MS) {
    series.price(10, epochMs(time))
    dropped += series.forget(epochMs(time))
    kept += 1
  }
  const left = series.takeChanged(Number.POSITIVE_INFINITY).length
  expect(left).toBeLessThanOrEqual(577)
  expect(left + dropped).toBe(kept)
})

test('a future has the trade date of its session, in breaks and between sessions too', () => {
  const instant = (date: string, clock: string) => newYorkInstant(sessionDate(date), clock)
  // Thanksgiving 2026: Wednesday 18:00 to Friday 13:15, with a break on Thursday from 13:00 to 18:00.
  const friday: TradingSession = {
    date: sessionDate('2026-11-27'),
    openAt: instant('2026-11-25', '18:00'),
    closeAt: instant('2026-11-27', '13:15'),
    optionsCloseAt: instant('2026-11-27', '13:15'),
    earlyClose: true,
    breaks: [{ from: instant('2026-11-26', '13:00'), to: instant('2026-11-26', '18:00') }],
  }
  const monday: TradingSession = {
    ...friday,
    ...{ date: sessionDate('2026-11-30'), openAt: instant('2026-11-29', '18:00'), breaks: [] },
    closeAt: instant('2026-11-30', '17:00'),
  }
  const hours: BarHours = {
    sessionOn: (date) => [friday, monday].find((one) => one.date === date) ?? null,
    closeOf: ({ closeAt }) => closeAt,
  }
  const day = (date: string, clock: string) => {
    const found = barDayAt(instant(date, clock), hours)
    return found && `${found.date} ${found.session}`
  }
  expect(day('2026-11-25', '18:00')).toBe('2026-11-27 regular')
  expect(day('2026-11-26', '13:00')).toBe('2026-11-27 extended')
  expect(day('2026-11-26', '18:00')).toBe('2026-11-27 regular')
  expect(day('2026-11-27', '13:10')).toBe('2026-11-27 regular')
  expect(day('2026-11-27', '13:15')).toBe('2026-11-27 extended')
  expect(day('2026-11-28', '12:00')).toBe('2026-11-30 extended')
  expect(day('2026-11-29', '18:00')).toBe('2026-11-30 regular')
  expect(day('2026-12-01', '10:00')).toBeNull()
})
