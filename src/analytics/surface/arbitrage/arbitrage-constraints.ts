import type { LogMoneynessRange } from '../smile.ts'
import { type Curve, fillPoint, type MutablePoint, varianceOn } from '../spline/curve.ts'
import type { SmileProblem } from '../spline/smile-problem.ts'
import { createSplineRows, fillSplineRows } from '../spline/spline-rows.ts'
import { densityGradient, densityOf } from './density.ts'
import type { QuadraticProgram } from './quadratic-program.ts'

/** Constraints are set at this many points in each interval of knots. */
const POINTS_AN_INTERVAL = 3
/** The constraints keep these distances, so that they hold between the points as well. */
const LEAST_DENSITY = 0.003
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

/** `more` are further points, standardized, where a check found what the constraints had missed. */
export function constraintGrid(
  { knots, bends, atmVariance, quotes }: SmileProblem,
  { later, earlier }: Neighbours,
  more: readonly number[] = [],
): ConstraintGrid {
  const size = knots.length
  const points = Float64Array.from([...gridPoints(knots), ...more])
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

function gridPoints(knots: readonly number[]): number[] {
  const points: number[] = []
  for (let at = 0; at + 1 < knots.length; at++) {
    const low = knots[at] as number
    const width = (knots[at + 1] as number) - low
    for (let part = 0; part < POINTS_AN_INTERVAL; part++)
      points.push(low + (width * part) / POINTS_AN_INTERVAL)
  }
  return [...points, knots.at(-1) as number]
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

/** Whether the room for earlier smiles is a constraint, a wish or nothing. */
export type Room = 'kept' | 'sought' | 'ignored'

/**
 * The quadratic program of one pass: bounds of y at the points, and the density linearized at the values of `curve`,
 * with a small pull towards them.
 */
export function constrainedProgram(
  { knots, hessian, linear, atmVariance }: SmileProblem,
  grid: ConstraintGrid,
  { curve, room }: { readonly curve: Curve; readonly room: Room },
): QuadraticProgram {
  const size = knots.length
  const { value, slope, bend } = grid
  const rows = new Float64Array(3 * grid.points.length * size)
  const bounds = new Float64Array(3 * grid.points.length)
  const point: MutablePoint = { z: 0, y: 0, slope: 0, bend: 0 }
  let count = 0
  for (let at = 0; at < grid.points.length; at++) {
    const most = grid.most[at] as number
    const least = room === 'kept' ? Math.min(grid.least[at] as number, most) : Number.NEGATIVE_INFINITY
    for (let column = 0; column < size; column++) {
      rows[count * size + column] = value[at * size + column] as number
    }
    bounds[count++] = Math.max(LEAST_VALUE, least)
    if (most < Number.POSITIVE_INFINITY) {
      for (let column = 0; column < size; column++) {
        rows[count * size + column] = -(value[at * size + column] as number)
      }
      bounds[count++] = -most
    }
    fillPoint(curve, grid.points[at] as number, point)
    const { byValue, bySlope } = densityGradient(point, atmVariance)
    let own = 0
    for (let column = 0; column < size; column++) {
      const cell = at * size + column
      const part =
        byValue * (value[cell] as number) + bySlope * (slope[cell] as number) + (bend[cell] as number) / 2
      rows[count * size + column] = part
      own += part * (curve.values[column] as number)
    }
    bounds[count++] = LEAST_DENSITY - densityOf(point, atmVariance) + own
  }
  const objective = pulled({ hessian, linear }, curve)
  if (room === 'sought') seekRoom(objective, grid, curve)
  return { ...objective, rows: rows.subarray(0, count * size), bounds: bounds.subarray(0, count) }
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

/** Whether a row of the program limits the density: the last one of each point. */
export function isDensityRow({ most }: ConstraintGrid, row: number): boolean {
  const rowsOfPoint = (most[0] as number) < Number.POSITIVE_INFINITY ? 3 : 2
  return row % rowsOfPoint === rowsOfPoint - 1
}

/** How far a smile may miss the room that is sought at the cost of a quote missed by its half-width, as a share. */
const ROOM_HALF_WIDTH = 0.05

/** Adds to the objective that the points below the room for earlier smiles rise to it. */
function seekRoom(
  { hessian, linear }: Pick<QuadraticProgram, 'hessian' | 'linear'>,
  grid: ConstraintGrid,
  curve: Curve,
): void {
  const size = linear.length
  grid.points.forEach((z, at) => {
    const least = grid.least[at] as number
    if (!(least > varianceOn(curve, z * curve.scale) / curve.atmVariance)) return
    const weight = 1 / (ROOM_HALF_WIDTH * least) ** 2
    const row = grid.value.subarray(at * size, (at + 1) * size)
    for (let line = 0; line < size; line++) {
      const part = weight * (row[line] as number)
      linear[line] = (linear[line] as number) + part * least
      for (let column = 0; column <= line; column++) {
        const cell = line * size + column
        hessian[cell] = (hessian[cell] as number) + part * (row[column] as number)
      }
    }
  })
}
