import { europeanPrice } from '../../market/pricing/european.ts'
import type { Dividend } from '../../market/pricing/option.ts'
import { smoothAmericanPrice } from '../../market/pricing/smooth-american.ts'
import { presentValue } from '../carry.ts'
import { type Expiration, freshMidOf } from '../chain.ts'
import type { Forward } from './forward.ts'
import { type PricingTerms, priceFromForward } from './pricing-terms.ts'

/** The inputs of the price that is consistent with an expiration's quotes. */
export interface SpotTerms {
  readonly parity: Forward
  readonly terms: PricingTerms
  readonly dividends: readonly Dividend[]
}

/**
 * A round reduces the distance to a tenth, in the days before an ex-date that is close to expiry to a third: of a call in the
 * money the price then follows the spot and the volatility together.
 */
const MAX_ROUNDS = 30
/** Dollars. */
const SPOT_TOLERANCE = 1e-6
const STRADDLE_TOLERANCE = 1e-3

/**
 * The price of the underlying at which the model's American call and put at the pivot cost what the market's do. Spot and
 * volatility are solved together, by Newton's method with a slope of each: C − P has the spot, C + P the volatility. Null
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
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const option = { ...terms, dividends, spot, strike: pivot, volFraction }
    const call = smoothAmericanPrice({ ...option, right: 'C' })
    const put = smoothAmericanPrice({ ...option, right: 'P' })
    if (call === null || put === null) return null
    const gap = callMid - putMid - (call - put)
    const excess = callMid + putMid - (call + put)
    if (Math.abs(gap) < SPOT_TOLERANCE && Math.abs(excess) < STRADDLE_TOLERANCE) return spot
    const { slope } = europeanPrice({ ...option, right: 'C' }, volFraction)
    spot += gap
    volFraction = Math.max(volFraction / 4, volFraction + excess / (2 * slope))
  }
  return null
}
