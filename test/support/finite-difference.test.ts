import { describe, expect, test } from 'vitest'
import { gridGreeks, gridPrice } from './finite-difference.ts'
import { PUBLISHED_PRICES } from './published-prices.ts'

// The pricer that judges src/market/pricing is judged here, by the literature and by itself on a finer grid.

const NORMAL = { prices: 400, times: 200 }

describe('prices of the literature', () => {
  test.each(PUBLISHED_PRICES)(
    '$source: $option.right $option.strike at $option.spot',
    ({ option, price }) => {
      const ours = gridPrice(option, NORMAL)!
      // A tick of the last digit published; the approximations of the literature are as good as that.
      expect(Math.abs(ours - price)).toBeLessThan(
        1.2e-3 + (price === Math.round(price * 100) / 100 ? 4e-3 : 0),
      )
    },
  )
})

test('a finer grid moves the price of a month by a tenth of a cent at most', () => {
  const month = { spot: 680, years: 30 / 365, rateFraction: 0.04, volFraction: 0.13 }
  for (const right of ['C', 'P'] as const) {
    for (const strike of [660, 680, 700]) {
      const option = { ...month, right, strike, dividends: [{ years: 12 / 365, amount: 1.9 }] }
      const finer = gridPrice(option, { prices: 800, times: 800 })!
      expect(Math.abs(gridPrice(option, NORMAL)! - finer)).toBeLessThan(1.1e-3)
    }
  }
})

test('without dividends an American call is worth the European one', () => {
  const option = {
    spot: 100,
    strike: 95,
    years: 0.2,
    rateFraction: 0.05,
    volFraction: 0.25,
    right: 'C',
  } as const
  expect(gridPrice(option)).toBeCloseTo(gridPrice({ ...option, style: 'european' })!, 6)
})

test('what is exercised now is worth what that pays, and does not decay', () => {
  const option = {
    spot: 100,
    strike: 130,
    years: 0.2,
    rateFraction: 0.05,
    volFraction: 0.15,
    right: 'P',
  } as const
  expect(gridGreeks(option)).toMatchObject({ price: 30, theta: 0 })
})

test('impossible inputs give null', () => {
  const sound = {
    spot: 100,
    strike: 95,
    years: 0.2,
    rateFraction: 0.05,
    volFraction: 0.25,
    right: 'C',
  } as const
  for (const fault of [{ years: 0 }, { volFraction: 0 }, { spot: -1 }, { strike: 0 }]) {
    expect(gridPrice({ ...sound, ...fault })).toBeNull()
  }
})
