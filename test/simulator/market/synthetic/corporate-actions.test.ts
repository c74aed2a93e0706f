import { expect, test } from 'vitest'
import { newYorkInstant } from '../../../../src/market/calendar.ts'
import { type EpochMs, sessionDate } from '../../../../src/market/units.ts'
import type { CorporateAction } from '../../../../src/simulator/market/corporate-actions.ts'
import { dailyMarket } from '../../../../src/simulator/market/synthetic/daily.ts'
import { syntheticMarket } from '../../../../src/simulator/market/synthetic/synthetic.ts'
import { simulatorOptions } from '../../../../src/simulator/options.ts'
import { manualClock } from '../../../support/manual-clock.ts'

const EX_DATE = sessionDate('2026-11-20')
const noon = newYorkInstant(EX_DATE, '12:00')
const plain = syntheticMarket({ seed: 7, asOf: noon })
const split = (shares: number, forOld = 1): CorporateAction => ({
  ...{ kind: 'split', symbol: 'AAPL', date: EX_DATE, shares, for: forOld },
})
const marketWith = (action: CorporateAction, asOf: EpochMs = noon) =>
  syntheticMarket({ seed: 7, asOf, actions: [action] })
type Market = ReturnType<typeof marketWith>

const apple = (market: Market) => market.find({ symbol: 'AAPL', secType: 'STK' })[0]!
const lastOf = (market: Market, at = noon) => market.quote(apple(market), at).last!
const classesOf = (market: Market) =>
  market
    .chainRows(apple(market).conId)
    .filter(({ exchange }) => exchange === 'SMART')
    .map(({ tradingClass, multiplier }) => `${tradingClass} ${multiplier}`)

test('after a split of three for two, what was listed before is in a class of 150 shares with lower strikes', () => {
  const market = marketWith(split(3, 2))
  expect(lastOf(market)).toBeCloseTo(lastOf(plain) / 1.5, 1)
  expect(classesOf(market)).toEqual(['AAPL 100', 'AAPL1 150'])
  const expiry = '20261218'
  const adjusted = market.find({ symbol: 'AAPL', tradingClass: 'AAPL1', expiry, right: 'C' })
  const before = plain.find({ symbol: 'AAPL', expiry, right: 'C' })
  expect(adjusted.length).toBeGreaterThan(10)
  for (const option of adjusted) {
    expect(option.localSymbol).toMatch(/^AAPL1 261218C/)
    expect(before.some(({ strike }) => Math.abs(strike / 1.5 - option.strike) < 0.006)).toBe(true)
    expect(market.byConId(option.conId)).toBe(option)
  }
  // Worth the same in both: 150 shares at two thirds of the strike, and 100 shares at the strike.
  const [near] = adjusted.filter(({ strike }) => Math.abs(strike / lastOf(market) - 1) < 0.02)
  const old = before.find(({ strike }) => Math.abs(strike / 1.5 - near!.strike) < 0.006)!
  const price = plain.quote(old, noon).greeks!.optionPrice!
  expect(1.5 * market.quote(near!, noon).greeks!.optionPrice!).toBeCloseTo(price, 1)
})

test('the standard class goes on with strikes around the new price, and all ids differ', () => {
  const market = marketWith(split(3, 2))
  const standard = market.find({ symbol: 'AAPL', tradingClass: 'AAPL', expiry: '20261218', right: 'C' })
  const spot = lastOf(market)
  expect(standard.some(({ strike }) => strike % 2.5 === 0 && Math.abs(strike / spot - 1) < 0.03)).toBe(true)
  const ids = market.find({ symbol: 'AAPL' }).map(({ conId }) => conId)
  expect(new Set(ids).size).toBe(ids.length)
})

test('a split into whole shares leaves standard contracts, some with odd strikes', () => {
  const market = marketWith(split(4))
  expect(classesOf(market)).toEqual(['AAPL 100'])
  expect(lastOf(market)).toBeCloseTo(lastOf(plain) / 4, 1)
  const strikes = market.find({ symbol: 'AAPL', expiry: '20261218', right: 'P' }).map(({ strike }) => strike)
  expect(new Set(strikes).size).toBe(strikes.length)
  expect(strikes.some((strike) => strike % 2.5 !== 0)).toBe(true)
})

test('history and the previous close are those of new shares', () => {
  const market = marketWith(split(4))
  const request = {
    startAt: newYorkInstant(sessionDate('2026-11-09'), '09:30'),
    endAt: noon,
    barSeconds: 86_400,
  }
  const closes = (of: Market) => of.bars(apple(of), 'TRADES', request).map(({ close }) => close)
  expect(closes(market)).toEqual(closes(plain).map((close) => Math.round(close * 25) / 100))
  expect(market.quote(apple(market), noon).close).toBe(closes(market).at(-1))
})

test('a special dividend lowers the price and the strikes, in the class or in one of its own', () => {
  const dividend: CorporateAction = {
    ...{ kind: 'special_dividend', symbol: 'AAPL', date: EX_DATE, dollars: 6.1 },
  }
  const market = marketWith(dividend)
  expect(lastOf(market)).toBeCloseTo(lastOf(plain) - 6.1, 6)
  const yesterday = newYorkInstant(sessionDate('2026-11-19'), '12:00')
  expect(lastOf(market, yesterday)).toBe(lastOf(plain, yesterday))
  expect(classesOf(market)).toEqual(['AAPL 100'])
  const [before] = plain.find({ symbol: 'AAPL', expiry: '20261218', right: 'C' })
  const strike = Math.round((before!.strike - 6.1) * 100) / 100
  expect(market.find({ symbol: 'AAPL', expiry: '20261218', right: 'C', strike })).toHaveLength(1)
  expect(classesOf(marketWith({ ...dividend, ownClass: true }))).toEqual(['AAPL 100', 'AAPL1 100'])
})

test('a gateway that runs over the day lists the adjusted class from its midnight on', () => {
  const clock = manualClock(newYorkInstant(sessionDate('2026-11-19'), '15:00'))
  const market = dailyMarket(7, clock, { actions: [split(3, 2)] })
  expect(classesOf(market)).toEqual(['AAPL 100'])
  const before = market.quote(apple(market), clock.now()).last!
  clock.setBy(20 * 3_600_000)
  expect(classesOf(market)).toEqual(['AAPL 100', 'AAPL1 150'])
  expect(market.quote(apple(market), clock.now()).last!).toBeLessThan(before * 0.75)
})

test('other symbols, two actions of one stock and dates that are none are refused', () => {
  const read = (...actions: object[]) => simulatorOptions.safeParse({ corporateActions: actions }).error
  const good = { kind: 'split', symbol: 'AAPL', date: '2026-12-16', shares: 4 }
  expect(read(good)).toBeUndefined()
  expect(read({ ...good, symbol: 'SPY' })).toBeDefined()
  expect(read(good, { ...good, shares: 2 })?.message).toContain('one of each symbol')
  expect(read({ ...good, date: '2026-02-30' })?.message).toContain('a date such as 2026-12-16')
})
