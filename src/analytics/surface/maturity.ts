import { yearsBetween } from '../../market/calendar.ts'
import { type EpochMs, epochMs } from '../../market/units.ts'
import { absent, type Found, found } from '../measured.ts'
import type { TradingClock } from '../trading-time.ts'
import type { LogMoneynessRange, Smile } from './smile.ts'
import { curveOf, varianceOn } from './spline/curve.ts'
import type { SurfaceSlice } from './surface.ts'

/** A smile of any maturity where quotes support it: that of an expiration, or one between two. */
export interface MaturitySmile {
  /** Years to the maturity, calendar time over 365 days. */
  readonly years: number
  /** Where the quotes of all expirations it is made of reach. */
  readonly quoted: LogMoneynessRange
  /** σ²·years at k = ln(K/F); null outside `quoted`. */
  readonly totalVarianceAt: (k: number) => number | null
}

/** What a smile between expirations is made from: a slice of a fitted surface, or the same from a stored row. */
export interface DatedSmile extends Pick<SurfaceSlice, 'expiresAt'> {
  readonly smile: Found<Smile>
}

/** A smile between two expirations. */
export interface InterpolatedSmile<Slice extends DatedSmile = SurfaceSlice> extends MaturitySmile {
  /** The expirations before and after, which may be the same one. */
  readonly between: readonly [Slice, Slice]
}

/** The smile of one expiration, where it is quoted. */
export function expirationSmile(smile: Smile): MaturitySmile {
  const curve = curveOf(smile)
  const { quoted, years } = smile
  return {
    years,
    quoted,
    totalVarianceAt: (k) => (k >= quoted.from && k <= quoted.to ? varianceOn(curve, k) : null),
  }
}

/**
 * The smile `days` calendar days after the slot, from slices by time to expiry. Total variance at equal forward
 * log-moneyness is interpolated linearly in trading days, with the events of the clock: in calendar time a weekend would
 * have as much variance as two sessions. Two expirations without calendar arbitrage have none with a smile between them. `no_bracket` if
 * the smiles of the surface do not lie on both sides of the maturity.
 */
export function maturitySmile<Slice extends DatedSmile>(
  slices: readonly Slice[],
  { slot, days, clock }: { readonly slot: EpochMs; readonly days: number; readonly clock: TradingClock },
): Found<InterpolatedSmile<Slice>> {
  const at = epochMs(Math.round(slot + days * 86_400_000))
  const fitted = slices.flatMap((slice) => (slice.smile.value ? [{ slice, smile: slice.smile.value }] : []))
  const near = fitted.findLast(({ slice }) => slice.expiresAt <= at)
  const far = fitted.find(({ slice }) => slice.expiresAt >= at)
  if (!near || !far) return absent('no_bracket')
  const whole = clock.daysBetween(near.slice.expiresAt, far.slice.expiresAt)
  const share = whole > 0 ? clock.daysBetween(near.slice.expiresAt, at) / whole : 0
  return found({
    ...mixed(near.smile, far.smile, share),
    years: yearsBetween(slot, at),
    between: [near.slice, far.slice],
  })
}

function mixed(near: Smile, far: Smile, share: number): Omit<MaturitySmile, 'years'> {
  const [first, last] = [expirationSmile(near), expirationSmile(far)]
  return {
    quoted: {
      from: Math.max(near.quoted.from, far.quoted.from),
      to: Math.min(near.quoted.to, far.quoted.to),
    },
    totalVarianceAt: (k) => {
      const [low, high] = [first.totalVarianceAt(k), last.totalVarianceAt(k)]
      return low === null || high === null ? null : low + share * (high - low)
    },
  }
}
