import type { QuotedVariance } from '../quotes/quoted-volatility.ts'
import { intervalOf } from './natural-spline.ts'

/** Least squares of the quotes over the values at the knots. */
export interface NormalEquations {
  /** By rows; lower triangle. */
  readonly gram: Float64Array
  readonly linear: Float64Array
}

interface SplineBasis {
  readonly knots: readonly number[]
  /** Second derivatives at the knots as a matrix applied to the values. */
  readonly bends: Float64Array
  readonly atmVariance: number
}

/**
 * The sums over the quotes. The value of the spline at a quote depends on the values and the second derivatives at the two
 * knots around it, so that the sums are tridiagonal in those; the second derivatives are then replaced by what they are of
 * the values.
 */
export function normalEquations(
  quotes: readonly QuotedVariance[],
  { knots, bends, atmVariance }: SplineBasis,
): NormalEquations {
  const size = knots.length
  const [ofValues, ofBends, mixed] = [tridiagonal(size), tridiagonal(size), tridiagonal(size)]
  const [linear, linearOfBends] = [new Float64Array(size), new Float64Array(size)]
  const scale = Math.sqrt(atmVariance)
  for (const { k, variance, halfWidth } of quotes) {
    const z = k / scale
    const at = intervalOf(knots, z)
    const width = (knots[at + 1] as number) - (knots[at] as number)
    const right = (z - (knots[at] as number)) / width
    const left = 1 - right
    const weight = (atmVariance / halfWidth) ** 2
    const target = (weight * variance) / atmVariance
    const square = (width * width) / 6
    const low = square * (left * left * left - left)
    const high = square * (right * right * right - right)
    addProduct(ofValues, at, { low: left, high: right }, { low: weight * left, high: weight * right })
    addProduct(ofBends, at, { low, high }, { low: weight * low, high: weight * high })
    addProduct(mixed, at, { low: left, high: right }, { low: weight * low, high: weight * high })
    linear[at] = (linear[at] as number) + target * left
    linear[at + 1] = (linear[at + 1] as number) + target * right
    linearOfBends[at] = (linearOfBends[at] as number) + target * low
    linearOfBends[at + 1] = (linearOfBends[at + 1] as number) + target * high
  }
  const gram = new Float64Array(size * size)
  const crossed = timesMatrix(mixed, bends)
  const bent = timesMatrix(ofBends, bends)
  for (let row = 0; row < size; row++) {
    const slope = linearOfBends[row] as number
    for (let column = 0; column < size; column++) {
      linear[column] = (linear[column] as number) + slope * (bends[row * size + column] as number)
    }
    for (let column = 0; column <= row; column++) {
      gram[row * size + column] =
        (crossed[row * size + column] as number) + (crossed[column * size + row] as number)
    }
  }
  for (let at = 0; at < size; at++) {
    gram[at * size + at] = (gram[at * size + at] as number) + (ofValues.middle[at] as number)
    if (at > 0)
      gram[at * size + at - 1] = (gram[at * size + at - 1] as number) + (ofValues.lower[at] as number)
  }
  addTransposedProduct(gram, bends, bent)
  return { gram, linear }
}

/** A tridiagonal matrix: `lower[i]` is its element at row i and column i − 1, `upper[i]` that at column i + 1. */
interface Tridiagonal {
  readonly lower: Float64Array
  readonly middle: Float64Array
  readonly upper: Float64Array
}

function tridiagonal(size: number): Tridiagonal {
  return {
    lower: new Float64Array(size),
    middle: new Float64Array(size),
    upper: new Float64Array(size),
  }
}

interface Pair {
  readonly low: number
  readonly high: number
}

/** Adds the outer product of two vectors that have elements at `at` and `at + 1` only. */
function addProduct({ lower, middle, upper }: Tridiagonal, at: number, rows: Pair, columns: Pair): void {
  middle[at] = (middle[at] as number) + rows.low * columns.low
  middle[at + 1] = (middle[at + 1] as number) + rows.high * columns.high
  upper[at] = (upper[at] as number) + rows.low * columns.high
  lower[at + 1] = (lower[at + 1] as number) + rows.high * columns.low
}

/** T·B. */
function timesMatrix({ lower, middle, upper }: Tridiagonal, matrix: Float64Array): Float64Array {
  const size = middle.length
  const product = new Float64Array(size * size)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      let sum = (middle[row] as number) * (matrix[row * size + column] as number)
      if (row > 0) sum += (lower[row] as number) * (matrix[(row - 1) * size + column] as number)
      if (row + 1 < size) sum += (upper[row] as number) * (matrix[(row + 1) * size + column] as number)
      product[row * size + column] = sum
    }
  }
  return product
}

/** Adds the lower triangle of A′·B. */
function addTransposedProduct(into: Float64Array, a: Float64Array, b: Float64Array): void {
  const size = Math.sqrt(into.length)
  for (let line = 0; line < size; line++) {
    for (let row = 0; row < size; row++) {
      const factor = a[line * size + row] as number
      if (factor === 0) continue
      for (let column = 0; column <= row; column++) {
        const cell = row * size + column
        into[cell] = (into[cell] as number) + factor * (b[line * size + column] as number)
      }
    }
  }
}
