import { describe, expect, test } from 'vitest'
import { groupChain } from '../../../src/analytics/chain.ts'
import { volAt } from '../../../src/analytics/surface/evaluate.ts'
import { fitSurface } from '../../../src/analytics/surface/fit-surface.ts'
import type { FittedSmile } from '../../../src/analytics/surface/smile.ts'
import type { SurfaceSlice } from '../../../src/analytics/surface/surface.ts'
import { expiryTimesOf } from '../../../src/market/option-hours.ts'
import { violationsOf } from '../../support/surface-violations.ts'
import { makeChain, range, recordedChain, SLOT, spyChain } from '../chains.ts'

const CARRY = { rateFraction: 0.04, dividends: [] }

describe('a recorded chain of SPY with a dirty feed', () => {
  const { rows, at } = recordedChain()
  const fit = fitSurface({ chain: spyChain(rows, at), carry: { rateFraction: 0.0525, dividends: [] } })

  test('has smiles without arbitrage, or none with the reason', () => {
    expect(fit.slices).toHaveLength(36)
    expect(violationsOf(fit)).toEqual([])
    expect(fit.slices.filter(({ smile }) => smile.reason !== null)).toEqual([])
    for (const { smile } of fit.slices) {
      const { check } = smile.value as FittedSmile
      expect(check.points).toBeGreaterThanOrEqual(800)
      expect(check.leastDensity).toBeGreaterThanOrEqual(0)
      expect(check.leastCalendarGap ?? 0).toBeGreaterThanOrEqual(0)
    }
  })
})

describe('a made chain of which the smile is known', () => {
  const smileVol = (strike: number) => {
    const k = Math.log(strike / 682)
    return 0.17 - 0.25 * k + 0.9 * k * k
  }
  const rows = makeChain({
    expiries: ['20261204', '20261218', '20270115'],
    strikes: range(600, 760, 5),
    vol: smileVol,
    greeks: false,
  })
  const chain = groupChain(rows, { slot: SLOT, expiresAt: expiryTimesOf('SPY') })
  const fit = fitSurface({ chain, carry: CARRY })

  test('is found again, forward, volatility and skew', () => {
    for (const { parity, smile, minutes } of fit.slices) {
      const { forward, forwardError } = parity.value!
      const truth = 680 * Math.exp((0.04 * minutes) / 525_600)
      expect(Math.abs(forward - truth)).toBeLessThan(0.02)
      expect(forwardError).toBeLessThan(0.02)
      const own = smile.value!
      expect(own.atmVolFraction).toBeCloseTo(smileVol(truth), 3)
      const skew = (smileVol(truth * 1.001) - smileVol(truth / 1.001)) / (2 * Math.log(1.001))
      expect(Math.abs(own.skew - skew)).toBeLessThan(0.02)
      expect(violationsOf(fit)).toEqual([])
    }
  })

  test('has the carry of its own quotes though the underlying moved between the expirations', () => {
    const expiries = ['20261120', '20261204', '20261218']
    const moved = expiries.flatMap((expiry, at) =>
      makeChain({ expiries: [expiry], spot: 680 + at / 5, strikes: range(660, 700, 1), vol: () => 0.15 }),
    )
    const { slices } = fitSurface({ chain: spyChain(moved, SLOT), carry: CARRY })
    for (const { parity, minutes } of slices) {
      const { carryFraction, carryError } = parity.value!
      const years = minutes / 525_600
      expect(Math.abs((carryFraction as number) - 0.04)).toBeLessThan(
        1e-6 / years + 2 * (carryError as number),
      )
    }
  })

  test('is refused outside the range that was checked', () => {
    const own = (fit.slices[1] as SurfaceSlice).smile.value!
    expect(volAt(own, own.checked.to + 0.01)).toEqual({ value: null, reason: 'outside_checked_range' })
    expect(volAt(own, own.checked.from).reason).toBeNull()
  })
})
