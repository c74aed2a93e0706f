import { expect, test } from 'vitest'
import { volatilityCone } from '../../../src/analytics/realized/cone.ts'
import type { DailyReturns } from '../../../src/analytics/realized/estimators.ts'
import { impliedOver } from '../../../src/analytics/realized/implied-term.ts'
import { createTradingClock } from '../../../src/analytics/trading-time.ts'
import type { TermPoint } from '../../../src/analytics/volatility/at-the-money.ts'
import { newYorkInstant, sessionsBetween, yearsBetween } from '../../../src/market/calendar.ts'
import { type EpochMs, sessionDate } from '../../../src/market/units.ts'

const sessions = sessionsBetween(sessionDate('2025-11-20'), sessionDate('2026-11-19')).map(({ date }) => date)

/** Sessions whose five-minute variance is what `varianceAt` says; the nights are quiet. */
function returnsOf(varianceAt: (at: number) => number | null) {
  return new Map(
    sessions.map((date, at): [typeof date, DailyReturns] => [
      date,
      { closeToClose: null, overnight: 0, session: null, fiveMinuteVariance: varianceAt(at) },
    ]),
  )
}
const coneOf = (returns: ReturnType<typeof returnsOf>, from = sessions[0]!) =>
  volatilityCone(returns, { sessions, from, estimator: 'five_minute' })

test('the cone of a constant volatility is a line', () => {
  const cone = coneOf(returnsOf(() => 0.04 / 252))
  expect(cone.map(({ window, windows }) => [window, windows])).toEqual(
    [5, 10, 20, 60, 120].map((window) => [window, sessions.length - window + 1]),
  )
  for (const { quantiles, current } of cone) {
    expect(current).toBeCloseTo(0.2, 12)
    for (const value of Object.values(quantiles!)) expect(value).toBeCloseTo(0.2, 12)
  }
})

test('quantiles are those of all windows, linear between them', () => {
  // Volatilities of windows of five are those of single sessions where five are alike.
  const vol = (at: number) => 0.1 + 0.001 * Math.floor(at / 5)
  const returns = returnsOf((at) => vol(at) ** 2 / 252)
  const [five] = coneOf(returns)
  expect(five!.quantiles!.min).toBeCloseTo(0.1, 12)
  expect(five!.current).toBeCloseTo(five!.quantiles!.max, 12)
  const all = sessions
    .map((_, at) => at)
    .filter((at) => at >= 4)
    .map((at) => Math.sqrt([0, 1, 2, 3, 4].reduce((sum, back) => sum + vol(at - back) ** 2, 0) / 5))
    .sort((a, b) => a - b)
  const place = 0.25 * (all.length - 1)
  const below = Math.floor(place)
  const expected = all[below]! + (place - below) * (all[below + 1]! - all[below]!)
  expect(five!.quantiles!.p25).toBeCloseTo(expected, 12)
})

test('unknown sessions lower the count of windows; too few windows have no quantiles', () => {
  const everySecond = coneOf(returnsOf((at) => (at % 2 === 0 ? 1e-4 : null)))
  expect(everySecond.every(({ quantiles, current }) => quantiles === null && current === null)).toBe(true)
  const recent = coneOf(
    returnsOf(() => 1e-4),
    sessions.at(-19)!,
  )
  expect(recent.every(({ quantiles, windows }) => quantiles === null && windows === 19)).toBe(true)
  expect(recent[0]!.current).not.toBeNull()
})

test('implied volatility over trading days is on the line of total variance in trading time', () => {
  const clock = createTradingClock({ overnightFraction: 0.2, closedDayWeight: 0, events: [] })
  const slot = newYorkInstant(sessionDate('2026-11-20'), '16:00')
  const term = (date: string, variance: number): TermPoint => {
    const expiresAt = newYorkInstant(sessionDate(date), '16:00')
    const vol = Math.sqrt(variance / yearsBetween(slot, expiresAt))
    return { own: { value: vol, reason: null }, expiresAt } as TermPoint
  }
  // Two and seven trading days ahead; an early close lies in between, and the answer is asked for in days of the clock.
  const near = term('2026-11-24', 0.001)
  const far = term('2026-12-02', 0.004)
  const over = (days: number, terms = [far, near]) => impliedOver(days, { terms, slot, clock })
  const daysTo = (at: EpochMs) => clock.daysBetween(slot, at)
  const days = 5
  const share = (days - daysTo(near.expiresAt)) / (daysTo(far.expiresAt) - daysTo(near.expiresAt))
  const variance = 0.001 + share * 0.003
  expect(over(days)).toBeCloseTo(Math.sqrt((variance * 252) / days), 9)
  expect(over(2)).toBeCloseTo(Math.sqrt((0.001 * 252) / 2), 9)
  expect(over(1)).toBeNull()
  expect(over(20)).toBeNull()
  expect(over(days, [far])).toBeNull()
})
