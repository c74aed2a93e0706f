import { europeanPrice } from '../../market/pricing/european.ts'
import type { Dividend } from '../../market/pricing/option.ts'
import { treePrice } from '../../market/pricing/tree.ts'
import type { EpochMs } from '../../market/units.ts'
import type { Carry } from '../carry.ts'
import { type Expiration, freshMidOf, type Strike } from '../chain.ts'
import { type DividendSource, expectedDividends } from '../dividends.ts'
import { type Found, found } from '../measured.ts'
import { type Forward, parityForward } from './forward.ts'
import { priceFromForward, pricingTerms } from './pricing-terms.ts'

/** What the options of one expiration are priced with, whatever their strike. */
export interface ExpirationPricing extends Forward {
  /**
   * The price of the underlying that is consistent with the quotes, dollars: with it the model's call and put at the pivot
   * differ by as much as the market's. It includes the dividends before expiry; of options on a future or forward it is
   * that price.
   */
  readonly spot: number
  /** Of the dividends before expiry, dollars a share. */
  readonly presentValue: number
  /** Before expiry, as the models take them: years from the slot, dollars a share. */
  readonly dividends: readonly Dividend[]
  readonly dividendSource: DividendSource
}

/** A round changes the spot by a tenth of the last one, or less. */
const MAX_ROUNDS = 8
/** Dollars. */
const PRICE_TOLERANCE = 1e-6

/**
 * Forward, spot and dividends of one expiration. Put-call parity at the pivot gives the forward of European options. For
 * American ones it would be off by the difference of the two early-exercise premiums, so spot and volatility are solved
 * together from the two mids at the pivot: C + P has the volatility, C − P the spot. The forward is that spot without the
 * dividends, at the rate. Absent as `parityForward`.
 */
export function expirationPricing(
  expiration: Expiration,
  carry: Carry,
  slot: EpochMs,
): Found<ExpirationPricing> {
  const parity = parityForward(expiration, carry.rateFraction)
  if (parity.reason !== null) return parity
  const { pivot } = parity.value
  const { dividends, presentValue, source: dividendSource } = expectedDividends(expiration, carry, slot)
  const terms = pricingTerms(expiration, carry.rateFraction)
  const known = { pivot, dividends, presentValue, dividendSource }
  const plain = priceFromForward(parity.value.forward, terms) + presentValue
  const pair = expiration.strikes.find(({ strike }) => strike === pivot)
  const solved =
    expiration.style === 'american' && pair ? solveSpot(pair, { ...terms, dividends, plain }) : null
  if (solved === null) return found({ ...known, forward: parity.value.forward, spot: plain })
  const forward = (solved - presentValue) / priceFromForward(1, terms)
  return forward > 0
    ? found({ ...known, forward, spot: solved })
    : found({ ...known, forward: parity.value.forward, spot: plain })
}

type SolveTerms = ReturnType<typeof pricingTerms> & {
  readonly dividends: readonly Dividend[]
  /** Where the search begins. */
  readonly plain: number
}

/** Newton's method in spot and volatility, each with its own slope; null if it does not converge. */
function solveSpot({ strike, call, put }: Strike, { plain, ...terms }: SolveTerms): number | null {
  const callMid = freshMidOf(call)
  const putMid = freshMidOf(put)
  if (callMid === null || putMid === null) return null
  let spot = plain
  let volFraction = (callMid + putMid) / (0.8 * spot * Math.sqrt(terms.years))
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const option = { ...terms, spot, strike, volFraction }
    const callPrice = treePrice({ ...option, right: 'C' })
    const putPrice = treePrice({ ...option, right: 'P' })
    if (callPrice === null || putPrice === null) return null
    const gap = callMid - putMid - (callPrice - putPrice)
    const excess = callMid + putMid - (callPrice + putPrice)
    if (Math.abs(gap) < PRICE_TOLERANCE && Math.abs(excess) < 1e-3) return spot
    spot += gap
    volFraction = Math.max(
      volFraction / 4,
      volFraction + excess / (2 * europeanPrice({ ...option, right: 'C' }, volFraction).slope),
    )
  }
  return null
}
