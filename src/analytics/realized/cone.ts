import type { SessionDate } from '../../market/units.ts'
import type { DailyReturns, Estimator } from './estimators.ts'
import { realizedVol } from './realized-vol.ts'

/** Windows of a volatility cone, sessions. */
export const CONE_WINDOWS = [5, 10, 20, 60, 120] as const

/** Quantiles of a cone: the least, 10, 25, 50, 75 and 90 %, and the greatest. */
export interface ConeQuantiles {
  readonly min: number
  readonly p10: number
  readonly p25: number
  readonly p50: number
  readonly p75: number
  readonly p90: number
  readonly max: number
}

/** The volatilities of all windows of one length, fractions a year. */
export interface ConeRow {
  /** Sessions. */
  readonly window: number
  /** Null with fewer than 20 windows. */
  readonly quantiles: ConeQuantiles | null
  /** Of the window that ends with the last session; null where too little of it is known. */
  readonly current: number | null
  /** Windows that have a volatility. They overlap: `windows / window` of them are independent. */
  readonly windows: number
}

/** Fewer windows make no quantiles. */
const MIN_WINDOWS = 20

/**
 * The volatility cone: how large the volatility of windows of each length was, over all windows that end in the given
 * sessions. Source: G. Burghardt and M. Lane, "How to Tell if Options Are Cheap", Journal of Portfolio Management 16 (1990).
 * @param sessions ascending; those before `from` are used as the beginnings of windows only
 */
export function volatilityCone(
  returns: ReadonlyMap<SessionDate, DailyReturns>,
  {
    sessions,
    from,
    estimator,
  }: {
    readonly sessions: readonly SessionDate[]
    readonly from: SessionDate
    readonly estimator: Estimator
  },
): ConeRow[] {
  return CONE_WINDOWS.map((window) => {
    const vols: number[] = []
    let current: number | null = null
    sessions.forEach((date, at) => {
      if (date < from || at + 1 < window) return
      const { vol } = realizedVol(returns, sessions.slice(at + 1 - window, at + 1), estimator)
      if (vol.value !== null) vols.push(vol.value)
      if (at === sessions.length - 1) current = vol.value
    })
    return { window, quantiles: quantilesOf(vols), current, windows: vols.length }
  })
}

function quantilesOf(values: readonly number[]): ConeQuantiles | null {
  if (values.length < MIN_WINDOWS) return null
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => quantile(sorted, share)
  return {
    ...{ min: at(0), p10: at(0.1), p25: at(0.25), p50: at(0.5) },
    ...{ p75: at(0.75), p90: at(0.9), max: at(1) },
  }
}

/** Linear between order statistics, as most programs have it by default (type 7 of Hyndman and Fan, 1996). */
function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1)
  const below = Math.floor(place)
  const low = sorted[below] as number
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number
  return low + (place - below) * (high - low)
}
