import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Right } from '../../../src/market/contract.ts'
import { blackScholesPrice } from '../../../src/market/pricing/european.ts'
import { impliedVol } from '../../../src/market/pricing/implied-vol.ts'
import { leastValue } from '../../../src/market/pricing/least-value.ts'
import { leisenReimerPrice } from '../../../src/market/pricing/leisen-reimer.ts'
import type { PricedOption } from '../../../src/market/pricing/option.ts'
import { smoothAmericanPrice } from '../../../src/market/pricing/smooth-american.ts'
import { treePrice } from '../../../src/market/pricing/tree.ts'

describe('published values', () => {
  /** Finite differences in F. Longstaff, E. Schwartz, "Valuing American Options by Simulation", 2001, table 1. */
  test.each([
    [36, 0.2, 1, 4.478],
    [36, 0.4, 1, 7.101],
    [38, 0.2, 1, 3.25],
    [40, 0.2, 1, 2.314],
    [42, 0.2, 1, 1.617],
    [44, 0.2, 1, 1.11],
  ])(
    'a put at 40 on a stock at %d, volatility %d, exercised fifty times a year: %d',
    (spot, vol, years, price) => {
      const put = { right: 'P', spot, strike: 40, years, volFraction: vol, rateFraction: 0.06 } as const
      // Ours may be exercised twice as often.
      expect(smoothAmericanPrice(put)!).toBeGreaterThan(price)
      expect(smoothAmericanPrice(put)!).toBeLessThan(price + 0.005)
    },
  )

  /** J. Hull, "Options, Futures, and Other Derivatives", chapter on basic numerical procedures: a tree of 500 steps. */
  test('a put at the money for five months', () => {
    const put = {
      right: 'P',
      spot: 50,
      strike: 50,
      years: 5 / 12,
      volFraction: 0.4,
      rateFraction: 0.1,
    } as const
    expect(smoothAmericanPrice(put)).toBeCloseTo(4.283, 3)
  })

  /** E. Haug, "The Complete Guide to Option Pricing Formulas", 2007, formula of Roll, Geske and Whaley. */
  test('a call on a stock with one dividend', () => {
    const call = {
      right: 'C',
      spot: 80,
      strike: 82,
      years: 1 / 3,
      volFraction: 0.3,
      rateFraction: 0.06,
      dividends: [{ years: 0.25, amount: 4 }],
    } as const
    expect(smoothAmericanPrice(call)).toBeCloseTo(4.386, 2)
    expect(leisenReimerPrice(call, 4_001)).toBeCloseTo(4.386, 3)
    expect(blackScholesPrice(call)).toBeCloseTo(3.5107, 4)
  })
})

const SPOT = 680
/** Strikes within a standard deviation of the money, and how the options of an expiration go on. */
function chainOf(days: number, volFraction: number, right: Right, isPaying: boolean): PricedOption[] {
  const years = days / 365
  const dividends = isPaying ? [{ years: years * 0.37, amount: 1.9 }] : []
  return Array.from({ length: 15 }, (_, at) => ({
    ...{ right, spot: SPOT, years, volFraction, rateFraction: 0.04, dividends },
    strike: SPOT * Math.exp(((at - 7) / 7) * volFraction * Math.sqrt(years)),
  }))
}
const chains = [1, 7, 30, 45].flatMap((days) =>
  [0.1, 0.2, 0.5].flatMap((vol) =>
    ([true, false] as const).flatMap((isPaying) => [
      chainOf(days, vol, 'P', isPaying),
      ...(isPaying ? [chainOf(days, vol, 'C', true)] : []),
    ]),
  ),
)
/** Volatility points by which a model's price is off. */
const pointsOff = (option: PricedOption, price: number) => {
  const wilder = { ...option, volFraction: option.volFraction + 0.01 }
  const vega = blackScholesPrice(wilder)! - blackScholesPrice(option)!
  return (price - leisenReimerPrice(option, 4_001)!) / vega
}

describe('near the money, up to 45 days', () => {
  const smooth = chains.map((chain) => chain.map((one) => pointsOff(one, smoothAmericanPrice(one)!)))
  const sawtooth = (errors: readonly number[]) =>
    errors.slice(2).map((right, at) => Math.abs(errors[at + 1]! - (errors[at]! + right) / 2))

  test('it is within 0.03 volatility points of a tree of 4,001 steps', () => {
    const errors = smooth.flat().map(Math.abs)
    expect(Math.max(...errors)).toBeLessThan(0.03)
  })

  test('it does not saw between strikes, as the tree of IB does', () => {
    expect(Math.max(...smooth.flatMap(sawtooth))).toBeLessThan(0.01)
    const [chain] = chains
    const tree = sawtooth(chain!.map((one) => pointsOff(one, treePrice(one)!)))
    expect(Math.max(...tree)).toBeGreaterThan(0.02)
  })
})

