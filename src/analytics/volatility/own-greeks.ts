import { yearsBetween } from '../../market/calendar.ts'
import type { Right } from '../../market/contract.ts'
import { impliedGreeks, impliedVol } from '../../market/pricing/implied-vol.ts'
import { treePrice } from '../../market/pricing/tree.ts'
import { type EpochMs, type ExpiryDate, epochMs } from '../../market/units.ts'
import { rounded } from '../../snapshot/assemble-rows.ts'
import { QUALITY_FLAGS } from '../../snapshot/quality-flags.ts'
import { GREEK_DECIMALS, type SnapshotRow } from '../../snapshot/row.ts'
import { type Carry, dividendsFrom, presentValue } from '../carry.ts'
import { type Expiration, type GroupedChain, midOf, type Strike, yearsOf } from '../chain.ts'
import { parityForward } from './forward.ts'

/** A parity price further than this share from the underlying's price comes from bad quotes. */
const PARITY_TOLERANCE = 0.01
const ROUNDS = 2

/**
 * Fills in volatility and greeks, in IB's conventions, where IB sent none and the quote is two-sided. They are solved
 * from the mid; `greeks_source` becomes `own`, flag `greeks_own` is set and `iv_missing` is cleared. Other rows, and
 * rows whose mid has no implied volatility, are returned unchanged.
 *
 * The underlying price is the one implied by put-call parity of the expiration. With it, the call and put of a strike
 * agree, and the dividends the market expects are included. If that price is missing or more than 1 % from the row's
 * `underlying_price`, `underlying_price` is used. Time to expiry runs from `quoted_at`, or from the slot without it.
 */
export function withOwnGreeks(
  { rows, expirations, slot, expiresAt }: GroupedChain<SnapshotRow>,
  carry: Carry,
): SnapshotRow[] {
  if (!rows.some(lacksGreeks)) return [...rows]
  const parity = new Map<string, number>()
  for (const expiration of expirations) {
    const price = consistentSpot(expiration, carry, slot)
    if (price !== null) parity.set(expiration.expiry, price)
  }
  return rows.map((row) => {
    if (!lacksGreeks(row)) return row
    const expiryAt = expiresAt(row.expiry as ExpiryDate)
    return filled(row, carry, { expiryAt, paritySpot: parity.get(row.expiry) ?? null })
  })
}

function lacksGreeks(row: SnapshotRow): boolean {
  return row.iv === null && midOf(row) !== null
}

function filled(
  row: SnapshotRow,
  carry: Carry,
  { expiryAt, paritySpot }: { readonly expiryAt: EpochMs; readonly paritySpot: number | null },
): SnapshotRow {
  const spot = spotFor(paritySpot, row.underlying_price)
  if (spot === null) return row
  const at = epochMs(row.quoted_at ?? row.timestamp)
  const { volFraction, greeks } = impliedGreeks(
    {
      right: row.right as Right,
      spot,
      strike: row.strike,
      years: yearsBetween(at, expiryAt),
      rateFraction: carry.rateFraction,
      dividends: dividendsFrom(carry, at),
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

function spotFor(paritySpot: number | null, underlyingPrice: number | null): number | null {
  if (paritySpot === null || underlyingPrice === null) return underlyingPrice ?? paritySpot
  return Math.abs(paritySpot - underlyingPrice) <= PARITY_TOLERANCE * underlyingPrice
    ? paritySpot
    : underlyingPrice
}

/**
 * The underlying price at which the tree's call and put at the pivot strike differ by as much as the market's. Starts
 * from European put-call parity, then corrects for early exercise.
 */
function consistentSpot(expiration: Expiration, carry: Carry, at: EpochMs): number | null {
  const parity = parityForward(expiration, carry.rateFraction)
  if (parity.reason !== null) return null
  const { forward, pivot } = parity.value
  const years = yearsOf(expiration)
  const { rateFraction } = carry
  const dividends = dividendsFrom(carry, at)
  let spot = forward * Math.exp(-rateFraction * years) + presentValue(dividends, { years, rateFraction })
  const pair = expiration.strikes.find(({ strike }) => strike === pivot) as Strike
  const callMid = midOf(pair.call)
  const putMid = midOf(pair.put)
  if (callMid === null || putMid === null) return null
  for (let round = 0; round < ROUNDS; round++) {
    const option = { spot, strike: pivot, years, rateFraction, dividends }
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
