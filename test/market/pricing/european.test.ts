import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { europeanFloor, europeanGreeks } from '../../../src/market/pricing/european.ts'
import { impliedGreeks, impliedVol } from '../../../src/market/pricing/implied-vol.ts'
import type { PricedOption } from '../../../src/market/pricing/option.ts'
import { treeGreeks } from '../../../src/market/pricing/tree.ts'

/** Examples of E. Haug, "The Complete Guide to Option Pricing Formulas", which QuantLib's own tests also use. */
describe('published values', () => {
  const greeks = (option: PricedOption) => europeanGreeks(option)!

  test('a call on a stock that pays nothing', () => {
    const call = {
      right: 'C',
      spot: 60,
      strike: 65,
      years: 0.25,
      rateFraction: 0.08,
      volFraction: 0.3,
    } as const
    expect(greeks(call).price).toBeCloseTo(2.1334, 4)
  })

  test('a put on an index with a yield', () => {
    const put = {
      right: 'P',
      spot: 100,
      strike: 95,
      years: 0.5,
      rateFraction: 0.1,
      volFraction: 0.2,
    } as const
    expect(greeks({ ...put, yieldFraction: 0.05 }).price).toBeCloseTo(2.4648, 4)
  })

  test('options on a future: the yield is the rate', () => {
    const atFuture = {
      spot: 19,
      strike: 19,
      years: 0.75,
      rateFraction: 0.1,
      yieldFraction: 0.1,
      volFraction: 0.28,
    }
    expect(greeks({ ...atFuture, right: 'C' }).price).toBeCloseTo(1.7011, 4)
    expect(greeks({ ...atFuture, right: 'P' }).price).toBeCloseTo(1.7011, 4)
    const delta = {
      spot: 105,
      strike: 100,
      years: 0.5,
      rateFraction: 0.1,
      yieldFraction: 0.1,
      volFraction: 0.36,
    }
    expect(greeks({ ...delta, right: 'C' }).delta).toBeCloseTo(0.5946, 4)
    expect(greeks({ ...delta, right: 'P' }).delta).toBeCloseTo(-0.3566, 4)
  })

  test('gamma and vega, and theta by the calendar day', () => {
    const option = {
      right: 'C',
      spot: 55,
      strike: 60,
      years: 0.75,
      rateFraction: 0.1,
      volFraction: 0.3,
    } as const
    expect(greeks(option).gamma).toBeCloseTo(0.0278, 4)
    expect(greeks(option).vega).toBeCloseTo(0.189358, 6)
    const put = { right: 'P', spot: 430, strike: 405, years: 1 / 12, rateFraction: 0.07 } as const
    const { theta } = greeks({ ...put, yieldFraction: 0.05, volFraction: 0.2 })
    expect(theta).toBeCloseTo(-0.0855, 4)
    expect(theta * 365).toBeCloseTo(-31.1924, 4)
  })
})

const drawn = fc.record({
  right: fc.constantFrom('C' as const, 'P' as const),
  spot: fc.double({ min: 20, max: 7_000, noNaN: true }),
  moneyness: fc.double({ min: 0.7, max: 1.3, noNaN: true }),
  years: fc.double({ min: 1 / 365, max: 1, noNaN: true }),
  volFraction: fc.double({ min: 0.05, max: 2, noNaN: true }),
  rateFraction: fc.double({ min: -0.01, max: 0.08, noNaN: true }),
  yieldFraction: fc.double({ min: 0, max: 0.08, noNaN: true }),
})
const optionOf = ({ moneyness, ...one }: typeof drawn extends fc.Arbitrary<infer T> ? T : never) => ({
  ...one,
  strike: one.spot * moneyness,
  style: 'european' as const,
  dividends: [{ years: one.years / 2, amount: 0.004 * one.spot }],
})

