import type { ArbitrageCheck, LogMoneynessRange } from '../smile.ts'
import { type Curve, fillPoint, type MutablePoint, varianceOn } from '../spline/curve.ts'
import { densityOf } from './density.ts'

/** Smiles are checked at least from half to one and a half times the forward, and as far as their quotes reach. */
const CHECKED: LogMoneynessRange = { from: Math.log(0.5), to: Math.log(1.5) }
/** Points from the first to the last knot, spread evenly over their intervals; at least so many. */
const CHECK_POINTS = 840
/** No two of them are further apart, in k. */
const WIDEST_STEP = 0.004
/** What a smile must keep at the points, so that it has no arbitrage between them either. */
const LEAST_DENSITY = 5e-4
const LEAST_GAP = 1e-4

export function checkedRange(quoted: LogMoneynessRange): LogMoneynessRange {
  return { from: Math.min(CHECKED.from, quoted.from), to: Math.max(CHECKED.to, quoted.to) }
}

/** Where a smile is checked, and the total variance of the next later smile there. */
export interface CheckGrid {
  /** Log-moneyness. */
  readonly points: Float64Array
  /** Null for the last expiration. */
  readonly later: Float64Array | null
}

/** The points of a smile and those of the next later one within them. */
export function checkGrid(curve: Curve, later: Curve | null): CheckGrid {
  const own = checkPoints(curve)
  if (!later) return { points: own, later: null }
  const from = own[0] as number
  const to = own[own.length - 1] as number
  const others = checkPoints(later).filter((k) => k > from && k < to)
  const points = new Float64Array(own.length + others.length)
  points.set(own)
  points.set(others, own.length)
  return { points, later: points.map((k) => varianceOn(later, k)) }
}

/** Log-moneyness of the points at which a smile is checked: dense where it bends, and beyond the range that is checked. */
function checkPoints({ knots, scale }: Curve): Float64Array {
  const intervals = knots.length - 1
  const fewest = Math.ceil(CHECK_POINTS / intervals)
  const points: number[] = []
  for (let interval = 0; interval < intervals; interval++) {
    const low = (knots[interval] as number) * scale
    const width = (knots[interval + 1] as number) * scale - low
    const count = Math.max(fewest, Math.ceil(width / WIDEST_STEP))
    for (let step = 0; step < count; step++) points.push(low + (width * step) / count)
  }
  return Float64Array.from([...points, (knots[intervals] as number) * scale])
}

/**
 * Density of a smile at its points, and its distance from the next later one of the same underlying at the points of
 * both. A smile without variance somewhere has a density of −∞ there.
 */
export function checkSmile(curve: Curve, grid: CheckGrid): ArbitrageCheck {
  let leastDensity = Number.POSITIVE_INFINITY
  let leastGap = Number.POSITIVE_INFINITY
  eachChecked(curve, grid, (_, density, gap) => {
    // Not a number counts as a violation.
    if (!(density >= leastDensity)) leastDensity = density
    if (!(gap >= leastGap)) leastGap = gap
  })
  return { points: grid.points.length, leastDensity, leastCalendarGap: grid.later ? leastGap : null }
}

/** Log-moneyness of the points with arbitrage that are worse than their neighbours. */
export function violatedPoints(curve: Curve, grid: CheckGrid): number[] {
  const [densities, gaps]: [number[], number[]] = [[], []]
  const ofDensity = worstOfRuns(densities, LEAST_DENSITY)
  const ofGap = worstOfRuns(gaps, LEAST_GAP)
  eachChecked(curve, grid, (k, density, gap) => {
    ofDensity(k, density)
    ofGap(k, gap)
  })
  return [...densities, ...gaps]
}

/** Collects the k of the lowest value of each run of values below a bound. */
function worstOfRuns(into: number[], bound: number): (k: number, value: number) => void {
  let lowest = Number.POSITIVE_INFINITY
  return (k, value) => {
    if (value >= bound) {
      lowest = Number.POSITIVE_INFINITY
      return
    }
    if (lowest === Number.POSITIVE_INFINITY) into.push(k)
    else if (value < lowest) into[into.length - 1] = k
    lowest = Math.min(lowest, value)
  }
}

function eachChecked(
  curve: Curve,
  { points, later }: CheckGrid,
  visit: (k: number, density: number, gap: number) => void,
): void {
  const { atmVariance, scale } = curve
  const point: MutablePoint = { z: 0, y: 0, slope: 0, bend: 0 }
  for (let at = 0; at < points.length; at++) {
    const k = points[at] as number
    fillPoint(curve, k / scale, point)
    const density = point.y > 0 ? densityOf(point, atmVariance) : Number.NEGATIVE_INFINITY
    const above = later?.[at]
    visit(
      k,
      density,
      above === undefined ? Number.POSITIVE_INFINITY : gapBetween(atmVariance * point.y, above),
    )
  }
}

/** By how much the later variance is larger, as a share of it. */
function gapBetween(earlier: number, later: number): number {
  return (later - earlier) / later
}

/** Whether the check found no arbitrage, nor a smile that comes so close to it that there may be some between the points. */
export function isFree({ leastDensity, leastCalendarGap }: ArbitrageCheck): boolean {
  return leastDensity >= LEAST_DENSITY && (leastCalendarGap === null || leastCalendarGap >= LEAST_GAP)
}
