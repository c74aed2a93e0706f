import { expect, test } from 'vitest'
import { analyticsOptions, tradingTimeWeights } from '../../src/analytics/options.ts'
import { createTradingClock, type TradingEvent } from '../../src/analytics/trading-time.ts'
import { newYorkInstant, sessionOn, sessionsBetween } from '../../src/market/calendar.ts'
import { addDays, epochMs, sessionDate } from '../../src/market/units.ts'

const at = (date: string, clock: string) => newYorkInstant(sessionDate(date), clock)
const BASE = { overnightFraction: 0.2, closedDayWeight: 0, events: [] }
const clock = createTradingClock(BASE)
const event = (date: string, weightDays: number, time: string | null = null): TradingEvent => ({
  ...{ name: 'CPI', time, weightDays },
  date: sessionDate(date),
})

test('a full trading day runs from close to close, over a night, a weekend or a holiday', () => {
  expect(clock.daysBetween(at('2026-06-02', '16:00'), at('2026-06-03', '16:00'))).toBe(1)
  expect(clock.daysBetween(at('2026-06-05', '16:00'), at('2026-06-08', '16:00'))).toBe(1)
  // Juneteenth, a Friday, and the weekend after it.
  expect(clock.daysBetween(at('2026-06-18', '16:00'), at('2026-06-22', '16:00'))).toBe(1)
  expect(clock.yearsBetween(at('2026-06-02', '16:00'), at('2026-06-09', '16:00'))).toBeCloseTo(5 / 252, 14)
})

test('the night has its share, and the session the rest evenly', () => {
  const close = at('2026-06-02', '16:00')
  expect(clock.daysBetween(close, at('2026-06-03', '09:30'))).toBeCloseTo(0.2, 14)
  expect(clock.daysBetween(close, at('2026-06-03', '00:45'))).toBeCloseTo(0.1, 14)
  expect(clock.daysBetween(close, at('2026-06-03', '12:45'))).toBeCloseTo(0.6, 14)
  expect(clock.daysBetween(at('2026-06-03', '10:00'), at('2026-06-03', '10:39'))).toBeCloseTo(0.08, 14)
})

test('an early close counts its 210 minutes', () => {
  // The day after Thanksgiving.
  const days = clock.daysBetween(at('2026-11-25', '16:00'), at('2026-11-27', '13:00'))
  expect(days).toBeCloseTo(0.2 + (0.8 * 210) / 390, 14)
  expect(clock.daysBetween(at('2026-11-27', '13:00'), at('2026-11-30', '16:00'))).toBe(1)
})

test('without a weight of the night, no time passes in it', () => {
  const sessionsOnly = createTradingClock({ ...BASE, overnightFraction: 0 })
  expect(sessionsOnly.daysBetween(at('2026-06-02', '16:00'), at('2026-06-03', '09:30'))).toBe(0)
  expect(sessionsOnly.daysBetween(at('2026-06-02', '12:45'), at('2026-06-03', '12:45'))).toBe(1)
})

test('each closed day adds its weight to the night that it lies in', () => {
  const weekend = createTradingClock({ ...BASE, closedDayWeight: 0.05 })
  expect(weekend.daysBetween(at('2026-06-05', '16:00'), at('2026-06-08', '09:30'))).toBeCloseTo(0.3, 14)
  const middle = epochMs((at('2026-06-05', '16:00') + at('2026-06-08', '09:30')) / 2)
  expect(weekend.daysBetween(at('2026-06-05', '16:00'), middle)).toBeCloseTo(0.15, 14)
  expect(weekend.daysBetween(at('2026-06-18', '16:00'), at('2026-06-22', '16:00'))).toBeCloseTo(1.15, 14)
})

test('a year of New York sessions is its number of days less what early closes lack', () => {
  const sessions = sessionsBetween(sessionDate('2025-01-01'), sessionDate('2025-12-31'))
  expect(sessions).toHaveLength(250)
  const early = sessions.filter(({ earlyClose }) => earlyClose).length
  const days = clock.daysBetween(at('2024-12-31', '16:00'), at('2025-12-31', '16:00'))
  expect(days).toBeCloseTo(250 - early * 0.8 * (1 - 210 / 390), 10)
})

