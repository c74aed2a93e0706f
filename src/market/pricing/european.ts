import { exactNormalCdf, normalCdf, normalDensity } from './normal.ts'
import type { ModelGreeks, PricedOption, UnpricedOption } from './option.ts'

const GUESS_ROUNDS = 12
const GUESS_TOLERANCE = 1e-4
const MIN_VOL = 1e-3
const MAX_VOL = 8

/**
 * Price and greeks of a European option by Black-Scholes in the units of the tree: theta in dollars per calendar day at
 * the same underlying, vega in dollars per volatility point; all are derivatives in closed form, but a day takes no more than
 * the time value left, as IB has it. Dividends before expiry
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
  const density = normalDensity(d1)
  const own = sign * held * exactNormalCdf(sign * d1)
  const owed = sign * paid * exactNormalCdf(sign * (d1 - spread))
  const yielded = Math.exp(-yieldFraction * years)
  const decay = (-held * density * volFraction) / (2 * Math.sqrt(years))
  const least = Math.max(0, sign * (held - paid))
  // Rounding of the two parts must not make an option in the wings worth less than nothing.
  const price = Math.max(least, own - owed)
  const theta = (decay + yieldFraction * own - rateFraction * owed) / 365
  return {
    price,
    delta: (own / held) * yielded,
    gamma: (yielded * yielded * density) / (held * spread),
    theta: Math.max(theta, least - price),
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
  const slope = spot * normalDensity(d1) * Math.sqrt(option.years)
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
export function discountedUnderlying(option: UnpricedOption): number {
  let spot = option.spot
  for (const { years, amount } of option.dividends ?? []) {
    if (years > 0 && years <= option.years) spot -= amount * Math.exp(-option.rateFraction * years)
  }
  const { yieldFraction = 0 } = option
  return yieldFraction === 0 ? spot : spot * Math.exp(-yieldFraction * option.years)
}
