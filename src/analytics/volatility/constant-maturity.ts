import { absent, type Found, found, mapFound } from '../measured.ts'
import type { TermPoint } from './at-the-money.ts'
import { pairAround } from './expiration-pair.ts'

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
  const [near, next] = pair.map((point) => ({ days: point.days, volFraction: point[kind].value as number }))
  return found({ vol: interpolateVol(near as VolAtDays, next as VolAtDays, days), pair })
}

/** The two maturities of the term slope, days. The default collection covers both. */
export const TERM_DAYS = { short: 14, long: 45 } as const

/** At-the-money volatility at 45 days minus that at 14 days, a fraction; positive if the term structure rises. */
export function termSlope(short: Found<number>, long: Found<number>): Found<number> {
  return short.reason === null ? mapFound(long, (value) => value - short.value) : short
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
