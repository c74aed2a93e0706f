import type { Right } from '../../../market/contract.ts'
import { type ExpirationTerms, earlyExercisePremium } from '../../../market/pricing/early-exercise.ts'
import type { Expiration } from '../../chain.ts'
import type { ExpirationPricing } from '../../volatility/forward/expiration-pricing.ts'
import { pricingTerms } from '../../volatility/forward/pricing-terms.ts'
import { type Curve, curveOf, fillPoint, type MutablePoint } from '../spline/curve.ts'
import { type EarlyExercise, type QuotedVariance, quotedVariances } from './quoted-volatility.ts'

/**
 * Standardised log-moneyness of the strikes whose premium is computed for a put; those of a call mirror them. Further out
 * of the money a premium moves no volatility by a hundredth of a point, and further in the money none is used.
 */
const NODES = [-3, -1.9, -1.1, -0.5, -0.05, 0.35, 0.75, 1.15]

/** What the parity line and the quotes out of the money need of the terms of an expiration. */
export interface PremiumTerms extends ExpirationTerms {
  /** Dollars. */
  readonly forward: number
}

export const NO_PREMIUM: EarlyExercise = () => 0

/**
 * Early-exercise premiums along the smile of an expiration, from a dozen prices for each right: as smooth in the strike as
 * the premium itself. Nothing is assumed where no price exists, and the premium is then 0.
 */
export function premiumsAlong(quotes: readonly QuotedVariance[], terms: PremiumTerms): EarlyExercise {
  const above = quotes.findIndex(({ k }) => k >= 0)
  const middle = quotes[Math.max(0, above)]
  if (!middle || terms.style === 'european') return NO_PREMIUM
  const scale = (middle.bidTotal + middle.askTotal) / 2
  const curves = {
    C: premiumCurve('C', { quotes, terms, scale }),
    P: premiumCurve('P', { quotes, terms, scale }),
  }
  const point: MutablePoint = { z: 0, y: 0, slope: 0, bend: 0 }
  return (right, k) => {
    const curve = curves[right]
    const z = k / scale
    if (curve === null || z < (curve.knots[0] as number) || z > (curve.knots.at(-1) as number)) return 0
    fillPoint(curve, z, point)
    return Math.max(0, point.y)
  }
}

/** Those premiums of an expiration whose pricing is known; computed on the first call. */
export function earlyExerciseOf(
  expiration: Expiration,
  { forward, spot, dividends }: ExpirationPricing,
  rateFraction: number,
): () => EarlyExercise {
  let known: EarlyExercise | null = null
  return () => {
    if (known) return known
    const terms = pricingTerms(expiration, rateFraction)
    const at = { forward, discount: Math.exp(-rateFraction * terms.years), premium: NO_PREMIUM }
    const quotes = terms.style === 'european' ? [] : quotedVariances(expiration, at)
    known = premiumsAlong(quotes, { ...terms, forward, spot, dividends })
    return known
  }
}

interface Along {
  readonly quotes: readonly QuotedVariance[]
  readonly terms: PremiumTerms
  readonly scale: number
}

/** Premiums in dollars over standardized log-moneyness; null if early exercise is worth nothing. */
function premiumCurve(right: Right, { quotes, terms, scale }: Along): Curve | null {
  const knots = right === 'P' ? NODES : NODES.map((z) => -z).reverse()
  const values = knots.map((z) => {
    const k = z * scale
    const volFraction = totalAt(quotes, k, scale) / Math.sqrt(terms.years)
    return earlyExercisePremium({ ...terms, right, strike: terms.forward * Math.exp(k), volFraction }) ?? 0
  })
  return values.some((value) => value > 0) ? curveOf({ knots, values, atmVariance: 1 }) : null
}

/** Half of the width, in z, of the window over which the volatility of a node is averaged. */
const WINDOW = 0.4

/**
 * Total volatility at k: a straight line through the middles of the quotes around it, of which the nearest count most.
 * Single quotes are too noisy for a premium. Level beyond the quotes.
 */
function totalAt(quotes: readonly QuotedVariance[], k: number, scale: number): number {
  const within = Math.min(Math.max(k, (quotes[0] as QuotedVariance).k), (quotes.at(-1) as QuotedVariance).k)
  const nearest = Math.min(...quotes.map((quote) => Math.abs(quote.k - within)))
  const width = WINDOW * scale + 2 * nearest
  let [weights, distances, totals, squares, products] = [0, 0, 0, 0, 0]
  for (const { k: own, bidTotal, askTotal } of quotes) {
    const distance = own - within
    const weight = 1 - Math.abs(distance) / width
    if (weight <= 0) continue
    const total = (bidTotal + askTotal) / 2
    weights += weight
    distances += weight * distance
    totals += weight * total
    squares += weight * distance * distance
    products += weight * distance * total
  }
  const spread = weights * squares - distances * distances
  if (!(spread > 1e-12 * weights * squares)) return totals / weights
  const slope = (weights * products - distances * totals) / spread
  return (totals - slope * distances) / weights
}
