import { type Expiration, freshMidOf, type Sides, type Strike, yearsOf } from '../chain.ts'
import { absent, type Found, found } from '../measured.ts'

export interface Forward {
  /** Forward price of the underlying at expiry, dollars. */
  readonly forward: number
  /** The strike that it was computed at. */
  readonly pivot: number
}

/**
 * The forward price by put-call parity at the strike whose call and put are closest in price:
 * F = K + e^{rT}(C − P), with C and P mids of two-sided quotes that are not stale; of two equally close strikes, the lower.
 * Absent (`no_parity_pair`) where no strike has both quotes. Source: Cboe, "Volatility Index Methodology".
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

/** Call less put, dollars; null without both. */
function gapOf<Row extends Sides>({ call, put }: Strike<Row>): number | null {
  const callMid = freshMidOf(call)
  const putMid = freshMidOf(put)
  // Sums of decimal cents: without this, 4.05 − 4.00 and 4.00 − 4.05 would differ in the last bit and break ties.
  return callMid === null || putMid === null ? null : Math.round((callMid - putMid) * 1e8) / 1e8
}
