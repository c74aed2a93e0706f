import { type TrueMarket, trueVol } from './true-market.ts'

/** Steps of the integral over the logarithm of the strike, and how far it reaches in standard deviations. */
const STEPS = 4_000
const REACH = 8

/**
 * Model-free volatility, a fraction: √(2/T·∫ e^{rT}·Q(K)/K² dK) over all strikes, with European out-of-the-money prices. In
 * units of the forward and over k it needs neither rate nor dividends.
 */
export function trueModelFree(market: TrueMarket, years: number): number {
  const reach = REACH * trueVol(market, 0, years) * Math.sqrt(years)
  let sum = 0
  for (let step = 0; step <= STEPS; step++) {
    const k = -reach + (2 * reach * step) / STEPS
    const weight = step === 0 || step === STEPS ? 0.5 : 1
    sum += weight * Math.exp(-k) * outOfTheMoney(k, trueVol(market, k, years) * Math.sqrt(years))
  }
  return Math.sqrt((2 * sum * ((2 * reach) / STEPS)) / years)
}

/** Undiscounted price of the out-of-the-money option over its forward. */
function outOfTheMoney(k: number, spread: number): number {
  const d1 = -k / spread + spread / 2
  const d2 = d1 - spread
  return k > 0 ? normal(d1) - Math.exp(k) * normal(d2) : Math.exp(k) * normal(-d2) - normal(-d1)
}

/** Volatility of the put with a delta of −0.25 less that of the call with 0.25, at 30 days, a fraction. */
export function trueSkew25(market: TrueMarket): number {
  const years = 30 / 365
  const spreadAt = (k: number) => trueVol(market, k, years) * Math.sqrt(years)
  const wing = (sign: 1 | -1) => {
    // European deltas of the underlying: discount and growth cancel.
    const sizeAt = (k: number) => normal(sign * (-k / spreadAt(k) + spreadAt(k) / 2))
    let near = 0
    let far = sign * 3 * spreadAt(0)
    for (let round = 0; round < 60; round++) {
      const middle = (near + far) / 2
      if (sizeAt(middle) > 0.25) near = middle
      else far = middle
    }
    return trueVol(market, near, years)
  }
  return wing(-1) - wing(1)
}

/**
 * The cumulative normal distribution by a series near 0 and a continued fraction in the tails: the product's own is not
 * used to judge the product. Source: M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", 26.2.10 and 26.2.14.
 */
function normal(z: number): number {
  const size = Math.abs(z)
  const density = Math.exp((-size * size) / 2) / Math.sqrt(2 * Math.PI)
  if (size > 4) {
    let fraction = 0
    for (let term = 40; term > 0; term--) fraction = term / (size + fraction)
    const tail = density / (size + fraction)
    return z > 0 ? 1 - tail : tail
  }
  let sum = 0
  let term = z
  for (let n = 0; n < 60; n++) {
    sum += term / (2 * n + 1)
    term *= (-z * z) / (2 * (n + 1))
  }
  return 0.5 + sum / Math.sqrt(2 * Math.PI)
}
