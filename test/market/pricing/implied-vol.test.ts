import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Right } from '../../../src/market/contract.ts'
import { impliedGreeks, impliedVol } from '../../../src/market/pricing/implied-vol.ts'
import type { UnpricedOption } from '../../../src/market/pricing/option.ts'
import { treeGreeks, treePrice } from '../../../src/market/pricing/tree.ts'

const drawn = fc.record({
  right: fc.constantFrom<Right>('C', 'P'),
  spot: fc.double({ min: 20, max: 900, noNaN: true }),
  moneyness: fc.double({ min: 0.6, max: 1.4, noNaN: true }),
  years: fc.double({ min: 0.5 / 365, max: 1, noNaN: true }),
  volFraction: fc.double({ min: 0.05, max: 2, noNaN: true }),
  rateFraction: fc.double({ min: -0.01, max: 0.08, noNaN: true }),
  dividend: fc.option(fc.double({ min: 0.01, max: 0.01, noNaN: true }), { nil: null }),
})
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never

function optionOf({ right, spot, moneyness, years, rateFraction, dividend }: Drawn): UnpricedOption {
  const dividends = dividend === null ? [] : [{ years: years / 2, amount: dividend * spot }]
  return { right, spot, strike: spot * moneyness, years, rateFraction, dividends }
}

describe('the implied volatility undoes the price', () => {
  test('it reproduces the price to a millionth of a dollar, and the volatility where the price depends on it', () => {
    let solved = 0
    fc.assert(
      fc.property(drawn, (one) => {
        const option = optionOf(one)
        const greeks = treeGreeks({ ...option, volFraction: one.volFraction })
        if (!greeks) return
        const found = impliedVol(option, greeks.price)
        if (found.volFraction === null) {
          // A price that changes by less than a hundredth of a cent per point does not determine a volatility.
          expect(['no_price', 'no_time_value', 'below_intrinsic']).toContain(found.reason)
          expect(greeks.vega).toBeLessThan(1e-4)
          return
        }
        solved++
        const again = treePrice({ ...option, volFraction: found.volFraction })!
        expect(Math.abs(again - greeks.price)).toBeLessThanOrEqual(1e-6)
        // Vega is per point; one point is 0.01.
        const telling = greeks.vega > 1e-3 ? Math.abs(found.volFraction - one.volFraction) : 0
        expect(telling).toBeLessThan(1e-4)
      }),
      { numRuns: 600, seed: 20_261_120 },
    )
    expect(solved).toBeGreaterThan(250)
  })

  test('a call on the underlying at the strike is a put on the strike at the underlying, at a rate of zero', () => {
    fc.assert(
      fc.property(drawn, (one) => {
        const call = { ...optionOf({ ...one, dividend: null }), right: 'C', rateFraction: 0 } as const
        const put = { ...call, right: 'P', spot: call.strike, strike: call.spot } as const
        const { volFraction } = one
        const difference = treePrice({ ...call, volFraction })! - treePrice({ ...put, volFraction })!
        expect(Math.abs(difference)).toBeLessThan(1e-9 * call.spot)
      }),
    )
  })

  test('its greeks are those of the tree at that volatility', () => {
    const option = { right: 'P', spot: 540, strike: 530, years: 0.08, rateFraction: 0.05 } as const
    const truth = treeGreeks({ ...option, volFraction: 0.17 })!
    const found = impliedGreeks(option, truth.price)
    expect(found.volFraction).toBeCloseTo(0.17, 6)
    expect(found.greeks?.delta).toBeCloseTo(truth.delta, 6)
    expect(found.greeks?.vega).toBeCloseTo(truth.vega, 6)
  })
})

const base: UnpricedOption = { right: 'C', spot: 100, strike: 90, years: 0.1, rateFraction: 0.04 }
test.each<[string, Partial<UnpricedOption>, number | null, string]>([
  ['a missing price', {}, null, 'no_price'],
  ['a price of zero', {}, 0, 'no_price'],
  ['a price that is not a number', {}, Number.NaN, 'no_price'],
  ['no time left', { years: 0 }, 10, 'expired'],
  ['a price below exercise', {}, 9.9, 'below_intrinsic'],
  ['a price below what waiting alone is worth', {}, 10.1, 'below_intrinsic'],
  ['a put at exactly what exercise gives', { right: 'P', strike: 130 }, 30, 'no_time_value'],
  ['a price above the underlying', {}, 101, 'no_convergence'],
  ['an underlying without a price', { spot: 0 }, 5, 'no_convergence'],
  ['a dividend above the underlying', { dividends: [{ years: 0.05, amount: 150 }] }, 12, 'no_convergence'],
])('%s has no implied volatility, and says why', (_, change, price, reason) => {
  expect(impliedVol({ ...base, ...change }, price)).toEqual({ volFraction: null, reason })
  expect(impliedGreeks({ ...base, ...change }, price)).toEqual({ volFraction: null, greeks: null, reason })
})
