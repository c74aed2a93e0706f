import { median } from '../market/statistics.ts'
import { QUALITY_FLAGS } from './quality-flags.ts'
import type { SnapshotRow } from './row.ts'

type SmileRow = Pick<SnapshotRow, 'expiry' | 'trading_class' | 'right' | 'strike' | 'iv' | 'flags'>

/** A row of one smile with a volatility. */
interface Point {
  /** Index of the row. */
  readonly row: number
  readonly strike: number
  readonly vol: number
}

/** Neighbours on each side; at the ends of a smile, more are taken from the inner side instead. */
const NEIGHBOURS_PER_SIDE = 4
/** A line through fewer neighbours does not predict another point. */
const MIN_NEIGHBOURS = 5
const OUTLIER_Z = 5
/** Scales a median absolute deviation to an estimate of the standard deviation. */
const MAD_TO_SIGMA = 1.4826
/** Smallest sigma used: even where neighbours agree to the last digit, half a volatility point is not an outlier. */
const MIN_SIGMA = 0.001
/** Smallest sigma as a share of the volatility, which reaches several hundred percent on the last day. */
const MIN_SIGMA_SHARE = 0.005

/**
 * Sets `iv_outlier` where a volatility is out of line with its neighbours, and clears it elsewhere. A Theil–Sen line is
 * fitted through up to eight neighbouring strikes of the same expiration, trading class and right. Sigma is the neighbours' robust
 * deviation from that line, at least 0.1 points and at least 0.5 % of the volatility. A row more than 5 sigma from the
 * line is an outlier. Rows without a volatility, or with fewer than five neighbours, are never flagged. Volatilities flagged
 * `iv_uncertain` are neither flagged again nor neighbours. The order and number of rows stay the same.
 * Source: P. K. Sen, "Estimates of the Regression Coefficient Based on Kendall's Tau", 1968.
 */
export function flagOutliers<Row extends SmileRow>(rows: readonly Row[]): Row[] {
  const outliers = new Set<number>()
  for (const smile of smilesOf(rows)) {
    for (let at = 0; at < smile.length; at++) {
      if (isOutlier(smile, at)) outliers.add((smile[at] as Point).row)
    }
  }
  return rows.map((row, index) => {
    const bit = outliers.has(index) ? QUALITY_FLAGS.iv_outlier : 0
    const flags = (row.flags & ~QUALITY_FLAGS.iv_outlier) | bit
    return flags === row.flags ? row : { ...row, flags }
  })
}

function smilesOf(rows: readonly SmileRow[]): Point[][] {
  const smiles = new Map<string, Point[]>()
  for (const [row, { expiry, trading_class, right, strike, iv, flags }] of rows.entries()) {
    if (iv === null || !Number.isFinite(iv) || flags & QUALITY_FLAGS.iv_uncertain) continue
    const key = `${expiry}${right}${trading_class}`
    const smile = smiles.get(key)
    if (smile) smile.push({ row, strike, vol: iv })
    else smiles.set(key, [{ row, strike, vol: iv }])
  }
  for (const smile of smiles.values()) smile.sort((a, b) => a.strike - b.strike)
  return [...smiles.values()]
}

function isOutlier(smile: readonly Point[], at: number): boolean {
  const neighbours = neighboursOf(smile, at)
  if (neighbours.length < MIN_NEIGHBOURS) return false
  const { strike, vol } = smile[at] as Point
  const slope = medianSlope(neighbours)
  const heights: number[] = []
  for (const point of neighbours) heights.push(heightAt(point, { slope, strike }))
  const level = median(heights) as number
  // Reuses the array, because this runs for every row of a slot.
  for (let index = 0; index < heights.length; index++) {
    heights[index] = Math.abs((heights[index] as number) - level)
  }
  const deviation = median(heights) as number
  const sigma = Math.max(MAD_TO_SIGMA * deviation, MIN_SIGMA, MIN_SIGMA_SHARE * level)
  return Math.abs(vol - level) > OUTLIER_Z * sigma
}

/** Value at `strike` of the line with that slope through the point. */
function heightAt(point: Point, line: { readonly slope: number; readonly strike: number }): number {
  return point.vol - line.slope * (point.strike - line.strike)
}

function neighboursOf(smile: readonly Point[], at: number): Point[] {
  const from = Math.max(0, Math.min(at - NEIGHBOURS_PER_SIDE, smile.length - 2 * NEIGHBOURS_PER_SIDE - 1))
  const neighbours: Point[] = []
  for (let index = from; index <= from + 2 * NEIGHBOURS_PER_SIDE && index < smile.length; index++) {
    if (index !== at) neighbours.push(smile[index] as Point)
  }
  return neighbours
}

/** Median slope over all pairs of points at different strikes; 0 if there are no pairs. */
function medianSlope(points: readonly Point[]): number {
  const slopes: number[] = []
  for (let low = 0; low < points.length; low++) {
    for (let high = low + 1; high < points.length; high++) {
      const first = points[low] as Point
      const second = points[high] as Point
      if (second.strike > first.strike) slopes.push((second.vol - first.vol) / (second.strike - first.strike))
    }
  }
  return median(slopes) ?? 0
}
