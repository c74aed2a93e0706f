import type { SessionDate } from '../../market/units.ts'
import { absent, type Found, found } from '../measured.ts'
import { TRADING_DAYS_PER_YEAR } from '../trading-time.ts'
import { type DailyReturns, type Estimator, estimateVariance } from './estimators.ts'

/** Windows of realized volatility that answers show, sessions. */
export const REALIZED_WINDOWS = [5, 10, 20, 60] as const
/** The window of the stored figures, sessions. */
export const REALIZED_WINDOW = 20

/** Share of the window's sessions that must be known. */
const MIN_KNOWN_FRACTION = 0.75

export interface RealizedVol {
  /** A fraction a year of 252 sessions; `too_few_sessions` where less than three quarters of the window are known. */
  readonly vol: Found<number>
  readonly sessions: number
}

/** The volatility of a window of sessions. A session that is not known lowers the count; none takes its place. */
export function realizedVol(
  returns: ReadonlyMap<SessionDate, DailyReturns>,
  window: readonly SessionDate[],
  estimator: Estimator,
  length: number = window.length,
): RealizedVol {
  const days = window.flatMap((date) => returns.get(date) ?? [])
  const { variance, sessions } = estimateVariance(days, estimator)
  if (variance === null || sessions < MIN_KNOWN_FRACTION * length) {
    return { vol: absent('too_few_sessions'), sessions }
  }
  return { vol: found(Math.sqrt(variance * TRADING_DAYS_PER_YEAR)), sessions }
}
