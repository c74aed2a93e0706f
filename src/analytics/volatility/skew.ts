import { daysOf, type Expiration } from '../chain.ts'
import { absent, type Found, found } from '../measured.ts'
import { interpolateVol, THIRTY_DAYS } from './constant-maturity.ts'
import { volAtDelta } from './delta-vols.ts'
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
 * rows, except our own of stale quotes and uncertain ones. Each wing is then interpolated to 30 days like iv30; the difference is the
 * skew. `no_25_delta` if no expiration has both wings; `no_bracket` if all that do are on one side of 30 days.
 */
export function skew25(expirations: readonly Expiration[]): Found<Skew> {
  if (expirations.length === 0) return absent('no_chain')
  const wings = expirations.flatMap((expiration) => {
    const putVol = volAtDelta(
      expiration.strikes.map(({ put }) => put),
      WING_DELTA,
    )
    const callVol = volAtDelta(
      expiration.strikes.map(({ call }) => call),
      WING_DELTA,
    )
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
