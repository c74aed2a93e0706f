import type { AcceptedSmile } from './arbitrage/arbitrage-free-smiles.ts'
import { choleskyOf, inverseTransposeOf } from './arbitrage/cholesky.ts'
import { type Curve, fillPoint, type MutablePoint } from './spline/curve.ts'
import type { SmileProblem } from './spline/smile-problem.ts'
import { createSplineRows, fillSplineRows } from './spline/spline-rows.ts'

/** Level and skew of a smile at the money, with their standard errors. */
export interface MoneyFigures {
  readonly atmVolFraction: number
  readonly atmVolError: number
  readonly skew: number
  readonly skewError: number
}

/**
 * Volatility and skew at k = 0, and how much they would vary if every true volatility lay anywhere between bid and ask
 * with equal probability (variance h²/3), and the forward had its own error. The fit is linear in the quotes along the
 * constraints that bind, so this equals a bootstrap inside bid and ask as long as the same constraints bind.
 */
export function moneyFigures(
  problem: SmileProblem,
  smile: Pick<AcceptedSmile, 'curve' | 'activeRows'>,
  { years, forwardErrorFraction }: { readonly years: number; readonly forwardErrorFraction: number },
): MoneyFigures {
  const { curve } = smile
  const { knots, bends, atmVariance } = problem
  const rows = createSplineRows(knots.length)
  fillSplineRows({ knots, bends }, 0, rows)
  const point: MutablePoint = { z: 0, y: 0, slope: 0, bend: 0 }
  fillPoint(curve, 0, point)
  const atmVolFraction = Math.sqrt((atmVariance * point.y) / years)
  const perSlope = Math.sqrt(atmVariance) / (2 * atmVolFraction * years)
  const skew = perSlope * point.slope
  const perValue = atmVariance / (2 * atmVolFraction * years)
  const skewPerValue = -skew / (2 * point.y)
  const errorOf = errorFunction(problem, smile, forwardErrorFraction)
  return {
    atmVolFraction,
    atmVolError: errorOf(rows.value.map((one) => perValue * one)),
    skew,
    skewError: errorOf(
      rows.value.map((one, at) => skewPerValue * one + perSlope * (rows.slope[at] as number)),
    ),
  }
}

/** The standard error of a linear function of the values at the knots. */
function errorFunction(
  problem: SmileProblem,
  { curve, activeRows }: Pick<AcceptedSmile, 'curve' | 'activeRows'>,
  forwardErrorFraction: number,
): (functional: Float64Array) => number {
  const { gram, hessian, knots } = problem
  const size = knots.length
  const lower = choleskyOf(hessian, size)
  if (!lower) return () => Number.NaN
  const basis = inverseTransposeOf(lower, size)
  const bound = orthonormal(activeRows.map((row) => timesTransposed(basis, row)))
  const byForward = forwardPull(problem, curve)
  return (functional) => {
    const projected = timesTransposed(basis, functional)
    for (const direction of bound) {
      const share = dot(direction, projected)
      for (let at = 0; at < size; at++)
        projected[at] = (projected[at] as number) - share * (direction[at] as number)
    }
    const response = times(basis, projected)
    const fromForward = forwardErrorFraction * dot(response, byForward)
    return Math.sqrt(quadraticForm(gram, response) / 3 + fromForward * fromForward)
  }
}

/** How the right-hand side of the fit changes with a relative change of the forward: variances and log-moneyness move. */
function forwardPull({ quotes, knots, bends, atmVariance }: SmileProblem, curve: Curve): Float64Array {
  const pull = new Float64Array(knots.length)
  const rows = createSplineRows(knots.length)
  const point: MutablePoint = { z: 0, y: 0, slope: 0, bend: 0 }
  for (const { k, halfWidth, perForward } of quotes) {
    const z = k / curve.scale
    fillSplineRows({ knots, bends }, z, rows)
    fillPoint(curve, z, point)
    const move = perForward + curve.scale * point.slope
    const weight = (atmVariance * move) / (halfWidth * halfWidth)
    for (let at = 0; at < pull.length; at++) {
      pull[at] = (pull[at] as number) + weight * (rows.value[at] as number)
    }
  }
  return pull
}

/** An orthonormal basis of the span of some vectors, by Gram-Schmidt; those that depend on others are left out. */
function orthonormal(vectors: readonly Float64Array[]): Float64Array[] {
  const found: Float64Array[] = []
  for (const vector of vectors) {
    const before = dot(vector, vector)
    for (const other of found) {
      const share = dot(other, vector)
      for (let at = 0; at < vector.length; at++)
        vector[at] = (vector[at] as number) - share * (other[at] as number)
    }
    const length = dot(vector, vector)
    if (length > 1e-18 * before) found.push(vector.map((one) => one / Math.sqrt(length)))
  }
  return found
}

/** J'v with J by rows. */
function timesTransposed(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length
  const product = new Float64Array(size)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      product[column] =
        (product[column] as number) + (matrix[row * size + column] as number) * (vector[row] as number)
    }
  }
  return product
}

/** Jv with J by rows. */
function times(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length
  return vector.map((_, row) => dot(matrix.subarray(row * size, (row + 1) * size), vector))
}

/** v'Gv of a symmetric matrix of which the lower triangle is given. */
function quadraticForm(lower: Float64Array, vector: Float64Array): number {
  const size = vector.length
  let sum = 0
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      const part =
        (lower[row * size + column] as number) * (vector[row] as number) * (vector[column] as number)
      sum += row === column ? part : 2 * part
    }
  }
  return sum
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += (a[at] as number) * (b[at] as number)
  return sum
}
