import { expect, test } from 'vitest'
import {
  lastPriceOf,
  type PriceBar,
  sessionPrices,
  varianceSoFar,
} from '../../../src/analytics/realized/session-bars.ts'
import { sessionOn } from '../../../src/market/calendar.ts'
import { futuresSessionOn } from '../../../src/market/futures-hours.ts'
import { epochMs, sessionDate } from '../../../src/market/units.ts'
import { BAR_MS } from '../../../src/snapshot/underlying-bars.ts'

const session = sessionOn(sessionDate('2026-11-20'))!
const early = sessionOn(sessionDate('2026-11-27'))!
const FULL_MS = 390 * 60_000

/** Bars of a price that goes up by `step` and down again in turn; each bar ends where the next begins. */
function barsOf(
  count: number,
  { from = session.openAt as number, step = 0.001, conId = 1 } = {},
): PriceBar[] {
  let price = 600
  return Array.from({ length: count }, (_, at) => {
    const open = price
    price *= Math.exp(at % 2 === 0 ? step : -step)
    return {
      timestamp: from + at * BAR_MS,
      con_id: conId,
      open,
      high: Math.max(open, price) + 0.1,
      low: Math.min(open, price) - 0.1,
      close: price,
      session: 'regular',
      coverage_seconds: 300,
    }
  })
}

test('78 bars are a session: open, high, low, close and 78 squared returns', () => {
  const prices = sessionPrices(barsOf(78), session)!
  expect(prices).toMatchObject({ conId: 1, open: 600, bars: 78, coveredSeconds: 23_400 })
  expect(prices.close).toBeCloseTo(600, 9)
  expect(prices.high).toBeCloseTo(600 * Math.exp(0.001) + 0.1, 9)
  expect(prices.low).toBeCloseTo(599.9, 9)
  expect(prices.variance).toBeCloseTo(78e-6, 12)
})

test('an early close has its own 42 bars', () => {
  const bars = barsOf(42, { from: early.openAt })
  expect(sessionPrices(bars, early)).toMatchObject({ bars: 42, coveredSeconds: 12_600 })
  expect(sessionPrices(bars, early)!.variance).toBeCloseTo(42e-6, 12)
  // The same bars in a full session are half of one.
  expect(sessionPrices(barsOf(42), session)).toMatchObject({
    open: 600,
    high: null,
    low: null,
    close: null,
    variance: null,
  })
})

test('a hole is bridged by one return; with too much of the session missing there is no variance', () => {
  const bars = barsOf(78)
  const hole = bars.filter((_, at) => at < 10 || at >= 15)
  // Five bars less, and one return over them: from the end of the tenth bar to that of the sixteenth.
  const over = Math.log(bars[15]!.close / bars[9]!.close) ** 2
  expect(sessionPrices(hole, session)!.variance).toBeCloseTo(72e-6 + over, 12)
  const deep = bars.filter((_, at) => at < 10 || at >= 18)
  expect(sessionPrices(deep, session)).toMatchObject({ high: null, low: null, variance: null, bars: 70 })
  expect(sessionPrices(deep, session)!.close).not.toBeNull()
  // Bars that are there but were hardly covered count by their seconds.
  const thin = bars.map((bar, at) => (at % 5 === 0 ? { ...bar, coverage_seconds: 100 } : bar))
  expect(sessionPrices(thin, session)).toMatchObject({ high: null, variance: null, bars: 78 })
})

test('without the first bar there is no open, and without the last no close', () => {
  expect(sessionPrices(barsOf(78).slice(1), session)).toMatchObject({ open: null, variance: null })
  expect(sessionPrices(barsOf(77), session)).toMatchObject({ close: null, variance: null })
  expect(lastPriceOf(barsOf(77), session, 1)).toBeNull()
  expect(lastPriceOf(barsOf(78), session, 1)).toBeCloseTo(600, 9)
  expect(lastPriceOf(barsOf(78), session, 2)).toBeNull()
  expect(sessionPrices([], session)).toBeNull()
})

test('bars outside the session, and impossible ones, are left out', () => {
  const bars = barsOf(78)
  const before = { ...bars[0]!, timestamp: session.openAt - BAR_MS, high: 900, session: 'extended' as const }
  const after = { ...bars[0]!, timestamp: session.closeAt as number, high: 900 }
  const impossible = { ...bars[20]!, low: 0 }
  const all = [after, before, ...bars.filter((_, at) => at !== 20), impossible].reverse()
  const prices = sessionPrices(all, session)!
  expect(prices.bars).toBe(77)
  expect(prices.high).toBeLessThan(601)
})

test('of two futures the one with more bars, through the breaks of a holiday session', () => {
  const monday = futuresSessionOn(sessionDate('2026-09-08'), 'cme-equity')!
  expect(monday.breaks).toHaveLength(1)
  const [pause] = monday.breaks
  const count = Math.round((monday.closeAt - monday.openAt) / BAR_MS)
  const front = barsOf(count, { from: monday.openAt }).filter(
    ({ timestamp }) => timestamp < pause!.from || timestamp >= pause!.to,
  )
  const next = barsOf(40, { from: monday.openAt, conId: 2 })
  expect(sessionPrices([...next, ...front], monday)).toMatchObject({ conId: 1, bars: front.length })
  expect(sessionPrices([...next, ...front], monday)!.variance).toBeGreaterThan(0)
})

test('a session so far goes on as it was; half an hour is the least', () => {
  const bars = barsOf(78)
  const at = (count: number) => epochMs(session.openAt + count * BAR_MS)
  const soFar = (before: number, some = bars) =>
    varianceSoFar(some, session, { before: at(before), fullSessionMs: FULL_MS })
  // A bar that ends at the slot has not ended before it.
  expect(soFar(6)).toEqual({ variance: null, bars: 5 })
  expect(soFar(7)).toMatchObject({ bars: 6 })
  expect(soFar(7).variance).toBeCloseTo(78e-6, 12)
  expect(soFar(40).variance).toBeCloseTo(78e-6, 12)
  expect(soFar(80)).toMatchObject({ bars: 78 })
  // A stream that began an hour late is scaled by the time that it saw.
  expect(soFar(40, bars.slice(12)).variance).toBeCloseTo(78e-6, 12)
})
