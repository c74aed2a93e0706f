import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Right } from '../../../src/market/contract.ts'
import type { PricedOption } from '../../../src/market/pricing/option.ts'
import { treeGreeks, treePrice } from '../../../src/market/pricing/tree.ts'

const options = fc.record({
  spot: fc.double({ min: 50, max: 1000, noNaN: true }),
  moneyness: fc.double({ min: 0.7, max: 1.3, noNaN: true }),
  years: fc.double({ min: 1 / 365, max: 2, noNaN: true }),
  volFraction: fc.double({ min: 0.08, max: 1.5, noNaN: true }),
  rateFraction: fc.double({ min: 0, max: 0.06, noNaN: true }),
})
type Drawn = typeof options extends fc.Arbitrary<infer T> ? T : never
const asOption = (drawn: Drawn, right: Right): PricedOption => ({
  ...drawn,
  right,
  strike: drawn.spot * drawn.moneyness,
})
const close = 1e-9

describe('what must hold for every American option', () => {
  test('call less put lies between spot less strike and spot less the discounted strike', () => {
    fc.assert(
      fc.property(options, (drawn) => {
        const call = asOption(drawn, 'C')
        const difference = treePrice(call)! - treePrice(asOption(drawn, 'P'))!
        const discounted = call.strike * Math.exp(-drawn.rateFraction * drawn.years)
        expect(difference).toBeGreaterThanOrEqual(drawn.spot - call.strike - close * drawn.spot)
        expect(difference).toBeLessThanOrEqual(drawn.spot - discounted + close * drawn.spot)
      }),
    )
  })

  test('a price is never below intrinsic, and greeks have their signs', () => {
    fc.assert(
      fc.property(options, fc.constantFrom<Right>('C', 'P'), (drawn, right) => {
        const option = asOption(drawn, right)
        const greeks = treeGreeks(option)!
        const intrinsic = Math.max(0, (right === 'C' ? 1 : -1) * (option.spot - option.strike))
        expect(greeks.price).toBeGreaterThanOrEqual(intrinsic - close * drawn.spot)
        expect(right === 'C' ? greeks.delta : -greeks.delta).toBeGreaterThanOrEqual(-close)
        expect(Math.abs(greeks.delta)).toBeLessThanOrEqual(1 + close)
        expect(greeks.gamma).toBeGreaterThanOrEqual(-close)
        expect(greeks.vega).toBeGreaterThanOrEqual(-close * drawn.spot)
      }),
    )
  })

  test('a day takes no more than the time value left, on the last day either', () => {
    fc.assert(
      fc.property(options, fc.constantFrom<Right>('C', 'P'), fc.boolean(), (drawn, right, isLastDay) => {
        const years = isLastDay ? drawn.years / 1_000 : drawn.years
        const option = { ...asOption(drawn, right), years }
        const greeks = treeGreeks(option)
        if (!greeks) return
        const { spot, strike, rateFraction } = option
        const owed = strike * Math.exp(-rateFraction * years)
        const least = right === 'C' ? spot - owed : strike - spot
        expect(greeks.theta).toBeGreaterThanOrEqual(Math.max(0, least) - greeks.price - close * spot)
      }),
    )
  })

  test('more volatility or a better strike is never worth less', () => {
    fc.assert(
      fc.property(options, fc.constantFrom<Right>('C', 'P'), (drawn, right) => {
        const option = asOption(drawn, right)
        const price = treePrice(option)!
        const wilder = treePrice({ ...option, volFraction: option.volFraction * 1.1 })!
        const worse = treePrice({ ...option, strike: option.strike * (right === 'C' ? 1.02 : 0.98) })!
        expect(wilder).toBeGreaterThanOrEqual(price - close * drawn.spot)
        expect(worse).toBeLessThanOrEqual(price + close * drawn.spot)
      }),
    )
  })
})

describe('dividends', () => {
  const base: Omit<PricedOption, 'right'> = {
    spot: 100,
    strike: 100,
    years: 0.25,
    volFraction: 0.2,
    rateFraction: 0.04,
  }

  test('a dividend before expiry makes the call cheaper and the put dearer', () => {
    const dividends = [{ years: 0.1, amount: 1.5 }]
    expect(treePrice({ ...base, right: 'C', dividends })!).toBeLessThan(
      treePrice({ ...base, right: 'C' })! - 0.5,
    )
    expect(treePrice({ ...base, right: 'P', dividends })!).toBeGreaterThan(
      treePrice({ ...base, right: 'P' })! + 0.5,
    )
  })

  test('a dividend after expiry changes nothing', () => {
    const dividends = [{ years: 0.26, amount: 1.5 }]
    expect(treePrice({ ...base, right: 'C', dividends })).toBe(treePrice({ ...base, right: 'C' }))
  })

  test('a deep call is exercised just before a large dividend and so never falls below its intrinsic value', () => {
    const dividends = [{ years: 0.01, amount: 3 }]
    const deep: PricedOption = { ...base, right: 'C', strike: 60, dividends }
    expect(treePrice(deep)!).toBeGreaterThanOrEqual(40)
    expect(treePrice(deep)!).toBeLessThan(40.2)
  })
})

test('impossible inputs give null, never NaN', () => {
  const sound: PricedOption = {
    right: 'P',
    spot: 100,
    strike: 100,
    years: 0.1,
    volFraction: 0.2,
    rateFraction: 0.04,
  }
  const broken: Partial<PricedOption>[] = [
    { years: 0 },
    { years: -1 },
    { volFraction: 0 },
    { volFraction: Number.NaN },
    { volFraction: 1e-4 },
    { spot: 0 },
    { strike: -5 },
    { dividends: [{ years: 0.05, amount: 120 }] },
  ]
  expect(treeGreeks(sound)).not.toBeNull()
  for (const fault of broken) expect(treeGreeks({ ...sound, ...fault })).toBeNull()
})
