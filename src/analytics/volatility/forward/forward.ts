import type { Carry } from '../../carry.ts'
import {
  type ChainRow,
  type Expiration,
  freshMidOf,
  type GroupedChain,
  type Sides,
  type Strike,
  yearsOf,
} from '../../chain.ts'
import { absent, type Found, found } from '../../measured.ts'

export interface Forward {
  /** Forward price of the underlying at expiry, dollars. */
  readonly forward: number
  /** The strike used for put-call parity. */
  readonly pivot: number
}

/**
 * The forward price by put-call parity, F = K + e^{rT}(C − P), at the strike whose call and put are closest in price;
 * on a tie, at the lower strike. C and P are mids of two-sided quotes that are not stale. Absent (`no_parity_pair`) if
 * no strike has both quotes. Source: Cboe, "Volatility Index Methodology".
 */
export function parityForward<Row extends Sides>(
  expiration: Pick<Expiration<Row>, 'minutes' | 'strikes'>,
  rateFraction: number,
): Found<Forward> {
  let pivot: { strike: number; gap: number } | null = null
  for (const pair of expiration.strikes) {
    const gap = gapOf(pair)
    if (gap !== null && (!pivot || Math.abs(gap) < Math.abs(pivot.gap))) pivot = { strike: pair.strike, gap }
  }
  if (!pivot) return absent('no_parity_pair')
  const forward = pivot.strike + Math.exp(rateFraction * yearsOf(expiration)) * pivot.gap
  return forward > 0 ? found({ forward, pivot: pivot.strike }) : absent('no_parity_pair')
}

/**
 * The price that a row's option follows: its `underlying_price`, or the forward by parity where the options are on one; null
 * if unknown.
 */
export function followedPrices<Row extends ChainRow>(
  { expirations, expirationOf }: Pick<GroupedChain<Row>, 'expirations' | 'expirationOf'>,
  { rateFraction }: Pick<Carry, 'rateFraction'>,
): (row: Row) => number | null {
  const forwards = new Map<Expiration, number | null>()
  for (const expiration of expirations) {
    if (expiration.pricedOn !== 'forward') continue
    forwards.set(expiration, parityForward(expiration, rateFraction).value?.forward ?? null)
  }
  if (forwards.size === 0) return ({ underlying_price }) => underlying_price
  return (row) => forwards.get(expirationOf(row)) ?? null
}

/** Call minus put, dollars; null unless both have a mid. */
function gapOf<Row extends Sides>({ call, put }: Strike<Row>): number | null {
  const callMid = freshMidOf(call)
  const putMid = freshMidOf(put)
  // Rounded, because otherwise floating-point errors in sums of cents would decide ties.
  return callMid === null || putMid === null ? null : Math.round((callMid - putMid) * 1e8) / 1e8
}
