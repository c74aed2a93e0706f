import type { Right } from '../../market/contract.ts'
import { type ExpirationTerms, earlyExercisePremium } from '../../market/pricing/early-exercise.ts'
import { type Curve, curveOf, fillPoint, type MutablePoint } from './curve.ts'
import type { EarlyExercise, QuotedVariance } from './quoted-volatility.ts'

/**
 * Standardised log-moneyness at which premiums are computed. Further out of the money they move no volatility by a
 * hundredth of a point, and options that far in the money are not used.
 */
const NODES = [-4, -3, -2.25, -1.75, -1.25, -0.75, -0.25, 0.25, 0.75, 1.25, 1.75, 2.25, 3, 4]
/** Options further in the money are not used by the parity line. */
const DEEPEST = 2.25

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

interface Along {
  readonly quotes: readonly QuotedVariance[]
  readonly terms: PremiumTerms
  readonly scale: number
}

/** Premiums in dollars over standardised log-moneyness; null if early exercise is worth nothing. */
function premiumCurve(right: Right, { quotes, terms, scale }: Along): Curve | null {
  const knots = NODES.filter((z) => (right === 'C' ? z >= -DEEPEST : z <= DEEPEST))
  const values = knots.map((z) => {
    const k = z * scale
    const volFraction = totalAt(quotes, k) / Math.sqrt(terms.years)
    return earlyExercisePremium({ ...terms, right, strike: terms.forward * Math.exp(k), volFraction }) ?? 0
  })
  return values.some((value) => value > 0) ? curveOf({ knots, values, atmVariance: 1 }) : null
}

/** Total volatility of the middles of the quotes, linear between them and level beyond. */
function totalAt(quotes: readonly QuotedVariance[], k: number): number {
  const middle = ({ bidTotal, askTotal }: QuotedVariance) => (bidTotal + askTotal) / 2
  const above = quotes.findIndex((quote) => quote.k >= k)
  const high = quotes[above] ?? (quotes.at(-1) as QuotedVariance)
  const low = quotes[above - 1]
  if (above < 0 || !low) return middle(high)
  return middle(low) + ((middle(high) - middle(low)) * (k - low.k)) / (high.k - low.k)
}