const drawn = fc.record({
  right: fc.constantFrom<Right>('C', 'P'),
  spot: fc.double({ min: 5, max: 7_000, noNaN: true }),
  moneyness: fc.double({ min: 0.7, max: 1.4, noNaN: true }),
  years: fc.double({ min: 1e-3, max: 2, noNaN: true }),
  volFraction: fc.double({ min: 0.05, max: 2, noNaN: true }),
  rateFraction: fc.double({ min: -0.01, max: 0.1, noNaN: true }),
  isOnFuture: fc.boolean(),
  exShare: fc.double({ min: 0.001, max: 1, noNaN: true }),
  amountShare: fc.constantFrom(0, 0.003, 0.05),
})
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never
const optionOf = ({ moneyness, exShare, amountShare, isOnFuture, ...one }: Drawn): PricedOption => ({
  ...one,
  strike: one.spot * moneyness,
  yieldFraction: isOnFuture ? one.rateFraction : 0,
  dividends:
    amountShare === 0 || isOnFuture ? [] : [{ years: one.years * exShare, amount: one.spot * amountShare }],
})

describe('whatever the option', () => {
  test('it is worth at least what is certain and what a European one is, and no more than what it is on', () => {
    fc.assert(
      fc.property(drawn, (one) => {
        const option = optionOf(one)
        const price = smoothAmericanPrice(option)!
        const rounding = 1e-5 * option.spot
        expect(price).toBeGreaterThanOrEqual(leastValue(option) - rounding)
        expect(price).toBeGreaterThanOrEqual(blackScholesPrice(option)! - rounding)
        const most = option.right === 'C' ? option.spot : option.strike
        const grown = Math.exp(Math.max(0, -option.rateFraction) * option.years)
        expect(price).toBeLessThanOrEqual(most * grown + rounding)
      }),
      { numRuns: 1_000, seed: 20_261_122 },
    )
  })

  test('more volatility is never worth less, and twice the size is worth twice as much', () => {
    fc.assert(
      fc.property(drawn, (one) => {
        const option = optionOf(one)
        const price = smoothAmericanPrice(option)!
        const wilder = smoothAmericanPrice({ ...option, volFraction: option.volFraction * 1.1 })!
        expect(wilder).toBeGreaterThanOrEqual(price - 1e-5 * option.spot)
        const double = smoothAmericanPrice({
          ...option,
          spot: 2 * option.spot,
          strike: 2 * option.strike,
          dividends: (option.dividends ?? []).map(({ years, amount }) => ({ years, amount: 2 * amount })),
        })!
        expect(Math.abs(double - 2 * price)).toBeLessThan(1e-9 * option.spot)
      }),
      { numRuns: 500, seed: 20_261_123 },
    )
  })

  test('its volatility is found again', () => {
    let solved = 0
    fc.assert(
      fc.property(drawn, (one) => {
        const option = optionOf(one)
        const price = smoothAmericanPrice(option)!
        const found = impliedVol(option, price, { model: 'smooth' })
        if (found.volFraction === null) return
        solved++
        const again = smoothAmericanPrice({ ...option, volFraction: found.volFraction })!
        expect(Math.abs(again - price)).toBeLessThanOrEqual(1e-6)
      }),
      { numRuns: 500, seed: 20_261_124 },
    )
    expect(solved).toBeGreaterThan(250)
  })
})

test('impossible inputs give null, never NaN', () => {
  const sound: PricedOption = {
    ...{ right: 'P', spot: 100, strike: 100, years: 0.1 },
    volFraction: 0.2,
    rateFraction: 0.04,
  }
  const broken: Partial<PricedOption>[] = [
    { years: 0 },
    { volFraction: 0 },
    { volFraction: Number.NaN },
    { spot: 0 },
    { strike: -5 },
    { dividends: [{ years: 0.05, amount: 120 }] },
  ]
  expect(smoothAmericanPrice(sound)).toBeGreaterThan(0)
  for (const fault of broken) expect(smoothAmericanPrice({ ...sound, ...fault })).toBeNull()
})
