import { discountedUnderlying } from './european.ts'
import { exactNormalCdf, normalDensity } from './normal.ts'
import type { PricedOption } from './option.ts'
import { isNeverExercisedEarly, smoothAmericanPrice } from './smooth-american.ts'

/** Sensitivities beyond those that rows store: of the price to the rate, of delta and vega to volatility and time. */
export interface SecondOrderGreeks {
  /** Change of the price per percentage point of the interest rate; dollars per point. */
  readonly rho: number
  /** Change of delta per volatility point, which is that of vega per dollar of the underlying. */
  readonly vanna: number
  /** Change of vega per volatility point; dollars per point squared. */
  readonly volga: number
  /** Change of delta per calendar day that passes at the same price of the underlying. */
  readonly charm: number
}

/** Steps of the finite differences: in standard deviations of the price, in shares of volatility and time, and a rate. */
const SPOT_STEP = 0.2
const VOL_STEP = 0.05
const TIME_STEP = 0.02
const RATE_STEP = 1e-3

/**
 * Rho, vanna, volga and charm; null as for the price. Where early exercise cannot pay they are the derivatives of
 * Black-Scholes in closed form, else central differences of the smooth American price. The spot is held, so that the
 * present value of the dividends changes with the rate and with time. Where the yield equals the rate, the spot is a
 * futures price: the two then move together.
 */
export function secondOrderGreeks(option: PricedOption): SecondOrderGreeks | null {
  return isNeverExercisedEarly(option) ? europeanSecondOrder(option) : americanSecondOrder(option)
}

/** Source of the formulas: E. Haug, "The Complete Guide to Option Pricing Formulas", 2007, chapter 2. */
function europeanSecondOrder(option: PricedOption): SecondOrderGreeks | null {
  const { right, strike, years, volFraction, rateFraction, yieldFraction = 0 } = option
  const held = discountedUnderlying(option)
  if (!(held > 0) || !(strike > 0) || !(years > 0) || !(volFraction > 0)) return null
  const sign = right === 'C' ? 1 : -1
  const paid = strike * Math.exp(-rateFraction * years)
  const spread = volFraction * Math.sqrt(years)
  const d1 = Math.log(held / paid) / spread + spread / 2
  const d2 = d1 - spread
  const density = normalDensity(d1)
  const yielded = Math.exp(-yieldFraction * years)
  const chance = exactNormalCdf(sign * d1)
  const owed = sign * paid * exactNormalCdf(sign * d2)
  const delta = sign * yielded * chance
  const { value, timesYears } = dividendsBefore(option)
  const carry = rateFraction - yieldFraction
  const drift = (2 * carry * years - d2 * spread) / (2 * years * spread)
  const gamma = (yielded * yielded * density) / (held * spread)
  const price = sign * held * chance - owed
  return {
    rho: 0.01 * (isOnFuture(option) ? -years * price : years * owed + delta * timesYears),
    vanna: (-0.01 * yielded * density * d2) / volFraction,
    volga: (1e-4 * held * density * Math.sqrt(years) * d1 * d2) / volFraction,
    charm: (yieldFraction * delta - yielded * density * drift - gamma * rateFraction * value) / 365,
  }
}

/** Present value of the dividends before expiry, and its slope against the rate with the sign changed. */
function dividendsBefore({ years, rateFraction, dividends = [] }: PricedOption): {
  readonly value: number
  readonly timesYears: number
} {
  let [value, timesYears] = [0, 0]
  for (const one of dividends) {
    if (!(one.years > 0 && one.years <= years)) continue
    const present = one.amount * Math.exp(-rateFraction * one.years)
    value += present
    timesYears += one.years * present
  }
  return { value, timesYears }
}

function americanSecondOrder(option: PricedOption): SecondOrderGreeks | null {
  const { spot, years, volFraction, rateFraction } = option
  const price = smoothAmericanPrice(option)
  if (price === null) return null
  const at = (change: Partial<PricedOption>) => smoothAmericanPrice({ ...option, ...change }) ?? Number.NaN
  const step = SPOT_STEP * spot * volFraction * Math.sqrt(years)
  const slopeAt = (change: Partial<PricedOption>) =>
    (at({ ...change, spot: spot + step }) - at({ ...change, spot: spot - step })) / (2 * step)
  const wild = { volFraction: volFraction * (1 + VOL_STEP) }
  const calm = { volFraction: volFraction * (1 - VOL_STEP) }
  const points = 100 * VOL_STEP * volFraction
  const nextPayment = Math.min(
    years,
    ...(option.dividends ?? []).map((one) => one.years).filter((at) => at > 0),
  )
  const wait = TIME_STEP * nextPayment
  const greeks = {
    rho:
      (at(withRate(option, rateFraction + RATE_STEP)) - at(withRate(option, rateFraction - RATE_STEP))) /
      (200 * RATE_STEP),
    vanna: (slopeAt(wild) - slopeAt(calm)) / (2 * points),
    volga: (at(wild) - 2 * price + at(calm)) / (points * points),
    charm: (slopeAt(later(option, wait)) - slopeAt(later(option, -wait))) / (2 * wait * 365),
  }
  return Object.values(greeks).every(Number.isFinite) ? greeks : null
}

function isOnFuture({ rateFraction, yieldFraction = 0 }: PricedOption): boolean {
  return yieldFraction !== 0 && yieldFraction === rateFraction
}

function withRate(option: PricedOption, rateFraction: number): Partial<PricedOption> {
  return isOnFuture(option) ? { rateFraction, yieldFraction: rateFraction } : { rateFraction }
}

/** The option when some years have passed. */
function later({ years, dividends = [] }: PricedOption, passed: number): Partial<PricedOption> {
  return {
    years: years - passed,
    dividends: dividends.map((one) => ({ ...one, years: one.years - passed })),
  }
}
