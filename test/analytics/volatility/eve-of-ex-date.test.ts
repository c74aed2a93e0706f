import { expect, test } from 'vitest'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { expiryDate, sessionDate } from '../../../src/market/units.ts'
import { randomOf } from '../../faults/campaign.ts'
import { makeSlot } from '../../faults/numbers/quarter.ts'
import { SCENARIOS } from '../../faults/numbers/scenarios.ts'
import { figuresOf } from '../../faults/numbers/slot-errors.ts'
import { trueForward } from '../../faults/numbers/true-market.ts'

/** The chain of 18 December, which is an ex-date, made by finite differences on the days before. */
function forwardOn(day: string, name: string) {
  const { market, told, faults, strikeStep } = SCENARIOS.find((one) => one.name === name)!
  const at = newYorkInstant(sessionDate(day), '11:00')
  const listing = {
    ...{ strikeStep, nearFraction: 0.006, wingFraction: 0, withPvDividend: true, faults },
    grid: { prices: 200, times: 80 },
  }
  const moment = { at, spot: market.spot, expiries: [expiryDate('20261218')], random: randomOf(1) }
  const slot = makeSlot(market, listing, moment)
  const [term] = figuresOf(market, slot, told).metrics.terms
  const truth = trueForward(market, at, { spot: market.spot, years: term!.days / 365 })
  return { ours: term!.forward.value!.forward, truth }
}

test.each([
  ['2026-12-14', 'fund, pv_dividend with the ex-date of the settings'],
  ['2026-12-17', 'fund, pv_dividend with the ex-date of the settings'],
  ['2026-12-15', 'stock that pays 1 % a quarter, pv_dividend with the ex-date'],
  ['2026-12-16', 'stock that pays 1 % a quarter, pv_dividend with the ex-date'],
  ['2026-12-17', 'stock that pays 1 % a quarter, pv_dividend with the ex-date'],
])('%s, %s: the forward is known although calls are about to be exercised', (day, name) => {
  const { ours, truth } = forwardOn(day, name)
  expect(Math.abs(ours - truth)).toBeLessThan(0.03)
})
