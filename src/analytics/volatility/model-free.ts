import { type Expiration, MINUTES_PER_YEAR, type Sides } from '../chain.ts'
import { absent, type Found, found } from '../measured.ts'
import { type Strip, varianceStrip } from './variance-strip.ts'

/** A truncated wing worth less than this is not reported; volatility points of the 30-day value. */
const MIN_REPORTED_POINTS = 0.05
const THIRTY_DAYS_MINUTES = 43_200

/** Model-free volatility at 30 days, in points such as 13.93, and whether the wings of its strips are truncated. */
interface ModelFree {
  readonly points: number
  /** The strikes end before two zero bids, and the missing ones are worth an estimated 0.05 points or more. */
  readonly wingTruncated: boolean
  /** Rough estimate of the points lost with the truncated wings; null if unknown. */
  readonly missingPoints: number | null
  readonly near: Strip
  readonly next: Strip
}

/**
 * 100·√{[T1·σ1²·(N2 − 43200) + T2·σ2²·(43200 − N1)]/(N2 − N1)·525600/43200} with N in minutes. 1 is the longest
 * expiration at or below 30 days, 2 the shortest above, of those with a strip. `no_bracket` if there is no expiration
 * on one side.
 */
export function modelFree30<Row extends Sides>(
  expirations: readonly Pick<Expiration<Row>, 'minutes' | 'strikes'>[],
  rateFraction: number,
): Found<ModelFree> {
  if (expirations.length === 0) return absent('no_chain')
  const near = nearestStrip(expirations, { under: true, rateFraction })
  if (near.reason !== null) return near
  const next = nearestStrip(expirations, { under: false, rateFraction })
  if (next.reason !== null) return next
  return found(combineStrips(near.value, next.value))
}

/** Interpolates two strips to 30 days; `near` is at or below 43,200 minutes, `next` above. */
export function combineStrips(near: Strip, next: Strip): ModelFree {
  const points = pointsOf(near, next, 'without')
  const missing = pointsOf(near, next, 'with') - points
  const missingPoints = Number.isFinite(missing) ? missing : null
  return { points, wingTruncated: !(missing < MIN_REPORTED_POINTS), missingPoints, near, next }
}

function pointsOf(near: Strip, next: Strip, tails: 'with' | 'without'): number {
  const total = (strip: Strip) =>
    (strip.minutes / MINUTES_PER_YEAR) * (strip.variance + (tails === 'with' ? strip.missingVariance : 0))
  const nearShare = (next.minutes - THIRTY_DAYS_MINUTES) / (next.minutes - near.minutes)
  const blended = total(near) * nearShare + total(next) * (1 - nearShare)
  return 100 * Math.sqrt((blended * MINUTES_PER_YEAR) / THIRTY_DAYS_MINUTES)
}

/** The strip closest to 30 days on one side; expirations without a strip are skipped. */
function nearestStrip<Row extends Sides>(
  expirations: readonly Pick<Expiration<Row>, 'minutes' | 'strikes'>[],
  { under, rateFraction }: { under: boolean; rateFraction: number },
): Found<Strip> {
  const candidates = expirations
    .filter(({ minutes }) =>
      under ? minutes > 0 && minutes <= THIRTY_DAYS_MINUTES : minutes > THIRTY_DAYS_MINUTES,
    )
    .sort((a, b) => (under ? b.minutes - a.minutes : a.minutes - b.minutes))
  let reason: Found<Strip> = absent('no_bracket')
  for (const [index, candidate] of candidates.entries()) {
    const strip = varianceStrip(candidate, rateFraction)
    if (strip.reason === null) return strip
    if (index === 0) reason = strip
  }
  return reason
}
