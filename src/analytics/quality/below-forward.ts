import { isExercisable } from '../../snapshot/option-basis.ts'
import { QUALITY_FLAGS } from '../../snapshot/quality-flags.ts'
import type { SnapshotRow } from '../../snapshot/row.ts'
import type { Carry } from '../carry.ts'
import { type Expiration, type GroupedChain, yearsOf } from '../chain.ts'
import { parityForward } from '../volatility/forward/forward.ts'

/**
 * Sets `below_intrinsic` on options that may only be exercised at expiry: where the ask is below e^{−rT}(F − K) of a call,
 * e^{−rT}(K − F) of a put. F is the price of the option's own future, else the forward by put-call parity, which is known
 * to half the spreads of its strike: the ask must be lower by more. Without a price or forward there is no flag. A European
 * put far in the money may be worth less than its distance from the money, and an option on the VIX has nothing to do with
 * the level of the index today. Options that can be exercised at any time are left as `flagsOf` has them.
 */
export function flagBelowForward(
  rows: readonly SnapshotRow[],
  { expirationOf }: Pick<GroupedChain<SnapshotRow>, 'expirationOf'>,
  { rateFraction }: Pick<Carry, 'rateFraction'>,
): SnapshotRow[] {
  const forwards = new Map<Expiration, KnownForward | null>()
  const forwardOf = (expiration: Expiration) => {
    const known = forwards.get(expiration)
    if (known !== undefined) return known
    const found = parityWithError(expiration, rateFraction)
    forwards.set(expiration, found)
    return found
  }
  return rows.map((row) => {
    if (isExercisable(row) || row.ask === null || row.ask <= 0) return row
    const expiration = expirationOf(row)
    const known = expiration.pricedOn === 'future' ? ownFuture(row.underlying_price) : forwardOf(expiration)
    if (known === null) return row
    const distance = (row.right === 'C' ? 1 : -1) * (known.forward - row.strike)
    const worth = Math.exp(-rateFraction * yearsOf(expiration)) * distance
    return row.ask < worth - known.error ? { ...row, flags: row.flags | QUALITY_FLAGS.below_intrinsic } : row
  })
}

interface KnownForward {
  readonly forward: number
  /** How far it may be off, dollars. */
  readonly error: number
}

function ownFuture(price: number | null): KnownForward | null {
  return price === null ? null : { forward: price, error: 0 }
}

function parityWithError(expiration: Expiration, rateFraction: number): KnownForward | null {
  const parity = parityForward(expiration, rateFraction)
  if (parity.reason !== null) return null
  const { forward, pivot } = parity.value
  const pair = expiration.strikes.find(({ strike }) => strike === pivot)
  const spreads = [pair?.call, pair?.put].map((quote) => (quote?.ask ?? 0) - (quote?.bid ?? 0))
  return { forward, error: spreads.reduce((sum, spread) => sum + spread / 2, 0) }
}
