import { describe, expect, test } from 'vitest'
import { strikeOfDelta, volAtLogMoneyness } from '../../../src/analytics/surface/delta-strike.ts'
import { fitSurface } from '../../../src/analytics/surface/fit-surface.ts'
import {
  expirationSmile,
  type MaturitySmile,
  maturitySmile,
} from '../../../src/analytics/surface/maturity.ts'
import type { SurfaceSlice } from '../../../src/analytics/surface/surface.ts'
import { createTradingClock } from '../../../src/analytics/trading-time.ts'
import { makeChain, range, SLOT, spyChain } from '../chains.ts'

/** A volatility of 20 % at all strikes, a year from now. */
const LEVEL: MaturitySmile = {
  years: 1,
  quoted: { from: -0.5, to: 0.5 },
  totalVarianceAt: (k) => (Math.abs(k) <= 0.5 ? 0.04 : null),
}
const CLOCK = createTradingClock({ overnightFraction: 0.2, closedDayWeight: 0, events: [] })

describe('the strike of a delta', () => {
  test('is that of the forward delta of a level smile', () => {
    // N(d1) = 0.25 at d1 = −0.67449, so k = s²/2 + 0.67449·s for the call and s²/2 − 0.67449·s for the put.
    expect(strikeOfDelta(LEVEL, 'C', 0.25).value?.k).toBeCloseTo(0.02 + 0.6744897501960817 * 0.2, 10)
    expect(strikeOfDelta(LEVEL, 'P', 0.25).value?.k).toBeCloseTo(0.02 - 0.6744897501960817 * 0.2, 10)
    expect(strikeOfDelta(LEVEL, 'P', 0.1).value?.k).toBeCloseTo(0.02 - 1.2815515655446004 * 0.2, 10)
    expect(strikeOfDelta(LEVEL, 'C', 0.5).value?.k).toBeCloseTo(0.02, 10)
    expect(strikeOfDelta(LEVEL, 'P', 0.5).value?.k).toBeCloseTo(0.02, 10)
    expect(strikeOfDelta(LEVEL, 'C', 0.25).value?.volFraction).toBeCloseTo(0.2, 12)
  })

  test('is absent where the quotes do not reach', () => {
    expect(strikeOfDelta(LEVEL, 'C', 0.001)).toEqual({ value: null, reason: 'outside_quotes' })
    expect(strikeOfDelta(LEVEL, 'P', 0)).toEqual({ value: null, reason: 'outside_quotes' })
    expect(volAtLogMoneyness(LEVEL, 0.51)).toEqual({ value: null, reason: 'outside_quotes' })
    expect(volAtLogMoneyness(LEVEL, 0.1).value?.volFraction).toBeCloseTo(0.2, 12)
  })
})

describe('a smile between two expirations', () => {
  const rows = makeChain({
    expiries: ['20261204', '20261218', '20270115'],
    strikes: range(600, 760, 5),
    vol: (strike, days) => 0.16 + 0.0005 * days - 0.2 * Math.log(strike / 682),
    greeks: false,
  })
  const chain = spyChain(rows, SLOT)
  const { slices } = fitSurface({ chain, carry: { rateFraction: 0.04, dividends: [] } })
  const at = (days: number) => maturitySmile(slices, { slot: SLOT, days, clock: CLOCK })
  const [first, second] = slices as [SurfaceSlice, SurfaceSlice]

  test('is that of an expiration at its own time', () => {
    const own = at((second.expiresAt - SLOT) / 86_400_000).value
    const variance = expirationSmile(second.smile.value!).totalVarianceAt(-0.03)
    expect(own?.totalVarianceAt(-0.03)).toBeCloseTo(variance!, 12)
    expect(own?.between.map(({ expiry }) => expiry)).toEqual(['20261218', '20261218'])
  })

  test('has the total variance that trading days give, whatever the weekend', () => {
    const own = at(21).value!
    expect(own.between.map(({ expiry }) => expiry)).toEqual(['20261204', '20261218'])
    const whole = CLOCK.daysBetween(first.expiresAt, second.expiresAt)
    const share = CLOCK.daysBetween(first.expiresAt, (SLOT + 21 * 86_400_000) as typeof SLOT) / whole
    const [low, high] = [first, second].map((one) => expirationSmile(one.smile.value!).totalVarianceAt(0)!)
    expect(own.totalVarianceAt(0)).toBeCloseTo(low! + share * (high! - low!), 12)
    // A Sunday is the Friday before in trading days.
    const [saturday, sunday] = [at(22), at(23)].map((one) => one.value!.totalVarianceAt(0)!)
    expect(sunday! / saturday! - 1).toBeLessThan(0.01)
  })

  test('is absent before the first and after the last expiration, and where one of the two is not quoted', () => {
    expect(at(7)).toEqual({ value: null, reason: 'no_bracket' })
    expect(at(90)).toEqual({ value: null, reason: 'no_bracket' })
    expect(at(21).value!.totalVarianceAt(-0.3)).toBeNull()
  })
})
