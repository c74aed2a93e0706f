import { yearsBetween } from '../../market/calendar.ts'
import type { Right } from '../../market/contract.ts'
import { impliedGreeks, impliedVol } from '../../market/pricing/implied-vol.ts'
import type { UnpricedOption } from '../../market/pricing/option.ts'
import { treePrice } from '../../market/pricing/tree.ts'
import { type EpochMs, epochMs } from '../../market/units.ts'
import { rounded } from '../../snapshot/assemble-rows.ts'
import { QUALITY_FLAGS } from '../../snapshot/quality-flags.ts'
import { GREEK_DECIMALS, type SnapshotRow } from '../../snapshot/row.ts'
import { type Carry, dividendsFrom, presentValue } from '../carry.ts'
import { type Expiration, type GroupedChain, midOf, type Strike } from '../chain.ts'
import { parityForward } from './forward.ts'
import { priceFromForward, pricingTerms } from './pricing-terms.ts'

/** A parity price further than this share from the underlying's price comes from bad quotes. */
const PARITY_TOLERANCE = 0.01
const ROUNDS = 2

/**
 * Fills in volatility and greeks, in IB's conventions, where IB sent none and the quote is two-sided. They are solved
 * from the mid by the option's own model: the tree, or Black-Scholes for European options, each with a yield equal to the
 * rate for options on a future or forward. `greeks_source` becomes `own`, flag `greeks_own` is set and `iv_missing` is
 * cleared. Other rows, and rows whose mid has no implied volatility, are returned unchanged.
 *
 * The underlying price is the one implied by put-call parity of the expiration. With it, the call and put of a strike
 * agree, and the dividends the market expects are included. If that price is missing or more than 1 % from the row's
 * `underlying_price`, `underlying_price` is used. Options on a forward (the VIX) have no other price than that of parity,
 * and stay as they are without it. Time to expiry runs from `quoted_at`, or from the slot without it.
 */
export function withOwnGreeks(chain: GroupedChain<SnapshotRow>, carry: Carry): SnapshotRow[] {
  const { rows, expirations, slot } = chain
  if (!rows.some(lacksGreeks)) return [...rows]
  const parity = new Map<Expiration, number>()
  for (const expiration of expirations) {
    const price = consistentSpot(expiration, carry, slot)
    if (price !== null) parity.set(expiration, price)
  }
  return rows.map((row) => {
    if (!lacksGreeks(row)) return row
    const expiration = chain.expirationOf(row)
    return filled(row, carry, { expiration, paritySpot: parity.get(expiration) ?? null })
  })
}

function lacksGreeks(row: SnapshotRow): boolean {
  return row.iv === null && midOf(row) !== null
}

function filled(
  row: SnapshotRow,
  carry: Carry,
  { expiration, paritySpot }: { readonly expiration: Expiration; readonly paritySpot: number | null },
): SnapshotRow {
  const spot = expiration.pricedOn === 'forward' ? paritySpot : spotFor(paritySpot, row.underlying_price)
  if (spot === null) return row
  const at = epochMs(row.quoted_at ?? row.timestamp)
  const { volFraction, greeks } = impliedGreeks(
    {
      ...pricingTerms(expiration, carry.rateFraction),
      ...spotAndDividends(expiration, { spot, carry, at }),
      right: row.right as Right,
      strike: row.strike,
      years: yearsBetween(at, expiration.expiresAt),
    },
    midOf(row),
  )
  if (volFraction === null) return row
  return {
    ...row,
    iv: rounded(volFraction, GREEK_DECIMALS.iv),
    delta: rounded(greeks.delta, GREEK_DECIMALS.delta),
    gamma: rounded(greeks.gamma, GREEK_DECIMALS.gamma),
    theta: rounded(greeks.theta, GREEK_DECIMALS.theta),
    vega: rounded(greeks.vega, GREEK_DECIMALS.vega),
    greeks_source: 'own',
    flags: (row.flags | QUALITY_FLAGS.greeks_own) & ~QUALITY_FLAGS.iv_missing,
  }
}

/**
 * The spot and the dividends as pricing takes them. A European option is not exercised before a dividend, so only the
 * present value matters: IB's own where it sends one, which is subtracted at once. Futures and forwards pay none.
 */
function spotAndDividends(
  expiration: Expiration,
  { spot, carry, at }: { readonly spot: number; readonly carry: Carry; readonly at: EpochMs },
): Pick<UnpricedOption, 'spot' | 'dividends'> {
  if (expiration.pricedOn !== 'spot') return { spot }
  const known = knownPresentValue(expiration)
  return known === null ? { spot, dividends: dividendsFrom(carry, at) } : { spot: spot - known }
}

/** The gateway's present value of the dividends before expiry, of European options; null where it has to be estimated. */
function knownPresentValue({ style, pvDividend }: Expiration): number | null {
  return style === 'european' ? pvDividend : null
}

function spotFor(paritySpot: number | null, underlyingPrice: number | null): number | null {
  if (paritySpot === null || underlyingPrice === null) return underlyingPrice ?? paritySpot
  return Math.abs(paritySpot - underlyingPrice) <= PARITY_TOLERANCE * underlyingPrice
    ? paritySpot
    : underlyingPrice
}

/**
 * The underlying price at which the model's call and put at the pivot strike differ by as much as the market's. European
 * put-call parity gives it; for American options it is then corrected for early exercise.
 */
function consistentSpot(expiration: Expiration, carry: Carry, at: EpochMs): number | null {
  const parity = parityForward(expiration, carry.rateFraction)
  if (parity.reason !== null) return null
  const { forward, pivot } = parity.value
  const terms = pricingTerms(expiration, carry.rateFraction)
  const dividends = expiration.pricedOn === 'spot' ? dividendsFrom(carry, at) : []
  const paid = knownPresentValue(expiration) ?? presentValue(dividends, terms)
  let spot = priceFromForward(forward, terms) + (expiration.pricedOn === 'spot' ? paid : 0)
  if (expiration.style === 'european') return spot
  const pair = expiration.strikes.find(({ strike }) => strike === pivot) as Strike
  const callMid = midOf(pair.call)
  const putMid = midOf(pair.put)
  if (callMid === null || putMid === null) return null
  for (let round = 0; round < ROUNDS; round++) {
    const option = { ...terms, spot, strike: pivot, dividends }
    const callVol = impliedVol({ ...option, right: 'C' }, callMid).volFraction
    const putVol = impliedVol({ ...option, right: 'P' }, putMid).volFraction
    if (callVol === null || putVol === null) return spot
    const volFraction = (callVol + putVol) / 2
    const call = treePrice({ ...option, right: 'C', volFraction })
    const put = treePrice({ ...option, right: 'P', volFraction })
    if (call === null || put === null) return spot
    // A dollar rise in the underlying raises call minus put by about a dollar.
    spot += callMid - putMid - (call - put)
  }
  return spot
}
