import { discountedUnderlying } from './european.ts'
import { exactNormalCdf, normalDensity } from './normal.ts'
import type { PricedOption } from './option.ts'
import { smoothAmericanPrice } from './smooth-american.ts'

/** Sensitivities beyond those that rows store: of the price to the rate, and of delta and vega. */
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

/** Steps of the finite differences: shares of the price and of the time left, and a volatility. */
const SPOT_STEP = 0.005
const VOL_STEP = 0.01
const TIME_STEP = 0.02
const RATE_STEP = 1e-4

/**
 * Rho, vanna, volga and charm of the option's model; null as for its price. Of European options the derivatives of
 * Black-Scholes in closed form, of American ones central differences of the smooth tree.
 */
export function secondOrderGreeks(option: PricedOption): SecondOrderGreeks | null {
  if (option.style === 'european') return europeanSecondOrder(option)
  const { spot, years, volFraction, rateFraction } = option
  const price = (change: Partial<PricedOption>) => smoothAmericanPrice({ ...option, ...change }) ?? Number.NaN
  const slope = (change: Partial<PricedOption>) =>
    (price({ ...change, spot: spot * (1 + SPOT_STEP) }) -
      price({ ...change, spot: spot * (1 - SPOT_STEP) })) /
    (2 * spot * SPOT_STEP)
  const wild = { volFraction: volFraction + VOL_STEP }
  const calm = { volFraction: Math.max(volFraction / 2, volFraction - VOL_STEP) }
  const points = (wild.volFraction - calm.volFraction) * 100
  const rho =
    price({ rateFraction: rateFraction + RATE_STEP }) - price({ rateFraction: rateFraction - RATE_STEP })
  const found = {
    rho: rho / (200 * RATE_STEP),
    vanna: (slope(wild) - slope(calm)) / points,
    volga: price(wild) - 2 * price({}) + price(calm),
    charm:
      (slope({ years: years * (1 - TIME_STEP) }) - slope({ years: years * (1 + TIME_STEP) })) /
      (2 * years * TIME_STEP * 365),
  }
  return Object.values(found).every(Number.isFinite) ? found : null
}

/**
 * Rho, vanna, volga and charm of Black-Scholes in closed form, in the units of `SecondOrderGreeks`; null as for
 * `europeanGreeks`. Where the yield equals the rate, `spot` is a futures price: the two then move together, and rho is
 * −T·price as for Black's formula.
 * Source: E. Haug, "The Complete Guide to Option Pricing Formulas", 2007, chapter 2.
 */
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
  const carry = rateFraction - yieldFraction
  const isOnFuture = yieldFraction !== 0 && carry === 0
  const drift = (2 * carry * years - d2 * spread) / (2 * years * spread)
  return {
    rho: 0.01 * (isOnFuture ? -years * (sign * held * chance - owed) : years * owed),
    vanna: (-0.01 * yielded * density * d2) / volFraction,
    volga: (1e-4 * held * density * Math.sqrt(years) * d1 * d2) / volFraction,
    charm: (yielded * (sign * yieldFraction * chance - density * drift)) / 365,
  }
}
