/** A natural cubic spline: cubic between its knots, linear beyond them, twice continuously differentiable. */
export interface Spline {
  /** Ascending, at least 2. */
  readonly knots: ArrayLike<number>
  readonly values: ArrayLike<number>
  /** Second derivatives at the knots, of which the first and the last are 0. */
  readonly bends: ArrayLike<number>
}

/** Value and the first two derivatives. */
export interface SplinePoint {
  readonly value: number
  readonly slope: number
  readonly bend: number
}

/**
 * Second derivatives at the knots of the natural spline through these values, by elimination of the tridiagonal system.
 * Source: C. de Boor, "A Practical Guide to Splines", chapter IV.
 */
export function secondDerivatives(knots: ArrayLike<number>, values: ArrayLike<number>): Float64Array {
  const last = knots.length - 1
  const bends = new Float64Array(knots.length)
  const upper = new Float64Array(knots.length)
  for (let at = 1; at < last; at++) {
    const before = knotGap(knots, at - 1)
    const after = knotGap(knots, at)
    const rise = ((values[at + 1] as number) - (values[at] as number)) / after
    const run = ((values[at] as number) - (values[at - 1] as number)) / before
    const pivot = 2 * (before + after) - before * (upper[at - 1] as number)
    upper[at] = after / pivot
    bends[at] = (6 * (rise - run) - before * (bends[at - 1] as number)) / pivot
  }
  for (let at = last - 1; at > 0; at--) {
    bends[at] = (bends[at] as number) - (upper[at] as number) * (bends[at + 1] as number)
  }
  bends[last] = 0
  return bends
}

/** Value and derivatives at x; beyond the end knots along the tangent. */
export function splineAt({ knots, values, bends }: Spline, x: number): SplinePoint {
  const last = knots.length - 1
  const at = intervalOf(knots, x)
  const width = knotGap(knots, at)
  const [low, high] = [values[at] as number, values[at + 1] as number]
  const [lowBend, highBend] = [bends[at] as number, bends[at + 1] as number]
  const secant = (high - low) / width
  if (x < (knots[0] as number)) {
    const slope = secant - (width / 6) * (2 * lowBend + highBend)
    return { value: low + slope * (x - (knots[0] as number)), slope, bend: 0 }
  }
  if (x > (knots[last] as number)) {
    const slope = secant + (width / 6) * (lowBend + 2 * highBend)
    return { value: high + slope * (x - (knots[last] as number)), slope, bend: 0 }
  }
  const right = (x - (knots[at] as number)) / width
  const left = 1 - right
  const square = (width * width) / 6
  return {
    value:
      left * low + right * high + square * ((left ** 3 - left) * lowBend + (right ** 3 - right) * highBend),
    slope: secant + (width / 6) * ((1 - 3 * left * left) * lowBend + (3 * right * right - 1) * highBend),
    bend: left * lowBend + right * highBend,
  }
}

/** The interval that contains x, from 0; the first or the last one for x beyond the knots. */
export function intervalOf(knots: ArrayLike<number>, x: number): number {
  let low = 0
  let high = knots.length - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((knots[middle] as number) <= x) low = middle
    else high = middle
  }
  return low
}

function knotGap(knots: ArrayLike<number>, at: number): number {
  return (knots[at + 1] as number) - (knots[at] as number)
}
