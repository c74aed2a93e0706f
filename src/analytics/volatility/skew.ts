import { type ChainRow, daysOf, type Expiration, isStale } from '../chain.ts'
import { absent, type Found, found } from '../measured.ts'
import { interpolateVol, THIRTY_DAYS } from './constant-maturity.ts'
import { pairAround } from './expiration-pair.ts'

/** The absolute delta at which the wings are compared. */
const WING_DELTA = 0.25

interface Skew {
  /** Volatility of the 25-delta put minus that of the 25-delta call, a fraction: 0.05 is five points. */
  readonly skew: number
  /** Fractions. */
  readonly putVol: number
  readonly callVol: number
  /** Number of expirations with both wings. */
  readonly expirations: number
  /** The two that the value was interpolated between. */
  readonly pair: readonly [Expiration, Expiration]
}

/**
 * 25-delta skew at 30 days. For each expiration, the volatility at a delta of −0.25 (puts) and 0.25 (calls) is
 * interpolated linearly in delta between the two options that bracket it. The volatilities and deltas are those of the
 * rows, except our own of stale quotes. Each wing is then interpolated to 30 days like iv30; the difference is the
 * skew. `no_25_delta` if no expiration has both wings; `no_bracket` if all that do are on one side of 30 days.
 */
export function skew25(expirations: readonly Expiration[]): Found<Skew> {
  if (expirations.length === 0) return absent('no_chain')
  const wings = expirations.flatMap((expiration) => {
    const putVol = volAtDelta(expiration.strikes.map(({ put }) => put))
    const callVol = volAtDelta(expiration.strikes.map(({ call }) => call))
    const { expiresAt, settlement } = expiration
    return putVol === null || callVol === null
      ? []
      : [{ expiration, expiresAt, settlement, days: daysOf(expiration), putVol, callVol }]
  })
  if (wings.length === 0) return absent('no_25_delta')
  const bracket = pairAround(wings, THIRTY_DAYS)
  if (!bracket) return absent('no_bracket')
  const [near, next] = bracket
  const at = (wing: 'putVol' | 'callVol') =>
    interpolateVol({ days: near.days, volFraction: near[wing] }, { days: next.days, volFraction: next[wing] })
  const putVol = at('putVol')
  const callVol = at('callVol')
  return found({
    skew: putVol - callVol,
    putVol,
    callVol,
    expirations: wings.length,
    pair: [near.expiration, next.expiration],
  })
}

/** The volatility at an absolute delta of 0.25, interpolated between the closest option on either side. */
function volAtDelta(options: readonly (ChainRow | null)[]): number | null {
  let inner: { size: number; vol: number } | null = null
  let outer: { size: number; vol: number } | null = null
  for (const option of options) {
    if (option?.greeks_source === 'own' && isStale(option)) continue
    const vol = option?.iv ?? null
    const size = Math.abs(option?.delta ?? Number.NaN)
    if (vol === null || !(vol > 0) || !Number.isFinite(vol) || !(size > 0 && size < 1)) continue
    if (size >= WING_DELTA && (!inner || size < inner.size)) inner = { size, vol }
    if (size < WING_DELTA && (!outer || size > outer.size)) outer = { size, vol }
  }
  if (!inner || !outer) return null
  return outer.vol + ((WING_DELTA - outer.size) / (inner.size - outer.size)) * (inner.vol - outer.vol)
}
