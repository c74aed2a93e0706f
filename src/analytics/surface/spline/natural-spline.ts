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
