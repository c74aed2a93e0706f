import { expect, test } from 'vitest'
import { faultsOf, latestDemoDate, neighboursOf, planDemo } from '../../../src/daemon/demo/demo-day.ts'
import { newYorkInstant, newYorkTime, sessionOn, type TradingSession } from '../../../src/market/calendar.ts'
import { sessionDate } from '../../../src/market/units.ts'
import { crash } from '../../../src/simulator/market/crashes.ts'

const grid = { intervalSeconds: 300, afterClose: false }
const session = (date: string) => sessionOn(sessionDate(date)) as TradingSession
const planned = (date: string, wholeSessions = 0) => planDemo(session(date), { wholeSessions, grid })

test('the last session that is over is played on any day', () => {
  const at = (date: string, clock: string) => newYorkInstant(sessionDate(date), clock)
  expect(latestDemoDate(at('2026-11-22', '12:00'))).toBe('2026-11-20')
  // While the session of a day is in progress, that of the day before.
  expect(latestDemoDate(at('2026-11-23', '11:00'))).toBe('2026-11-20')
  expect(latestDemoDate(at('2026-11-23', '20:00'))).toBe('2026-11-23')
})

test('a demo begins before a slot that nothing stored is later than, with the crash soon after', () => {
  const day = planned('2026-11-20')
  expect(newYorkTime(day.startAt)).toBe('09:39')
  expect(day.stored.map(newYorkTime)).toEqual(['09:30', '09:35'])
  expect(newYorkTime(day.crashAt)).toBe('09:50')
  expect(day.before.map(({ session: { date }, slots }) => [date, slots.length])).toEqual([['2026-11-19', 4]])
  expect(newYorkTime(day.overAt)).toBe('16:35')
})

test('whole sessions come before it when they are asked for, over holidays and early closes', () => {
  const day = planned('2026-11-30', 2)
  expect(day.before.map(({ session: { date }, slots }) => [date, slots.length])).toEqual([
    ['2026-11-25', 78],
    ['2026-11-27', 42],
  ])
})

test('a day with an early close is long enough for the crash', () => {
  const day = planned('2026-11-27')
  expect(crash.safeParse(day.crash).success).toBe(true)
  expect(newYorkTime(day.overAt)).toBe('13:35')
})

test('one slot before is missing and one partial, both among those that are stored', () => {
  const day = planned('2026-11-20')
  const faults = faultsOf(day, ['SPY', 'QQQ'])
  expect(faults.map(({ symbol, slot, reason }) => [symbol, newYorkTime(slot), reason])).toEqual([
    ['SPY', '15:45', 'gateway_restart'],
    ['QQQ', '15:45', 'gateway_restart'],
    ['QQQ', '15:50', 'deadline'],
  ])
})

test('the neighbours of a day without a session are trading days', () => {
  expect(neighboursOf(sessionDate('2026-11-26'))).toEqual(['2026-11-25', '2026-11-27'])
  expect(neighboursOf(sessionDate('2026-11-22'))).toEqual(['2026-11-20', '2026-11-23'])
})
