import { fitLine } from './fit-line.ts'

/**
 * Sums over one series from which autocorrelations of many series together are made, so that no pair of values spans
 * two series (two sessions), and a bootstrap over series need not read them again.
 */
export interface LagSums {
  readonly count: number
  readonly sum: number
  readonly squares: number
  /** For each lag from 0: sum of x(t)·x(t + lag), of x(t) and of x(t + lag) over its pairs. */
  readonly products: Float64Array
  readonly leading: Float64Array
  readonly trailing: Float64Array
}

export function lagSums(values: ArrayLike<number>, maxLag: number): LagSums {
  const count = values.length
  let sum = 0
  let squares = 0
  const products = new Float64Array(maxLag + 1)
  const leading = new Float64Array(maxLag + 1)
  const trailing = new Float64Array(maxLag + 1)
  for (let at = 0; at < count; at++) {
    const value = values[at] as number
    sum += value
    squares += value * value
    const last = Math.min(maxLag, count - 1 - at)
    for (let lag = 0; lag <= last; lag++) {
      const later = values[at + lag] as number
      products[lag] = (products[lag] as number) + value * later
      leading[lag] = (leading[lag] as number) + value
      trailing[lag] = (trailing[lag] as number) + later
    }
  }
  return { count, sum, squares, products, leading, trailing }
}

/**
 * Autocorrelation at each lag from 0 around the mean of all series together. Null where no series is that long, or where
 * nothing varies.
 */
export function autocorrelation(series: readonly LagSums[]): (number | null)[] {
  let count = 0
  let sum = 0
  let squares = 0
  for (const one of series) {
    count += one.count
    sum += one.sum
    squares += one.squares
  }
  const mean = sum / count
  const variance = squares / count - mean * mean
  const lags = series[0]?.products.length ?? 0
  return Array.from({ length: lags }, (_, lag) => {
    let covariance = 0
    let pairs = 0
    for (const one of series) {
      const own = Math.max(0, one.count - lag)
      pairs += own
      covariance +=
        (one.products[lag] as number) -
        mean * ((one.leading[lag] as number) + (one.trailing[lag] as number)) +
        own * mean * mean
    }
    return pairs === 0 || !(variance > 1e-300) ? null : covariance / pairs / variance
  })
}

/**
 * Exponent β of a decay ∝ lag^(−β): the slope of log autocorrelation over log lag, from `first` to `last`. Lags are
 * averaged in groups that double in width, so that the many long lags do not outweigh the few short ones; null when a
 * group is not positive.
 */
export function decayExponent(
  correlations: readonly (number | null)[],
  first: number,
  last: number,
): number | null {
  const x: number[] = []
  const y: number[] = []
  for (let from = first; from <= last; from *= 2) {
    const group = correlations.slice(from, Math.min(from * 2, last + 1)).filter((value) => value !== null)
    const mean = group.reduce((sum, value) => sum + value, 0) / group.length
    if (!(mean > 0)) return null
    x.push(Math.log(from + (group.length - 1) / 2))
    y.push(Math.log(mean))
  }
  const line = fitLine(x, y)
  return line === null ? null : -line.slope
}
