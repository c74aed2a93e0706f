import { newYorkDate } from '../../market/calendar.ts'
import type { Settlement } from '../../market/option-hours.ts'
import type { EpochMs, SessionDate } from '../../market/units.ts'
import { daysBeforeFriday } from '../../market/weekly-expirations.ts'

/** An expiration as far as it decides which two a constant maturity lies between. */
export interface Maturity {
  /** Calendar days to the end of the time to expiry, fractional. */
  readonly days: number
  /** The end of the time to expiry. */
  readonly expiresAt: EpochMs
  readonly settlement: Settlement
}

/** Calendar days from one weekly expiration to the next. */
const WEEK = 7
/** By how many days an early close and a change of the clocks may move a week: three hours and one hour, rounded up. */
const CLOCK_MARGIN = 0.2

/**
 * The two expirations that a constant maturity is interpolated between, `near.days` ≤ `days` < `next.days`. Weekly ones
 * where there are any on both sides within a week, so 23 to 37 days for a maturity of 30: an expiration in the middle of
 * a week has another share of weekends and of the week's news, so that a pair that changes from day to day would move
 * the figure without a change of the market. Else the nearest on both sides. Null without one on either side.
 */
export function pairAround<T extends Maturity>(
  points: readonly T[],
  days: number,
): readonly [near: T, next: T] | null {
  const weekly = weeklyOf(points)
  const bracket = bracketOf(weekly, days)
  if (bracket) {
    const [near, next] = bracket
    const most = WEEK + CLOCK_MARGIN
    const isWithin = near.days + near.daysEarly >= days - most && next.days - near.daysEarly <= days + most
    if (isWithin) return [near.point, next.point]
  }
  return bracketOf(points, days)
}

interface Weekly<T> {
  readonly point: T
  readonly days: number
  /** By how many days a holiday moved it before its Friday. */
  readonly daysEarly: number
}

/**
 * The expirations at the end of a week: on a Friday, or on the session before it where the exchange is closed. Of two
 * classes that end on one day the one that is settled at the close: it is listed on every Friday, so a pair is of one
 * kind, while an opening settlement leaves out a session's variance for the sake of some hours.
 */
function weeklyOf<T extends Maturity>(points: readonly T[]): Weekly<T>[] {
  const byDate = new Map<SessionDate, Weekly<T>>()
  for (const point of points) {
    const date = newYorkDate(point.expiresAt)
    const daysEarly = daysBeforeFriday(date)
    if (daysEarly === null) continue
    const other = byDate.get(date)
    const isBetter = !other || (other.point.settlement === 'am' && point.settlement === 'pm')
    if (isBetter) byDate.set(date, { point, days: point.days, daysEarly })
  }
  return [...byDate.values()].sort((a, b) => a.days - b.days)
}

/**
 * The weekly expirations on both sides of a maturity, however far; without one on a side the nearest of all kinds. For
 * figures that lie between listed weeks, so that what else was collected does not matter. Null without a pair.
 */
export function weeklyPairAround<T extends Maturity>(
  points: readonly T[],
  days: number,
): readonly [near: T, next: T] | null {
  const weekly = bracketOf(weeklyOf(points), days)
  return weekly ? [weekly[0].point, weekly[1].point] : bracketOf(points, days)
}

/** The longest point at or below `days` and the shortest above; null without both. The points may be in any order. */
export function bracketOf<T extends { readonly days: number }>(
  points: readonly T[],
  days: number,
): [near: T, next: T] | null {
  let near: T | null = null
  let next: T | null = null
  for (const point of points) {
    if (point.days <= days && (!near || point.days > near.days)) near = point
    if (point.days > days && (!next || point.days < next.days)) next = point
  }
  return near && next ? [near, next] : null
}
