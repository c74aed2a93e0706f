import type { Settlement } from '../../market/option-hours.ts'
import type { EpochMs } from '../../market/units.ts'
import { QUALITY_FLAGS } from '../../snapshot/quality-flags.ts'
import { type ChainRow, daysOf, type Expiration, rowVol } from '../chain.ts'

/** Volatilities of one expiration at fixed deltas, fractions; null where no two options bracket the delta. */
export interface DeltaVols {
  readonly expiration: Expiration
  readonly days: number
  readonly expiresAt: EpochMs
  readonly settlement: Settlement
  readonly put10: number | null
  readonly put25: number | null
  readonly call25: number | null
  readonly call10: number | null
  /** Mean of the call and the put at a delta of one half: that of the straddle that is neutral in delta. */
  readonly middle: number | null
}

/** The volatilities of the rows at fixed deltas: of puts at −delta, of calls at delta. */
export function deltaVols(expiration: Expiration): DeltaVols {
  const { expiresAt, settlement, strikes } = expiration
  const puts = strikes.map(({ put }) => put)
  const calls = strikes.map(({ call }) => call)
  const [putMiddle, callMiddle] = [volAtDelta(puts, 0.5), volAtDelta(calls, 0.5)]
  return {
    ...{ expiration, days: daysOf(expiration), expiresAt, settlement },
    put10: volAtDelta(puts, 0.1),
    put25: volAtDelta(puts, 0.25),
    call25: volAtDelta(calls, 0.25),
    call10: volAtDelta(calls, 0.1),
    middle: putMiddle === null || callMiddle === null ? null : (putMiddle + callMiddle) / 2,
  }
}

/** Flags of our own volatilities that are no basis for a figure. */
const DOUBTFUL = QUALITY_FLAGS.stale | QUALITY_FLAGS.iv_uncertain

/**
 * The volatility at an absolute delta, interpolated linearly in delta between the closest option on either side; null
 * without one on either. The volatilities and deltas are those of the rows, except our own of stale quotes and those that
 * are uncertain.
 */
export function volAtDelta(options: readonly (ChainRow | null)[], delta: number): number | null {
  let inner: { size: number; vol: number } | null = null
  let outer: { size: number; vol: number } | null = null
  for (const option of options) {
    if (!option || (option.greeks_source === 'own' && (option.flags ?? 0) & DOUBTFUL)) continue
    const vol = rowVol(option)
    const size = Math.abs(option.delta ?? Number.NaN)
    if (vol === null || !(size > 0 && size < 1)) continue
    if (size >= delta && (!inner || size < inner.size)) inner = { size, vol }
    if (size < delta && (!outer || size > outer.size)) outer = { size, vol }
  }
  if (!inner || !outer) return null
  return outer.vol + ((delta - outer.size) / (inner.size - outer.size)) * (inner.vol - outer.vol)
}
