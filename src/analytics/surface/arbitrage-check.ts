import { type Curve, fillPoint, type MutablePoint, varianceOn } from './curve.ts'
import { densityOf } from './density.ts'
import type { ArbitrageCheck, LogMoneynessRange } from './smile.ts'

/** Smiles are checked at least from half to one and a half times the forward, and as far as their quotes reach. */
const CHECKED: LogMoneynessRange = { from: Math.log(0.5), to: Math.log(1.5) }
/** Points between the end knots, spread evenly over their intervals, and on each wing beyond them. */
const INNER_POINTS = 600
const WING_POINTS = 120

export function checkedRange(quoted: LogMoneynessRange): LogMoneynessRange {
  return { from: Math.min(CHECKED.from, quoted.from), to: Math.max(CHECKED.to, quoted.to) }
}

/** A smile that was accepted, as an earlier one is held against it. */
export interface LaterSmile {
  readonly curve: Curve
  /** Where it was checked. */
  readonly points: Float64Array
}

/** Log-moneyness of the points at which a smile is checked: more than 800, dense where it bends. */
export function checkPoints({ knots, scale }: Curve, { from, to }: LogMoneynessRange): Float64Array {
  const intervals = knots.length - 1
  const each = Math.ceil(INNER_POINTS / intervals)
  const points = new Float64Array(intervals * each + 2 * WING_POINTS + 1)
  const first = (knots[0] as number) * scale
  const last = (knots[intervals] as number) * scale
  let at = 0
  for (let step = 0; step < WING_POINTS; step++) points[at++] = from + ((first - from) * step) / WING_POINTS
  for (let interval = 0; interval < intervals; interval++) {
    const low = (knots[interval] as number) * scale
    const width = (knots[interval + 1] as number) * scale - low
    for (let step = 0; step < each; step++) points[at++] = low + (width * step) / each
  }
  for (let step = 0; step <= WING_POINTS; step++) points[at++] = last + ((to - last) * step) / WING_POINTS
  return points
}

/**
 * Density of a smile at its points, and its distance from the next later one of the same underlying at the points of
 * both. A smile without variance somewhere has a density of −∞ there.
 */
export function checkSmile(curve: Curve, points: Float64Array, later: LaterSmile | null): ArbitrageCheck {
  const { atmVariance, scale } = curve
  const point: MutablePoint = { z: 0, y: 0, slope: 0, bend: 0 }
  let leastDensity = Number.POSITIVE_INFINITY
  let leastGap = Number.POSITIVE_INFINITY
  for (const k of points) {
    fillPoint(curve, k / scale, point)
    const density = point.y > 0 ? densityOf(point, atmVariance) : Number.NEGATIVE_INFINITY
    if (!(density >= leastDensity)) leastDensity = density
    if (later) leastGap = Math.min(leastGap, gapBetween(atmVariance * point.y, varianceOn(later.curve, k)))
  }
  if (later) {
    const from = points[0] as number
    const to = points[points.length - 1] as number
    for (const k of later.points) {
      if (k < from || k > to) continue
      leastGap = Math.min(leastGap, gapBetween(varianceOn(curve, k), varianceOn(later.curve, k)))
    }
  }
  return { points: points.length, leastDensity, leastCalendarGap: later ? leastGap : null }
}

/** By how much the later variance is larger, as a share of it. */
function gapBetween(earlier: number, later: number): number {
  return (later - earlier) / later
}

/** Whether the check found no arbitrage. */
export function isFree({ leastDensity, leastCalendarGap }: ArbitrageCheck): boolean {
  return leastDensity >= 0 && (leastCalendarGap === null || leastCalendarGap >= 0)
}
