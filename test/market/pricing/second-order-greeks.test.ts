import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Right } from '../../../src/market/contract.ts'
import { europeanGreeks } from '../../../src/market/pricing/european.ts'
import { leisenReimerPrice } from '../../../src/market/pricing/leisen-reimer.ts'
import type { PricedOption } from '../../../src/market/pricing/option.ts'
import { secondOrderGreeks } from '../../../src/market/pricing/second-order-greeks.ts'

/** Examples of E. Haug, "The Complete Guide to Option Pricing Formulas", 2007, chapter 2, in our units. */
describe('published values', () => {
  const european = (option: PricedOption) => secondOrderGreeks({ ...option, style: 'european' })!

  test('rho of a call on a stock', () => {
    const call = {
      right: 'C',
      spot: 72,
      strike: 75,
      years: 1,
      rateFraction: 0.09,
      volFraction: 0.19,
    } as const
    expect(100 * european(call).rho).toBeCloseTo(38.7325, 4)
  })

  test('vanna of a put on a stock', () => {
    const put = {
      right: 'P',
      spot: 90,
      strike: 80,
      years: 0.25,
      rateFraction: 0.05,
      volFraction: 0.2,
    } as const
    expect(100 * european(put).vanna).toBeCloseTo(-1.0008, 4)
  })

  test('volga of a call on a future', () => {
    const call = {
      right: 'C',
      spot: 90,
      strike: 130,
      years: 0.75,
      rateFraction: 0.05,
      yieldFraction: 0.05,
      volFraction: 0.28,
    } as const
    expect(1e4 * european(call).volga).toBeCloseTo(92.3444, 4)
  })

  test('charm of a put on a future', () => {
    const put = {
      right: 'P',
      spot: 105,
      strike: 90,
      years: 0.25,
      rateFraction: 0.14,
      yieldFraction: 0.14,
      volFraction: 0.24,
    } as const
    expect(365 * european(put).charm).toBeCloseTo(0.37, 4)
  })
})

const drawn = fc.record({
  right: fc.constantFrom<Right>('C', 'P'),
  spot: fc.double({ min: 20, max: 7_000, noNaN: true }),
  moneyness: fc.double({ min: -2, max: 2, noNaN: true }),
  years: fc.double({ min: 2 / 365, max: 1, noNaN: true }),
  volFraction: fc.double({ min: 0.08, max: 1.5, noNaN: true }),
  rateFraction: fc.double({ min: 0.001, max: 0.08, noNaN: true }),
  isOnFuture: fc.boolean(),
})
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never
const optionOf = ({ moneyness, isOnFuture, ...one }: Drawn): PricedOption => ({
  ...one,
  style: 'european',
  strike: one.spot * Math.exp(moneyness * one.volFraction * Math.sqrt(one.years)),
  yieldFraction: isOnFuture ? one.rateFraction : 0,
  dividends: isOnFuture ? [] : [{ years: one.years / 2, amount: 0.004 * one.spot }],
})
/** The option when some years have passed. */
const passed = (option: PricedOption, years: number): PricedOption => ({
  ...option,
  years: option.years - years,
  dividends: (option.dividends ?? []).map((one) => ({ ...one, years: one.years - years })),
})

test('of European options they are the slopes of price, delta and vega', () => {
  fc.assert(
    fc.property(drawn, (one) => {
      const option = optionOf(one)
      const { rho, vanna, volga, charm } = secondOrderGreeks(option)!
      const rateStep = 1e-5
      const priceAt = (rateFraction: number) => {
        const yieldFraction = one.isOnFuture ? rateFraction : 0
        return europeanGreeks({ ...option, rateFraction, yieldFraction })!.price
      }
      const slope = priceAt(one.rateFraction + rateStep) - priceAt(one.rateFraction - rateStep)
      expect(rho / one.spot).toBeCloseTo(slope / (200 * rateStep) / one.spot, 6)
      const volStep = 1e-4 * one.volFraction
      const [wild, calm] = [volStep, -volStep].map(
        (step) => europeanGreeks({ ...option, volFraction: one.volFraction + step })!,
      )
      expect(vanna).toBeCloseTo((wild!.delta - calm!.delta) / (200 * volStep), 6)
      expect(volga / one.spot).toBeCloseTo((wild!.vega - calm!.vega) / (200 * volStep) / one.spot, 6)
      const wait = 1e-4 * one.years
      const [next, last] = [wait, -wait].map((years) => europeanGreeks(passed(option, years))!)
      expect(charm).toBeCloseTo((next!.delta - last!.delta) / (2 * wait * 365), 5)
    }),
    { numRuns: 300, seed: 20_261_122 },
  )
})

