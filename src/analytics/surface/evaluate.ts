import { absent, type Found, found } from '../measured.ts'
import type { Smile } from './smile.ts'
import { curveOf, varianceOn } from './spline/curve.ts'

/**
 * Total variance σ²·years at k = ln(K/F). `outside_checked_range` where the smile was not checked for arbitrage: beyond
 * it linear wings of two expirations may cross.
 */
export function totalVarianceAt(smile: Smile, k: number): Found<number> {
  const { from, to } = smile.checked
  return k >= from && k <= to ? found(varianceOn(curveOf(smile), k)) : absent('outside_checked_range')
}

/** Volatility at k = ln(K/F), a fraction a year; absent as `totalVarianceAt`. */
export function volAt(smile: Smile, k: number): Found<number> {
  const variance = totalVarianceAt(smile, k)
  return variance.reason === null ? found(Math.sqrt(variance.value / smile.years)) : variance
}

/** The same only between the lowest and the highest quote fitted, where nothing is extrapolated; else `outside_quotes`. */
export function quotedVolAt(smile: Smile, k: number): Found<number> {
  const { from, to } = smile.quoted
  return k >= from && k <= to ? volAt(smile, k) : absent('outside_quotes')
}
