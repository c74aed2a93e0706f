import { daysOf, type Expiration, MINUTES_PER_YEAR, type Sides } from '../chain.ts'
import { type AbsenceReason, absent, type Found, found } from '../measured.ts'
import { THIRTY_DAYS } from './constant-maturity.ts'
import { type Maturity, pairAround } from './expiration-pair.ts'
import { type Strip, type StripQuotes, varianceStrip } from './variance-strip.ts'

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

/** A strip's quotes with what decides whether it is one of the two around 30 days. */
export type StripCandidate<Row extends Sides = Sides> = StripQuotes<Row> &
  Pick<Expiration<Row>, 'expiresAt' | 'settlement'>

/**
 * 100·√{[T1·σ1²·(N2 − 43200) + T2·σ2²·(43200 − N1)]/(N2 − N1)·525600/43200} with N in minutes. 1 and 2 are the two
 * expirations of `pairAround` of those with a strip. `no_bracket` if there is no expiration on one side; if there are some
 * but without a strip, the reason of the one nearest to 30 days.
 */
export function modelFree30<Candidate extends StripCandidate>(
  candidates: readonly Candidate[],
  rateFraction: number,
): Found<ModelFree & { readonly pair: readonly [near: Candidate, next: Candidate] }> {
  if (candidates.length === 0) return absent('no_chain')
  const strips = new Map<Candidate, Found<Strip>>()
  const stripOf = (candidate: Candidate) => {
    const known = strips.get(candidate) ?? varianceStrip(candidate, rateFraction)
    strips.set(candidate, known)
    return known
  }
  let open = candidates.map((candidate) => ({ ...maturityOf(candidate), candidate }))
  let reason: Found<never> | null = null
  for (;;) {
    const pair = pairAround(open, THIRTY_DAYS)
    if (!pair) return reason ?? absent('no_bracket')
    const [near, next] = pair.map(({ candidate }) => stripOf(candidate)) as [Found<Strip>, Found<Strip>]
    if (near.reason === null && next.reason === null) {
      return found({ ...combineStrips(near.value, next.value), pair: [pair[0].candidate, pair[1].candidate] })
    }
    reason ??= near.reason === null ? absent(next.reason as AbsenceReason) : absent(near.reason)
    open = open.filter(({ candidate }) => (strips.get(candidate)?.reason ?? null) === null)
  }
}

function maturityOf(candidate: StripCandidate): Maturity {
  const { expiresAt, settlement } = candidate
  return { days: daysOf(candidate), expiresAt, settlement }
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
