import { blackScholesPrice } from './european.ts'
import { leisenReimerPrice } from './leisen-reimer.ts'
import type { PricedOption } from './option.ts'

/** docs/numbers.md compares it with fewer and with more. */
export const SMOOTH_STEPS = 101

/**
 * The price in dollars by a model that is as smooth over strikes as the price itself: a Leisen-Reimer tree, or Black-Scholes
 * where early exercise cannot pay. Between strikes the price of IB's tree saws by tenths of a volatility point, which our
 * own at-the-money volatilities and the early-exercise premium must not have; the greeks of rows keep IB's tree. Null if
 * no time is left, or a price, strike or volatility is not positive.
 */
export function smoothAmericanPrice(option: PricedOption): number | null {
  return isNeverExercisedEarly(option) ? blackScholesPrice(option) : leisenReimerPrice(option, SMOOTH_STEPS)
}

/**
 * A call without a dividend before expiry, without a yield and with a rate that is not negative is worth more alive; so is
 * a put at a rate of zero or less whose underlying has no yield below zero.
 */
export function isNeverExercisedEarly({
  right,
  style,
  years,
  rateFraction,
  yieldFraction = 0,
  dividends = [],
}: Omit<PricedOption, 'strike' | 'spot' | 'volFraction'>): boolean {
  if (style === 'european') return true
  if (right === 'P') return rateFraction <= 0 && yieldFraction >= 0
  const paysBeforeExpiry = dividends.some((one) => one.years > 0 && one.years <= years && one.amount > 0)
  return !paysBeforeExpiry && rateFraction >= 0 && yieldFraction <= 0
}
