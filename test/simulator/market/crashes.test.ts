import { expect, test } from 'vitest'
import { newYorkInstant, sessionOn, type TradingSession } from '../../../src/market/calendar.ts'
import { epochMs, sessionDate } from '../../../src/market/units.ts'
import { crashes } from '../../../src/simulator/market/crashes.ts'
import { INDEX_ETF } from '../../../src/simulator/market/instruments.ts'
import { marketPath, momentIn } from '../../../src/simulator/market/synthetic/path.ts'
import { simulatorOptions } from '../../../src/simulator/options.ts'

const DATE = sessionDate('2026-11-20')
const session = sessionOn(DATE) as TradingSession
const at = (clock: string) => momentIn(session, newYorkInstant(DATE, clock))
const fall = { date: DATE, at: '10:30', fallFraction: 0.07, fallMinutes: 15 }
const crashed = marketPath(3, crashes.parse([fall]))
const calm = marketPath(3)

test('a market with a crash falls, rebounds, and is where it would have been at the close', () => {
  const ratio = (clock: string) => crashed.price(INDEX_ETF, at(clock)) / calm.price(INDEX_ETF, at(clock))
  expect(ratio('10:30')).toBe(1)
  expect(ratio('10:45')).toBeCloseTo(0.93, 4)
  // Six tenths of the way, as a log return.
  expect(ratio('11:15')).toBeCloseTo(0.93 ** 0.4, 3)
  expect(ratio('16:00')).toBe(1)
  expect(ratio('10:35')).toBeGreaterThan(ratio('10:40'))
  expect(ratio('13:00')).toBeLessThan(ratio('15:00'))
  const next = sessionOn(sessionDate('2026-11-23')) as TradingSession
  const nextNoon = momentIn(next, newYorkInstant(next.date, '12:00'))
  expect(crashed.price(INDEX_ETF, nextNoon)).toBe(calm.price(INDEX_ETF, nextNoon))
})

test('volatility rises with the fall and comes back', () => {
  const vix = (clock: string) => crashed.volatilityIndex(at(clock))
  expect(vix('10:45')).toBeGreaterThan(1.4 * vix('10:29'))
  expect(vix('10:45')).toBeLessThan(37)
  expect(vix('16:00')).toBe(calm.volatilityIndex(at('16:00')))
})

test('single seconds of a crash are those of the whole day', () => {
  const prices = crashed.prices(INDEX_ETF, session)
  const vols = crashed.vols(INDEX_ETF, session)
  for (const second of [0, 3_599, 3_600, 4_000, 4_499, 4_501, 6_000, 6_301, 12_345, 23_400]) {
    const moment = momentIn(session, epochMs(session.openAt + second * 1_000))
    expect(prices[second]).toBe(crashed.price(INDEX_ETF, moment))
    expect(vols[second]).toBe(crashed.vol(INDEX_ETF, moment))
  }
})

test.each([
  [{ ...fall, date: '2026-11-21' }, 'must be a trading day such as 2026-11-20'],
  [{ ...fall, at: '25:00' }, 'must be a New York time such as 10:30'],
  [{ ...fall, at: '09:29' }, 'must begin in the session and rebound before its close'],
  [{ ...fall, at: '15:15' }, 'must begin in the session and rebound before its close'],
  [{ ...fall, date: '2026-11-27', at: '12:30' }, 'must begin in the session and rebound before its close'],
])('a crash that cannot be is refused: %j', (wrong, message) => {
  const { error } = simulatorOptions.safeParse({ crashes: [wrong] })
  expect(error?.issues.map((issue) => issue.message)).toContain(message)
})

test('a second crash of one day is refused', () => {
  const { error } = simulatorOptions.safeParse({ crashes: [fall, fall] })
  expect(error?.issues[0]?.message).toBe('must be one a day')
})