describe('of American options', () => {
  const put: PricedOption = {
    ...{ right: 'P', spot: 680, strike: 690, years: 30 / 365 },
    ...{ volFraction: 0.17, rateFraction: 0.04, dividends: [{ years: 12 / 365, amount: 1.9 }] },
  }

  test('without early exercise they are those of the European one', () => {
    const call: PricedOption = { ...put, right: 'C', dividends: [] }
    expect(secondOrderGreeks(call)).toEqual(secondOrderGreeks({ ...call, style: 'european' }))
  })

  test.each<[string, Partial<PricedOption>]>([
    ['a put in the money before a dividend', {}],
    ['a put out of the money', { strike: 650 }],
    ['a put of a day', { years: 1 / 365, strike: 682, dividends: [] }],
    ['a call before a dividend', { right: 'C', strike: 675 }],
    ['a call on a future', { right: 'C', yieldFraction: 0.04, dividends: [] }],
  ])('they are the slopes of a tree of 4,001 steps: %s', (_, change) => {
    const option = { ...put, ...change }
    const price = (other: PricedOption) => leisenReimerPrice(other, 4_001)!
    const step = 0.1 * option.spot * option.volFraction * Math.sqrt(option.years)
    const delta = (other: PricedOption) =>
      (price({ ...other, spot: option.spot + step }) - price({ ...other, spot: option.spot - step })) /
      (2 * step)
    const [wild, calm] = [0.005, -0.005].map((by) => ({ ...option, volFraction: option.volFraction + by }))
    const wait = 0.02 * option.years
    const [dear, cheap] = [5e-4, -5e-4].map((by) => {
      const rateFraction = option.rateFraction + by
      return { ...option, rateFraction, ...(option.yieldFraction ? { yieldFraction: rateFraction } : {}) }
    })
    const expected = {
      rho: (price(dear!) - price(cheap!)) / 0.1,
      vanna: delta(wild!) - delta(calm!),
      volga: (price(wild!) - 2 * price(option) + price(calm!)) / 0.25,
      charm: (delta(passed(option, wait)) - delta(passed(option, -wait))) / (2 * wait * 365),
    }
    const found = secondOrderGreeks(option)!
    for (const name of ['rho', 'vanna', 'volga', 'charm'] as const) {
      const limit = 5e-4 + 0.03 * Math.abs(expected[name])
      expect(Math.abs(found[name] - expected[name]), `${name} ${expected[name]}`).toBeLessThan(limit)
    }
  })

  test('an option that is exercised now has none', () => {
    const deep = secondOrderGreeks({ ...put, strike: 1_000, dividends: [] })!
    for (const value of Object.values(deep)) expect(Math.abs(value)).toBeLessThan(1e-9)
  })
})

test('without a price there are none', () => {
  const option: PricedOption = {
    ...{ right: 'P', spot: 100, strike: 100, years: 0.1, volFraction: 0.2, rateFraction: 0.04 },
  }
  for (const style of ['american', 'european'] as const) {
    for (const fault of [{ years: 0 }, { volFraction: 0 }, { spot: -1 }, { strike: Number.NaN }]) {
      expect(secondOrderGreeks({ ...option, style, ...fault })).toBeNull()
    }
  }
})
