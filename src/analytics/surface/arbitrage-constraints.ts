import { type Curve, fillPoint, type MutablePoint, varianceOn } from './curve.ts'
import { densityGradient, densityOf } from './density.ts'
import type { QuadraticProgram } from './quadratic-program.ts'
import type { LogMoneynessRange } from './smile.ts'
import type { SmileProblem } from './smile-problem.ts'
import { createSplineRows, fillSplineRows } from './spline-rows.ts'

/** Where constraints are set: three points in each interval of knots, and these many on each wing. */
const POINTS_AN_INTERVAL = 3
const WING_POINTS = 12
/** The wings are held this far, a little beyond the range that is checked. */
const WINGS: LogMoneynessRange = { from: Math.log(0.45), to: Math.log(1.6) }
/** By how much a wing reaches beyond quotes that are further out, in k. */
const WING_MARGIN = 0.1
/** The constraints keep these distances, so that they hold between the points as well. */
const LEAST_DENSITY = 0.03
const MOST_OF_LATER = 0.999
const LEAST_VALUE = 0.04

/** The points of the constraints with their rows, which do not change from pass to pass. */
export interface ConstraintGrid {
  readonly points: Float64Array
  /** Value, slope and bend of each point as functions of the values at the knots, by rows. */
  readonly value: Float64Array
  readonly slope: Float64Array
  readonly bend: Float64Array
  /** y is at most this and at least that; ±∞ where nothing limits it. */
  readonly most: Float64Array
  readonly least: Float64Array
}

/** Free smiles of earlier expirations: a later one must leave room for them where they are quoted. */
export interface EarlierSmile {
  readonly curve: Curve
  readonly quoted: LogMoneynessRange
}

export interface Neighbours {
  /** The accepted smile of the next later expiration on the same underlying; null for the last. */
  readonly later: Curve | null
  readonly earlier: readonly EarlierSmile[]
}

export function constraintGrid(
  { knots, bends, atmVariance, quotes }: SmileProblem,
  { later, earlier }: Neighbours,
): ConstraintGrid {
  const size = knots.length
  const points = gridPoints(knots, Math.sqrt(atmVariance))
  const rows = createSplineRows(size)
  const [value, slope, bend] = [0, 0, 0].map(() => new Float64Array(points.length * size)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const most = new Float64Array(points.length)
  const least = new Float64Array(points.length)
  const quoted = { from: quotes[0]?.k as number, to: quotes.at(-1)?.k as number }
  points.forEach((z, at) => {
    fillSplineRows({ knots, bends }, z, rows)
    value.set(rows.value, at * size)
    slope.set(rows.slope, at * size)
    bend.set(rows.bend, at * size)
    const k = z * Math.sqrt(atmVariance)
    most[at] = later ? (MOST_OF_LATER * varianceOn(later, k)) / atmVariance : Number.POSITIVE_INFINITY
    least[at] =
      k < quoted.from || k > quoted.to ? roomFor(earlier, k) / atmVariance : Number.NEGATIVE_INFINITY
  })
  return { points, value, slope, bend, most, least }
}

function gridPoints(knots: readonly number[], scale: number): Float64Array {
  const first = knots[0] as number
  const last = knots.at(-1) as number
  const from = Math.min(WINGS.from / scale, first - WING_MARGIN / scale)
  const to = Math.max(WINGS.to / scale, last + WING_MARGIN / scale)
  const points: number[] = []
  for (let at = 0; at < WING_POINTS; at++) points.push(from + ((first - from) * at) / WING_POINTS)
  for (let at = 0; at + 1 < knots.length; at++) {
    const low = knots[at] as number
    const width = (knots[at + 1] as number) - low
    for (let part = 0; part < POINTS_AN_INTERVAL; part++)
      points.push(low + (width * part) / POINTS_AN_INTERVAL)
  }
  for (let at = 0; at <= WING_POINTS; at++) points.push(last + ((to - last) * at) / WING_POINTS)
  return Float64Array.from(points)
}

/** The largest total variance of the earlier smiles that are quoted there; −∞ if none is. */
function roomFor(earlier: readonly EarlierSmile[], k: number): number {
  let most = Number.NEGATIVE_INFINITY
  for (const { curve, quoted } of earlier) {
    if (k >= quoted.from && k <= quoted.to) most = Math.max(most, varianceOn(curve, k))
  }
  return most
}

/** Whether the smile leaves the room that the earlier ones need. */
export function leavesRoom({ points, least }: ConstraintGrid, curve: Curve): boolean {
  return points.every(
    (z, at) => varianceOn(curve, z * curve.scale) >= curve.atmVariance * (least[at] as number),
  )
}

/**
 * The quadratic program of one pass: bounds of y at the points, and the density linearised at the values of `curve`,
 * with a small pull towards them.
 */
export function constrainedProgram(
  { knots, hessian, linear, atmVariance }: SmileProblem,
  grid: ConstraintGrid,
  { curve, keepsRoom }: { readonly curve: Curve; readonly keepsRoom: boolean },
): QuadraticProgram {
  const size = knots.length
  const rows: Float64Array[] = []
  const bounds: number[] = []
  const point: MutablePoint = { z: 0, y: 0, slope: 0, bend: 0 }
  for (let at = 0; at < grid.points.length; at++) {
    const value = grid.value.subarray(at * size, (at + 1) * size)
    const most = grid.most[at] as number
    const least = keepsRoom ? Math.min(grid.least[at] as number, most) : Number.NEGATIVE_INFINITY
    rows.push(value)
    bounds.push(Math.max(LEAST_VALUE, least))
    if (most < Number.POSITIVE_INFINITY) {
      rows.push(value.map((one) => -one))
      bounds.push(-most)
    }
    fillPoint(curve, grid.points[at] as number, point)
    const { byValue, bySlope } = densityGradient(point, atmVariance)
    const row = new Float64Array(size)
    let own = 0
    for (let column = 0; column < size; column++) {
      const cell = at * size + column
      row[column] =
        byValue * (grid.value[cell] as number) +
        bySlope * (grid.slope[cell] as number) +
        (grid.bend[cell] as number) / 2
      own += (row[column] as number) * (curve.values[column] as number)
    }
    rows.push(row)
    bounds.push(LEAST_DENSITY - densityOf(point, atmVariance) + own)
  }
  const flat = new Float64Array(rows.length * size)
  rows.forEach((row, at) => {
    flat.set(row, at * size)
  })
  return { ...pulled({ hessian, linear }, curve), rows: flat, bounds: Float64Array.from(bounds) }
}

/** Weight of the squared distance from the values of the last pass. */
const PULL = 1e-3

function pulled(
  { hessian, linear }: Pick<SmileProblem, 'hessian' | 'linear'>,
  { values }: Curve,
): Pick<QuadraticProgram, 'hessian' | 'linear'> {
  const size = linear.length
  const own = { hessian: hessian.slice(), linear: linear.slice() }
  for (let at = 0; at < size; at++) {
    own.hessian[at * size + at] = (own.hessian[at * size + at] as number) + PULL
    own.linear[at] = (own.linear[at] as number) + PULL * (values[at] as number)
  }
  return own
}
