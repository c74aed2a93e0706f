import { europeanPrice } from '../../../market/pricing/european.ts'
import type { Dividend } from '../../../market/pricing/option.ts'
import { smoothAmericanPrice } from '../../../market/pricing/smooth-american.ts'
import { presentValue } from '../../carry.ts'
import { type Expiration, freshMidOf } from '../../chain.ts'
import type { Forward } from './forward.ts'
import { type PricingTerms, priceFromForward } from './pricing-terms.ts'

/** The inputs of the price that is consistent with an expiration's quotes. */
export interface SpotTerms {
  readonly parity: Forward
  readonly terms: PricingTerms
  readonly dividends: readonly Dividend[]
}

/** Three or four are usual. Before a large dividend close to expiry the price of a call follows spot and volatility together. */
const MAX_ROUNDS = 30
/** Dollars. */
const SPOT_TOLERANCE = 1e-6
const STRADDLE_TOLERANCE = 1e-3
/** What C − P may gain by a dollar of the underlying: about one, more where early exercise is near. */
const [LEAST_SLOPE, MOST_SLOPE] = [0.7, 2]

/**
 * The price of the underlying at which the model's American call and put at the pivot cost what the market's do. Spot and
 * volatility are solved together, each by its own secant: C − P has the spot, C + P the volatility. Null
 * for European options, and where the quotes have no such price.
 */
export function consistentSpot(
  { style, strikes }: Pick<Expiration, 'style' | 'strikes'>,
  { parity: { forward, pivot }, terms, dividends }: SpotTerms,
): number | null {
  const pair = style === 'american' ? strikes.find(({ strike }) => strike === pivot) : undefined
  const callMid = freshMidOf(pair?.call ?? null)
  const putMid = freshMidOf(pair?.put ?? null)
  if (callMid === null || putMid === null) return null
  let spot = priceFromForward(forward, terms) + presentValue(dividends, terms)
  let volFraction = (callMid + putMid) / (0.8 * spot * Math.sqrt(terms.years))
  let slope = 1
  let before: { readonly spot: number; readonly gap: number } | null = null
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const option = { ...terms, dividends, spot, strike: pivot, volFraction }
    const call = smoothAmericanPrice({ ...option, right: 'C' })
    const put = smoothAmericanPrice({ ...option, right: 'P' })
    if (call === null || put === null) return null
    const gap = callMid - putMid - (call - put)
    const excess = callMid + putMid - (call + put)
    if (Math.abs(gap) < SPOT_TOLERANCE && Math.abs(excess) < STRADDLE_TOLERANCE) return spot
    if (before !== null && Math.abs(spot - before.spot) > SPOT_TOLERANCE) {
      const measured = (before.gap - gap) / (spot - before.spot)
      if (measured > LEAST_SLOPE && measured < MOST_SLOPE) slope = measured
    }
    before = { spot, gap }
    spot += gap / slope
    const vega = 2 * europeanPrice({ ...option, right: 'C' }, volFraction).slope
    volFraction = Math.min(4 * volFraction, Math.max(volFraction / 4, volFraction + excess / vega))
  }
  return null
}
