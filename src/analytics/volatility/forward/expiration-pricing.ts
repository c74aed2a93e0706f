import type { EpochMs } from '../../../market/units.ts'
import type { Carry } from '../../carry.ts'
import type { Expiration } from '../../chain.ts'
import type { DividendSource, ExpectedDividend } from '../../dividends.ts'
import { type Found, found } from '../../measured.ts'
import { consistentSpot } from './consistent-spot.ts'
import { datedDividends } from './ex-dates.ts'
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
  readonly dividends: readonly ExpectedDividend[]
  readonly dividendSource: DividendSource
}

/** Expirations are grouped from the rows of one slot, so each has one pricing for a carry. */
const known = new WeakMap<Expiration, WeakMap<Carry, Found<ExpirationPricing>>>()

/**
 * Forward, spot and dividends of one expiration. Put-call parity at the pivot gives the forward of European options. For
 * American ones it is off by the difference of the two early-exercise premiums, before an ex-date by as much as a dollar
 * on a dividend of two; their spot is solved from the mids (`consistentSpot`), and the forward is that spot without the
 * dividends, at the rate. Absent as `parityForward`. Solved once for each expiration object and carry object.
 */
export function expirationPricing(
  expiration: Expiration,
  carry: Carry,
  slot: EpochMs,
): Found<ExpirationPricing> {
  const byCarry = known.get(expiration) ?? new WeakMap<Carry, Found<ExpirationPricing>>()
  known.set(expiration, byCarry)
  const before = byCarry.get(carry)
  if (before) return before
  const pricing = solve(expiration, carry, slot)
  byCarry.set(carry, pricing)
  return pricing
}

function solve(expiration: Expiration, carry: Carry, slot: EpochMs): Found<ExpirationPricing> {
  const parity = parityForward(expiration, carry.rateFraction)
  if (parity.reason !== null) return parity
  const { pivot, forward } = parity.value
  const { dividends, presentValue, source } = datedDividends(expiration, carry, slot)
  const terms = pricingTerms(expiration, carry.rateFraction)
  const known = { pivot, dividends, presentValue, dividendSource: source }
  const spot = consistentSpot(expiration, { parity: parity.value, terms, dividends })
  const own = spot === null ? null : (spot - presentValue) / priceFromForward(1, terms)
  return own === null || spot === null || !(own > 0)
    ? found({ ...known, forward, spot: priceFromForward(forward, terms) + presentValue })
    : found({ ...known, forward: own, spot })
}
