import { describe, expect, test } from 'vitest'
import {
  cdfOverDensity,
  scaledPrice,
  scaledVega,
  totalVolatilityOf,
} from '../../../src/analytics/surface/quotes/total-volatility.ts'
import { europeanGreeks } from '../../../src/market/pricing/european.ts'

describe("Black's formula without scale", () => {
  test('agrees with the European price of puts and calls out of the money', () => {
    for (const [right, strike] of [
      ['P', 480],
      ['P', 540],
      ['C', 560],
      ['C', 700],
    ] as const) {
      const option = { right, strike, spot: 545, years: 0.25, volFraction: 0.22 }
      const terms = { rateFraction: 0.05, yieldFraction: 0.02 }
      const forward = 545 * Math.exp(0.03 * 0.25)
      const x = -Math.abs(Math.log(strike / forward))
      const scale = Math.exp(-0.05 * 0.25) * Math.sqrt(forward * strike)
      const price = europeanGreeks({ ...option, ...terms })?.price ?? 0
      expect(scale * scaledPrice(x, 0.22 * 0.5)).toBeCloseTo(price, 10)
    }
  })

  test('has the slope that differences show', () => {
    for (const [x, s] of [
      [0, 0.1],
      [-0.3, 0.1],
      [-1, 0.9],
    ] as const) {
      const slope = (scaledPrice(x, s + 1e-6) - scaledPrice(x, s - 1e-6)) / 2e-6
      expect(scaledVega(x, s) / slope).toBeCloseTo(1, 6)
    }
  })

  test('gives the distribution over its density', () => {
    // N(0)/φ(0), N(1)/φ(1) and N(−2)/φ(−2) from tables of the normal distribution.
    expect(cdfOverDensity(0)).toBeCloseTo(0.5 / 0.3989422804, 9)
    expect(cdfOverDensity(1)).toBeCloseTo(0.8413447461 / 0.2419707245, 8)
    expect(cdfOverDensity(-2)).toBeCloseTo(0.0227501319 / 0.0539909665, 8)
  })
})

describe('the volatility of a price', () => {
  test('is that which made the price, from a tenth of a cent far out of the money to a year of 300 %', () => {
    for (const x of [0, -1e-4, -0.01, -0.1, -0.5, -1, -2]) {
      for (const s of [1e-3, 3e-3, 0.01, 0.05, 0.2, 0.7, 1.5, 3]) {
        const price = scaledPrice(x, s)
        if (price < 1e-290) continue
        for (const guess of [0, 0.5 * s, 3 * s]) {
          const found = totalVolatilityOf(x, price, guess)
          // Where the price is the most it can be, it hardly depends on volatility.
          const precision = Math.max(1e-9, (1e-15 * price) / scaledVega(x, s) / s)
          expect(Math.abs((found as number) / s - 1)).toBeLessThan(precision)
        }
      }
    }
  })

  test('is null for prices that no volatility has', () => {
    expect(totalVolatilityOf(-0.1, 0, 0.1)).toBeNull()
    expect(totalVolatilityOf(-0.1, -1e-3, 0.1)).toBeNull()
    expect(totalVolatilityOf(-0.1, Math.exp(-0.05), 0.1)).toBeNull()
    expect(totalVolatilityOf(-0.1, Number.NaN, 0.1)).toBeNull()
  })
})
