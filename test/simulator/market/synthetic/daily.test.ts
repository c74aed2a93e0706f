import { expect, test } from 'vitest'
import { newYorkInstant } from '../../../../src/market/calendar.ts'
import type { Clock } from '../../../../src/market/clock.ts'
import { sessionDate } from '../../../../src/market/units.ts'
import { dailyMarket } from '../../../../src/simulator/market/synthetic/daily.ts'

test('a gateway that runs overnight lists the new day, and a contract keeps its id', () => {
  let now = newYorkInstant(sessionDate('2026-11-19'), '15:00')
  const clock: Clock = { now: () => now, monotonicMs: () => 0, sleep: async () => {}, machineMs: (ms) => ms }
  const market = dailyMarket(1, clock)
  const spy = market.find({ symbol: 'SPY', secType: 'STK' })[0]
  const listed = (expiry: string) =>
    market.find({ symbol: 'SPY', secType: 'OPT', tradingClass: 'SPY', expiry })
  const before = listed('20261218').map(({ conId }) => conId)
  expect(listed('20261119').length).toBeGreaterThan(50)
  now = newYorkInstant(sessionDate('2026-11-20'), '10:00')
  expect(listed('20261119')).toEqual([])
  expect(listed('20261218').map(({ conId }) => conId)).toEqual(expect.arrayContaining(before.slice(0, 20)))
  expect(market.chainRows(spy?.conId ?? 0)[0]?.expirations).not.toContain('20261119')
})
