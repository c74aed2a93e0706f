import type { ModelGreeks, PricedOption } from './tree.ts'

/** An option without its volatility. */
export type UnpricedOption = Omit<PricedOption, 'volFraction'>

const INVERSE_ROOT_2_PI = 0.3989422804014327
const GUESS_ROUNDS = 12
const GUESS_TOLERANCE = 1e-4
const MIN_VOL = 1e-3
const MAX_VOL = 8

/**
 * Price and greeks of a European option by Black-Scholes in the units of the tree: theta in dollars per calendar day at
 * the same underlying, vega in dollars per volatility point; all are derivatives in closed form. Dividends before expiry
 * are subtracted from the spot at their present value, which is how IB prices index options; a yield discounts it.
 * Null if no time is left, or a price, strike or volatility is not positive.
 * Sources: F. Black, M. Scholes, "The Pricing of Options and Corporate Liabilities", 1973; with a yield R. Merton,
 * "Theory of Rational Option Pricing", 1973.
 */
export function europeanGreeks(option: PricedOption): ModelGreeks | null {
  const { right, strike, years, volFraction, rateFraction, yieldFraction = 0 } = option
  const held = discountedUnderlying(option)
  if (!(held > 0) || !(strike > 0) || !(years > 0) || !(volFraction > 0)) return null
  const sign = right === 'C' ? 1 : -1
  const paid = strike * Math.exp(-rateFraction * years)
  const spread = volFraction * Math.sqrt(years)
  const d1 = Math.log(held / paid) / spread + spread / 2
  const density = INVERSE_ROOT_2_PI * Math.exp((-d1 * d1) / 2)
  const own = sign * held * exactNormalCdf(sign * d1)
  const owed = sign * paid * exactNormalCdf(sign * (d1 - spread))
  const yielded = Math.exp(-yieldFraction * years)
  const decay = (-held * density * volFraction) / (2 * Math.sqrt(years))
  return {
    // Rounding of the two parts must not make an option in the wings worth less than nothing.
    price: Math.max(0, sign * (held - paid), own - owed),
    delta: (own / held) * yielded,
    gamma: (yielded * yielded * density) / (held * spread),
    theta: (decay + yieldFraction * own - rateFraction * owed) / 365,
    vega: 0.01 * held * density * Math.sqrt(years),
  }
}

/** The price alone; null as for `europeanGreeks`. */
export function blackScholesPrice(option: PricedOption): number | null {
  return europeanGreeks(option)?.price ?? null
}

/**
 * The least that a European option can be worth: what a forward at the strike is worth today, or 0. A put deep in the
 * money may be worth less than its exercise value.
 */
export function europeanFloor(option: UnpricedOption): number {
  const paid = option.strike * Math.exp(-option.rateFraction * option.years)
  return Math.max(0, (option.right === 'C' ? 1 : -1) * (discountedUnderlying(option) - paid))
}

/**
 * An approximate Black-Scholes price, dollars, and its slope per unit (not point) of volatility. They provide the
 * starting point and the first step of the search for a volatility, and are never a result.
 */
export function europeanPrice(option: UnpricedOption, volFraction: number): { price: number; slope: number } {
  const spot = discountedUnderlying(option)
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
  const forward = discountedUnderlying(option) * Math.exp(option.rateFraction * option.years)
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

/** What owning the underlying from expiry on is worth today: the spot without dividends and yield before it. */
function discountedUnderlying(option: UnpricedOption): number {
  let spot = option.spot
  for (const { years, amount } of option.dividends ?? []) {
    if (years > 0 && years <= option.years) spot -= amount * Math.exp(-option.rateFraction * years)
  }
  const { yieldFraction = 0 } = option
  return yieldFraction === 0 ? spot : spot * Math.exp(-yieldFraction * option.years)
}

/** Beyond this the distribution is 0 or 1 to the last digit of a double. */
const FARTHEST = 8.3

/**
 * The cumulative normal distribution at z, to about 1e-15: 1/2 + φ(z)·(z + z³/3 + z⁵/(3·5) + …), whose terms all have the
 * sign of z. Source: G. Marsaglia, "Evaluating the Normal Distribution", Journal of Statistical Software 11 (4), 2004.
 */
function exactNormalCdf(z: number): number {
  if (z >= FARTHEST) return 1
  if (z <= -FARTHEST) return 0
  let sum = z
  let term = z
  for (let odd = 3; Math.abs(term) > 1e-17 * Math.abs(sum); odd += 2) {
    term *= (z * z) / odd
    sum += term
  }
  return Math.max(0, 0.5 + sum * INVERSE_ROOT_2_PI * Math.exp((-z * z) / 2))
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
