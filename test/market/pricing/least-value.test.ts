import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Right } from '../../../src/market/contract.ts'
import { impliedVol } from '../../../src/market/pricing/implied-vol.ts'
import { leastValue } from '../../../src/market/pricing/least-value.ts'
import type { PricedOption, UnpricedOption } from '../../../src/market/pricing/option.ts'
import { smoothAmericanPrice } from '../../../src/market/pricing/smooth-american.ts'
import { treePrice } from '../../../src/market/pricing/tree.ts'

const base = { spot: 100, strike: 90, years: 0.5, rateFraction: 0.04 } as const
const worth = (amount: number, years: number) => amount * Math.exp(-base.rateFraction * years)

describe('the least that an American option can be worth', () => {
  test('without dividends: a call its forward, a put what exercise pays now', () => {
    expect(leastValue({ ...base, right: 'C' })).toBeCloseTo(100 - worth(90, 0.5), 12)
    expect(leastValue({ ...base, right: 'P', strike: 110 })).toBe(10)
    expect(leastValue({ ...base, right: 'P' })).toBe(0)
  })

  test('a call before a large dividend is exercised on the eve of its ex-date', () => {
    const dividends = [{ years: 0.2, amount: 3 }]
    expect(leastValue({ ...base, right: 'C', dividends })).toBeCloseTo(100 - worth(90, 0.2), 12)
    const european = leastValue({ ...base, right: 'C', dividends, style: 'european' })
    expect(european).toBeCloseTo(100 - worth(3, 0.2) - worth(90, 0.5), 12)
  })

  test('of two dividends the first is forgone where the second is the larger', () => {
    const dividends = [
      { years: 0.2, amount: 0.1 },
      { years: 0.45, amount: 3 },
    ]
    expect(leastValue({ ...base, right: 'C', dividends })).toBeCloseTo(
      100 - worth(0.1, 0.2) - worth(90, 0.45),
      12,
    )
  })

  test('a put is exercised just after the ex-date', () => {
    const dividends = [{ years: 0.2, amount: 3 }]
    expect(leastValue({ ...base, right: 'P', strike: 110, dividends })).toBeCloseTo(
      worth(110, 0.2) - (100 - worth(3, 0.2)),
      12,
    )
  })

  test('a dividend after expiry does not count', () => {
    const dividends = [{ years: 0.51, amount: 3 }]
    expect(leastValue({ ...base, right: 'C', dividends })).toBe(leastValue({ ...base, right: 'C' }))
  })
})

const drawn = fc.record({
  right: fc.constantFrom<Right>('C', 'P'),
  spot: fc.double({ min: 20, max: 900, noNaN: true }),
  moneyness: fc.double({ min: 0.6, max: 1.4, noNaN: true }),
  years: fc.double({ min: 1 / 365, max: 1, noNaN: true }),
  volFraction: fc.double({ min: 0.05, max: 1, noNaN: true }),
  rateFraction: fc.double({ min: 0, max: 0.08, noNaN: true }),
  exShare: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
  amountShare: fc.double({ min: 0, max: 0.03, noNaN: true }),
})
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never

function optionOf({ moneyness, exShare, amountShare, ...one }: Drawn): PricedOption {
  const dividends = [{ years: one.years * exShare, amount: one.spot * amountShare }]
  return { ...one, strike: one.spot * moneyness, dividends }
}

test('no model is worth less, whatever the volatility', () => {
  fc.assert(
    fc.property(drawn, (one) => {
      const option = optionOf(one)
      const rounding = 1e-9 * option.spot
      const tree = treePrice(option)
      if (tree !== null) expect(tree).toBeGreaterThanOrEqual(leastValue(option, { steps: 100 }) - rounding)
      expect(smoothAmericanPrice(option)!).toBeGreaterThanOrEqual(leastValue(option) - rounding)
    }),
    { numRuns: 300, seed: 20_261_122 },
  )
})

describe('the implied volatility of a call before a large dividend', () => {
  const call: UnpricedOption = { ...base, right: 'C', dividends: [{ years: 0.2, amount: 3 }] }

  test('is none below what exercise on the eve of the ex-date pays, though it is above what exercise pays now', () => {
    const eve = leastValue(call)
    expect(eve).toBeGreaterThan(10.5)
    for (const model of ['ib_tree', 'smooth'] as const) {
      expect(impliedVol(call, eve - 0.1, { model })).toEqual({ volFraction: null, reason: 'below_intrinsic' })
    }
  })

  test('is none at that very price, which every low volatility has', () => {
    const reason = impliedVol(call, leastValue(call), { model: 'smooth' }).reason
    expect(reason).toBe('no_time_value')
  })
})
