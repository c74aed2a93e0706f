import { expect, test } from 'vitest'
import { newYorkInstant, yearsBetween } from '../../../src/market/calendar.ts'
import { europeanGreeks } from '../../../src/market/pricing/european.ts'
import { sessionDate } from '../../../src/market/units.ts'
import { syntheticMarket } from '../../../src/simulator/market/synthetic/synthetic.ts'
import { CALCULATOR_REQUESTS } from '../../../src/simulator/requests/option-calculator.ts'
import { bench, recordingClient } from './recording-client.ts'

test('the calculator prices an option on an index as a European one, until its settlement', () => {
  const market = syntheticMarket({ seed: 7, asOf: newYorkInstant(sessionDate('2026-11-20'), '12:00') })
  const { state, clock } = bench(market)
  const client = recordingClient(CALCULATOR_REQUESTS, state)
  const [put] = market
    .find({ symbol: 'SPX', tradingClass: 'SPX', expiry: '20261217', right: 'P' })
    .filter(({ strike }) => strike > 7_000)
  const byId = [put!.conId, '', '', '', 0, '', '', 'SMART', '', '', '', '']
  client.request(55, 3, 1, ...byId, 0.2, 6_275, 0, '')
  const model = europeanGreeks({
    ...{ right: 'P', spot: 6_275, strike: put!.strike, volFraction: 0.2, rateFraction: 0.04 },
    years: yearsBetween(clock.now(), newYorkInstant(sessionDate('2026-12-18'), '09:30')),
  })
  const price = Number(client.taken()[0]?.[6])
  expect(price).toBeCloseTo(model!.price, 9)
  // Worth less than at once: it cannot be exercised early.
  expect(price).toBeLessThan(put!.strike - 6_275)
})
