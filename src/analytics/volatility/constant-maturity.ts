import { absent, type Found, found, mapFound } from '../measured.ts'
import type { TermPoint } from './at-the-money.ts'
import { pairAround, weeklyPairAround } from './expiration-pair.ts'

/** Implied volatility at a maturity. */
interface VolAtDays {
  /** Calendar days to expiry, fractional. */
  readonly days: number
  /** Annualised, a fraction. */
  readonly volFraction: number
}

/** The maturity of iv30 and mfiv30, days. */
export const THIRTY_DAYS = 30

/**
 * Volatility at a constant maturity between two expirations. Total variance is interpolated linearly in time,
 * σ² = [σ1²·T1·(T2 − t) + σ2²·T2·(t − T1)] / (T2 − T1) / t. (20 d, 24 %) and (45 d, 28 %) give 26.47 % at 30 days;
 * interpolating volatilities would give 25.60 %.
 * @throws RangeError unless near.days ≤ days < next.days.
 */
export function interpolateVol(near: VolAtDays, next: VolAtDays, days = THIRTY_DAYS): number {
  if (!(near.days <= days && days < next.days)) {
    throw new RangeError(`${days} days do not lie between ${near.days} and ${next.days}`)
  }
  // Squares and roots would change its last digit.
  if (near.days === days) return near.volFraction
  const nearPart = near.volFraction ** 2 * near.days * (next.days - days)
  const nextPart = next.volFraction ** 2 * next.days * (days - near.days)
  return Math.sqrt((nearPart + nextPart) / (next.days - near.days) / days)
}

/** Which of a term point's two volatilities: our own or that of IB's model. */
export type VolKind = 'own' | 'ibModel'

/** A volatility at a constant maturity, and the expirations that it lies between. */
export interface VolAtMaturity {
  /** A fraction. */
  readonly vol: number
  readonly pair: readonly [near: TermPoint, next: TermPoint]
}

/**
 * At-the-money volatility at a constant maturity, interpolated between the two expirations of `pairAround` of those with a
 * volatility. `no_bracket` without one on either side; `no_chain` without expirations.
 */
export function constantMaturity(
  points: readonly TermPoint[],
  { days, kind }: { readonly days: number; readonly kind: VolKind },
): Found<VolAtMaturity> {
  if (points.length === 0) return absent('no_chain')
  const known = points.filter((point) => point[kind].reason === null)
  if (known.length === 0) return absent(points[0]?.[kind].reason ?? 'no_atm_bracket')
  const pair = pairAround(known, days)
  if (!pair) return absent('no_bracket')
  return found({ vol: volBetween(pair, days, kind), pair })
}

/** The two maturities of the term slope, days. The default collection covers both. */
export const TERM_DAYS = { short: 14, long: 45 } as const

/** The slope and the expirations that its two ends lie between, without repetition. */
export interface TermSlope {
  /** A fraction. */
  readonly slope: number
  readonly expirations: readonly TermPoint[]
}

/**
 * At-the-money volatility at 45 days minus that at 14 days, a fraction; positive if the term structure rises. Total
 * variance is a line from each weekly expiration to the next, so that a slot has one slope whatever else was collected,
 * as long as the weeks around the two ends were, which the policy of targets makes sure of. A curve with few parameters
 * through all weeks moves by a tenth of a point with each week that is added or missing, because it spreads what one week
 * expects (a meeting, a holiday) over all. `no_bracket` where an end has no expiration on a side.
 */
export function termSlope(points: readonly TermPoint[]): Found<TermSlope> {
  if (points.length === 0) return absent('no_chain')
  const known = points.filter((point) => point.own.reason === null)
  if (known.length === 0) return absent(points[0]?.own.reason ?? 'no_atm_bracket')
  const short = weeklyPairAround(known, TERM_DAYS.short)
  const long = weeklyPairAround(known, TERM_DAYS.long)
  if (!short || !long) return absent('no_bracket')
  const slope = volBetween(long, TERM_DAYS.long, 'own') - volBetween(short, TERM_DAYS.short, 'own')
  return found({ slope, expirations: [...new Set([...short, ...long])] })
}

function volBetween(pair: VolAtMaturity['pair'], days: number, kind: VolKind): number {
  const [near, next] = pair.map((point) => ({ days: point.days, volFraction: point[kind].value as number }))
  return interpolateVol(near as VolAtDays, next as VolAtDays, days)
}

/**
 * The forward at a constant maturity, dollars: linear in time between the two expirations that `constantMaturity` takes.
 * For options on forwards, which have no other price.
 */
export function constantForward(points: readonly TermPoint[], days = THIRTY_DAYS): Found<number> {
  const pair = constantMaturity(points, { days, kind: 'own' }).value?.pair
  if (!pair) return absent('no_bracket')
  const [near, next] = pair
  const [soon, late] = [near.forward.value?.forward ?? 0, next.forward.value?.forward ?? 0]
  return found(soon + ((days - near.days) / (next.days - near.days)) * (late - soon))
}

/** One standard deviation of the underlying over `days`, dollars: S·σ·√(days/365). */
export function expectedMove(spot: number, vol: Found<number>, days = THIRTY_DAYS): Found<number> {
  if (!Number.isFinite(spot) || !(spot > 0)) return absent('no_underlying_price')
  return mapFound(vol, (volFraction) => spot * volFraction * Math.sqrt(days / 365))
}