test('an event adds its weight over the session, or at its time', () => {
  const cpi = createTradingClock({ ...BASE, events: [event('2026-06-10', 1.5)] })
  expect(cpi.daysBetween(at('2026-06-09', '16:00'), at('2026-06-10', '09:30'))).toBeCloseTo(0.2, 14)
  expect(cpi.daysBetween(at('2026-06-09', '16:00'), at('2026-06-10', '12:45'))).toBeCloseTo(1.35, 14)
  expect(cpi.daysBetween(at('2026-06-09', '16:00'), at('2026-06-10', '16:00'))).toBeCloseTo(2.5, 14)
  const before = createTradingClock({ ...BASE, events: [event('2026-06-10', 1.5, '08:30')] })
  const release = at('2026-06-10', '08:30')
  expect(before.daysBetween(epochMs(release - 1), release)).toBeCloseTo(1.5, 8)
  expect(before.daysBetween(at('2026-06-09', '16:00'), at('2026-06-10', '09:30'))).toBeCloseTo(1.7, 14)
})

test('an event on a date without a session happens at the next opening', () => {
  const summit = createTradingClock({ ...BASE, events: [event('2026-06-06', 1)] })
  const opening = at('2026-06-08', '09:30')
  expect(summit.daysBetween(at('2026-06-05', '16:00'), epochMs(opening - 1))).toBeCloseTo(0.2, 8)
  expect(summit.daysBetween(at('2026-06-05', '16:00'), opening)).toBeCloseTo(1.2, 14)
})

test('the inverse gives the time back, at any place of the clock', () => {
  const weighted = createTradingClock({
    ...BASE,
    closedDayWeight: 0.03,
    events: [event('2026-06-10', 2), event('2026-06-17', 1, '14:00')],
  })
  const from = at('2026-06-02', '11:07')
  for (let hours = 0; hours < 24 * 40; hours += 7.3) {
    const to = epochMs(Math.round(from + hours * 3_600_000))
    expect(weighted.after(from, weighted.daysBetween(from, to))).toBe(to)
  }
  expect(clock.after(at('2026-06-02', '16:00'), 30)).toBe(at('2026-07-16', '16:00'))
  // Inside the jump of an event the time is that of the event.
  const jump = at('2026-06-17', '14:00')
  expect(weighted.after(epochMs(jump - 1), 0.5)).toBe(jump)
  expect(() => clock.after(from, -1)).toThrow('not a number of trading days: -1')
})

test('time adds up and is the same whatever was asked before', () => {
  const first = clock.daysBetween(at('2026-06-02', '11:00'), at('2026-12-18', '16:00'))
  expect(clock.daysBetween(at('2009-06-02', '11:00'), at('2034-12-18', '16:00'))).toBeGreaterThan(6_000)
  expect(clock.daysBetween(at('2026-06-02', '11:00'), at('2026-12-18', '16:00'))).toBe(first)
  expect(clock.daysBetween(at('2026-12-18', '16:00'), at('2026-06-02', '11:00'))).toBe(-first)
  let sum = 0
  for (let day = sessionDate('2026-06-02'); day < '2026-12-18'; day = addDays(day, 1)) {
    sum += clock.daysBetween(newYorkInstant(day, '11:00'), newYorkInstant(addDays(day, 1), '11:00'))
  }
  expect(sum).toBeCloseTo(clock.daysBetween(at('2026-06-02', '11:00'), at('2026-12-18', '11:00')), 10)
  expect(sessionOn(sessionDate('2026-12-18'))).not.toBeNull()
})

test('settings say which symbols an event moves', () => {
  const options = analyticsOptions.parse({
    events: [
      { date: '2026-06-10', weight: 1, name: 'CPI', time: '08:30' },
      { date: '2026-07-30', weight: 3, name: 'earnings', symbols: ['AAPL'] },
    ],
  })
  expect(tradingTimeWeights(options, 'SPY').events.map(({ name }) => name)).toEqual(['CPI'])
  expect(tradingTimeWeights(options, 'AAPL')).toEqual({
    overnightFraction: 0.17,
    closedDayWeight: 0,
    events: [
      { name: 'CPI', date: '2026-06-10', time: '08:30', weightDays: 1 },
      { name: 'earnings', date: '2026-07-30', time: null, weightDays: 3 },
    ],
  })
})
