import { expect, test } from 'vitest'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { expiryDate, sessionDate } from '../../../src/market/units.ts'
import { randomOf } from '../../faults/campaign.ts'
import { makeSlot } from '../../faults/numbers/quarter.ts'
import { SCENARIOS } from '../../faults/numbers/scenarios.ts'
import { figuresOf } from '../../faults/numbers/slot-errors.ts'
import { trueModelFree } from '../../faults/numbers/true-figures.ts'

test.each([
  ['2026-11-16', ['20261211', '20261218'], 'fund, pv_dividend with the ex-date of the settings'],
  ['2026-11-23', ['20261218', '20261224'], 'fund, pv_dividend with the ex-date of the settings'],
])('%s, %j, %s: the model-free volatility has no early exercise in it', (day, expiries, name) => {
  const { market, told, faults } = SCENARIOS.find((one) => one.name === name)!
  const listing = {
    ...{ strikeStep: 5, nearFraction: 0.25, wingFraction: 0.25, withPvDividend: true, faults },
    grid: { prices: 200, times: 60 },
  }
  const at = newYorkInstant(sessionDate(day), '12:00')
  const slot = makeSlot(market, listing, {
    ...{ at, spot: market.spot, expiries: expiries.map((one) => expiryDate(one)), random: randomOf(1) },
  })
  const { mfiv30 } = figuresOf(market, slot, told).metrics.figures
  expect(mfiv30.reason).toBeNull()
  expect(Math.abs(mfiv30.value! - 100 * trueModelFree(market, 30 / 365))).toBeLessThan(0.03)
})
