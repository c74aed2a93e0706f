import type { PricedOption } from './tree.ts'

/** An option without its volatility. */
export type UnpricedOption = Omit<PricedOption, 'volFraction'>

const INVERSE_ROOT_2_PI = 0.3989422804014327
const GUESS_ROUNDS = 12
const GUESS_TOLERANCE = 1e-4
const MIN_VOL = 1e-3
const MAX_VOL = 8

/**
 * The Black-Scholes price of the European option, dollars, and its slope per unit (not point) of volatility. They
 * provide the starting point and the first step of the search on the tree. Dividends are subtracted from the spot at
 * their present value. Source: F. Black, M. Scholes, "The Pricing of Options and Corporate Liabilities", 1973.
 */
export function europeanPrice(option: UnpricedOption, volFraction: number): { price: number; slope: number } {
  const spot = withoutDividends(option)
  const discounted = option.strike * Math.exp(-option.rateFraction * option.years)
  const spread = volFraction * Math.sqrt(option.years)
  const d1 = Math.log(spot / discounted) / spread + spread / 2
  const call = spot * normalCdf(d1) - discounted * normalCdf(d1 - spread)
  const price = option.right === 'C' ? call : call - spot + discounted
  const slope = spot * INVERSE_ROOT_2_PI * Math.exp((-d1 * d1) / 2) * Math.sqrt(option.years)
  return { price, slope }
}

/**
 * A volatility close to the one at which the European option has this price: only a starting point, never a result.
 * Newton's method from the inflection point of the price, where it cannot overshoot.
 * Source of the starting point: S. Manaster, G. Koehler, "The Calculation of Implied Variances", 1982.
 */
export function guessVol(option: UnpricedOption, price: number): number {
  const forward = withoutDividends(option) * Math.exp(option.rateFraction * option.years)
  const bend = Math.sqrt((2 * Math.abs(Math.log(forward / option.strike))) / option.years)
  const atTheMoney = price / (0.4 * forward * Math.sqrt(option.years))
  let vol = within(bend > 0.02 ? bend : atTheMoney)
  for (let round = 0; round < GUESS_ROUNDS; round++) {
    const european = europeanPrice(option, vol)
    const step = (european.price - price) / european.slope
    if (!Number.isFinite(step)) return vol
    const next = within(vol - step)
    if (Math.abs(next - vol) < GUESS_TOLERANCE) return next
    vol = next
  }
  return vol
}

function within(vol: number): number {
  return Math.min(MAX_VOL, Math.max(MIN_VOL, vol))
}

function withoutDividends(option: UnpricedOption): number {
  let spot = option.spot
  for (const { years, amount } of option.dividends ?? []) {
    if (years > 0 && years <= option.years) spot -= amount * Math.exp(-option.rateFraction * years)
  }
  return spot
}

/**
 * The cumulative normal distribution at z, to 7.5e-8.
 * Source: M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", 26.2.17.
 */
function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z))
  const poly =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  const tail = INVERSE_ROOT_2_PI * Math.exp((-z * z) / 2) * poly
  return z > 0 ? 1 - tail : tail
}
