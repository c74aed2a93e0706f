import { intervalOf, secondDerivatives } from './natural-spline.ts'

/**
 * Value and derivatives of the natural spline at a point as linear functions of its values at the knots. A fit and its
 * constraints are made of such rows.
 */
export interface SplineRows {
  readonly value: Float64Array
  readonly slope: Float64Array
  readonly bend: Float64Array
}

/** The second derivatives at the knots as a matrix, by rows, that is applied to the values. */
export function bendMatrix(knots: readonly number[]): Float64Array {
  const size = knots.length
  const matrix = new Float64Array(size * size)
  const unit = new Float64Array(size)
  for (let column = 0; column < size; column++) {
    unit[column] = 1
    const bends = secondDerivatives(knots, unit)
    for (let row = 0; row < size; row++) matrix[row * size + column] = bends[row] as number
    unit[column] = 0
  }
  return matrix
}

export function createSplineRows(size: number): SplineRows {
  return {
    value: new Float64Array(size),
    slope: new Float64Array(size),
    bend: new Float64Array(size),
  }
}

/** Fills the rows of one point. Beyond the end knots the spline follows its tangent. */
export function fillSplineRows(
  { knots, bends }: { readonly knots: readonly number[]; readonly bends: Float64Array },
  x: number,
  { value, slope, bend }: SplineRows,
): void {
  const size = knots.length
  const first = knots[0] as number
  const last = knots[size - 1] as number
  const at = intervalOf(knots, x)
  const width = (knots[at + 1] as number) - (knots[at] as number)
  const inside = x < first ? first : x > last ? last : x
  const right = (inside - (knots[at] as number)) / width
  const left = 1 - right
  const square = (width * width) / 6
  const lowValue = square * (left * left * left - left)
  const highValue = square * (right * right * right - right)
  const lowSlope = (width / 6) * (1 - 3 * left * left)
  const highSlope = (width / 6) * (3 * right * right - 1)
  const beyond = x - inside
  for (let column = 0; column < size; column++) {
    const lowBend = bends[at * size + column] as number
    const highBend = bends[(at + 1) * size + column] as number
    slope[column] = lowSlope * lowBend + highSlope * highBend
    value[column] = lowValue * lowBend + highValue * highBend
    bend[column] = beyond === 0 ? left * lowBend + right * highBend : 0
  }
  slope[at] = (slope[at] as number) - 1 / width
  slope[at + 1] = (slope[at + 1] as number) + 1 / width
  value[at] = (value[at] as number) + left
  value[at + 1] = (value[at + 1] as number) + right
  if (beyond !== 0) {
    for (let column = 0; column < size; column++) {
      value[column] = (value[column] as number) + beyond * (slope[column] as number)
    }
  }
}

/**
 * ∫y″²dx as a quadratic form of the values, by rows. With Q′y the differences of the secants' slopes it is y′·Q·y″.
 * Source: P. J. Green, B. W. Silverman, "Nonparametric Regression and Generalized Linear Models", 1994, section 2.1.
 */
export function roughnessMatrix(knots: readonly number[], bends: Float64Array): Float64Array {
  const size = knots.length
  const matrix = new Float64Array(size * size)
  const add = (row: number, factor: number, from: number) => {
    for (let column = 0; column < size; column++) {
      const cell = row * size + column
      matrix[cell] = (matrix[cell] as number) + factor * (bends[from * size + column] as number)
    }
  }
  for (let at = 1; at + 1 < size; at++) {
    const before = 1 / ((knots[at] as number) - (knots[at - 1] as number))
    const after = 1 / ((knots[at + 1] as number) - (knots[at] as number))
    add(at - 1, before, at)
    add(at, -before - after, at)
    add(at + 1, after, at)
  }
  return matrix
}