describe('any European option', () => {
  test('its greeks are the slopes of its price', () => {
    fc.assert(
      fc.property(drawn, (one) => {
        const option = optionOf(one)
        const { delta, gamma, vega, theta } = europeanGreeks(option)!
        const at = (change: Partial<PricedOption>) => europeanGreeks({ ...option, ...change })!.price
        const step = option.spot * 1e-4
        const up = at({ spot: option.spot + step })
        const down = at({ spot: option.spot - step })
        expect(delta).toBeCloseTo((up - down) / (2 * step), 4)
        const scale = 1 / option.spot
        expect(gamma * option.spot).toBeCloseTo(((up - 2 * at({}) + down) / step ** 2) * option.spot, 1)
        const vols =
          at({ volFraction: option.volFraction + 1e-5 }) - at({ volFraction: option.volFraction - 1e-5 })
        expect(vega * scale).toBeCloseTo((vols / 2e-3) * scale, 5)
        // With the present value of the dividends held, as on the tree.
        const { dividends: _, ...plain } = option
        const fixed = europeanGreeks(plain)!
        const day = 1e-5
        const later = europeanGreeks({ ...plain, years: plain.years - day })!.price
        const sooner = europeanGreeks({ ...plain, years: plain.years + day })!.price
        const slope = (later - sooner) / (2 * day) / 365
        const left = fixed.price - europeanFloor(plain)
        expect(fixed.theta * scale).toBeCloseTo(Math.max(slope, -left) * scale, 5)
        expect(theta).toBeGreaterThanOrEqual(europeanFloor(option) - at({}))
      }),
      { numRuns: 200, seed: 20_261_215 },
    )
  })

  test('far in the wings it is worth its floor and never less, whatever rounds off', () => {
    const wings = fc.record({
      right: fc.constantFrom('C' as const, 'P' as const),
      strike: fc.double({ min: 1_000, max: 20_000, noNaN: true }),
      years: fc.double({ min: 1e-6, max: 0.1, noNaN: true }),
      volFraction: fc.double({ min: 0.05, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(wings, (one) => {
        const option = { ...one, spot: 6_800, rateFraction: 0.04 }
        const { price, delta, gamma, vega, theta } = europeanGreeks(option)!
        expect(price).toBeGreaterThanOrEqual(europeanFloor(option))
        for (const value of [delta, gamma, vega, theta]) expect(value).toSatisfy(Number.isFinite)
      }),
      { numRuns: 2_000, seed: 20_261_217 },
    )
  })

  test('call less put is what a forward at the strike is worth', () => {
    fc.assert(
      fc.property(drawn, (one) => {
        const option = optionOf(one)
        const [call, put] = (['C', 'P'] as const).map((right) => europeanGreeks({ ...option, right })!.price)
        const forward = (right: 'C' | 'P') => europeanFloor({ ...option, right })
        expect((call! - put! - forward('C') + forward('P')) / option.spot).toBeCloseTo(0, 12)
      }),
    )
  })

  test('the volatility is found again to a millionth of a dollar', () => {
    let solved = 0
    fc.assert(
      fc.property(drawn, (one) => {
        const option = optionOf(one)
        const { price, vega } = europeanGreeks(option)!
        const found = impliedGreeks(option, price)
        if (found.volFraction === null) {
          expect(vega).toBeLessThan(1e-4)
          return
        }
        solved++
        expect(Math.abs(found.greeks.price - price)).toBeLessThanOrEqual(1e-6)
        if (vega > 1e-2) expect(found.volFraction).toBeCloseTo(option.volFraction, 5)
      }),
      { numRuns: 400, seed: 20_261_216 },
    )
    expect(solved).toBeGreaterThan(200)
  })
})

test('a European put may be quoted below its exercise value, an American one may not', () => {
  const put = { right: 'P', spot: 6_000, strike: 7_000, years: 0.25, rateFraction: 0.04 } as const
  const worth = europeanGreeks({ ...put, volFraction: 0.16 })!.price
  expect(worth).toBeLessThan(1_000)
  expect(impliedVol({ ...put, style: 'european' }, worth).volFraction).toBeCloseTo(0.16, 6)
  expect(impliedVol(put, worth)).toEqual({ volFraction: null, reason: 'below_intrinsic' })
  expect(impliedVol({ ...put, style: 'european' }, 920)).toEqual({
    volFraction: null,
    reason: 'below_intrinsic',
  })
})

describe('American options on futures', () => {
  const future = {
    spot: 6_850,
    strike: 6_850,
    years: 0.25,
    rateFraction: 0.05,
    yieldFraction: 0.05,
    volFraction: 0.18,
  }

  test('at the futures price call and put are worth the same, and a little more than European ones', () => {
    const call = treeGreeks({ ...future, right: 'C' })!
    const put = treeGreeks({ ...future, right: 'P' })!
    expect(call.price).toBeCloseTo(put.price, 6)
    const european = europeanGreeks({ ...future, right: 'C' })!.price
    // The tree itself is a quarter of a percent off at the money.
    expect(call.price).toBeGreaterThan(european * 0.9975)
    expect(call.price).toBeLessThan(european * 1.01)
    expect(call.delta + -put.delta).toBeCloseTo(Math.exp(-0.05 * 0.25), 2)
  })

  test('deep in the money a call is exercised early, which a call on a stock without dividends never is', () => {
    const deep = { ...future, right: 'C', strike: 3_000 } as const
    expect(treeGreeks(deep)!.price).toBeCloseTo(3_850, 6)
    expect(europeanGreeks(deep)!.price).toBeLessThan(3_850)
    expect(
      impliedVol({ ...deep, strike: 6_700 }, treeGreeks({ ...deep, strike: 6_700 })!.price).volFraction,
    ).toBeCloseTo(0.18, 6)
  })
})
