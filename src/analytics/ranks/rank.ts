import { addDays, type SessionDate } from '../../market/units.ts'
import { absent, type Found, found, type ValueSource } from '../measured.ts'

/** One session's value from one source. */
export interface Observation {
  readonly date: SessionDate
  readonly value: number
  readonly source: ValueSource
  /** Version of the definitions that it follows; null for version 1, and for values that we did not compute. */
  readonly definitionVersion?: number | null
}

/** Fewer observations do not give a meaningful rank. */
export const MIN_OBSERVATIONS = 20

export interface RankResult {
  /** Length of the window, sessions. */
  readonly window: number
  /** Sessions of the window that have a value. */
  readonly observations: number
  /** 100·(c − min)/(max − min) for the current value c, clamped to 0…100. */
  readonly rank: Found<number>
  /** 100 times the share of observations strictly below the current value. */
  readonly percentile: Found<number>
}

export interface RankQuestion {
  /** The value to rank; null where there is none today. */
  readonly current: number | null
  /** Only observations of this source are used. */
  readonly source: ValueSource
  /** The session of `current`. This session and later ones are not used. */
  readonly today: SessionDate
  /** Sessions, ascending, covering at least the window; see `historyStart`. */
  readonly sessions: readonly SessionDate[]
  /** Length of the window, sessions. */
  readonly window: number
  /** Only observations of this version of the definitions; left out: of any. */
  readonly definitionVersion?: number
}

/**
 * Rank and percentile of a value among those of the `window` sessions before today. A session without an observation
 * lowers the count and is not replaced with an older one. Observations of days that are no sessions do not count. With fewer than 20 observations
 * both are absent (`too_few_observations`); if all observations are equal, the rank is absent (`flat_window`).
 * Sources: the definitions of tastytrade (rank) and of QUANT (strict percentile, today excluded).
 */
export function rankOf(history: readonly Observation[], question: RankQuestion): RankResult {
  const { current, window } = question
  const values = [...observedIn(history, question).values()]
  const observations = values.length
  const without = (reason: 'no_current_value' | 'too_few_observations') => {
    const none = absent(reason)
    return { window, observations, rank: none, percentile: none }
  }
  if (current === null || !Number.isFinite(current)) return without('no_current_value')
  if (observations < MIN_OBSERVATIONS) return without('too_few_observations')
  return { window, observations, ...placeAmong(values, current) }
}

/** Rank and percentile of a value among one or more others. */
function placeAmong(values: readonly number[], current: number): Pick<RankResult, 'rank' | 'percentile'> {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  let below = 0
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
    if (value < current) below++
  }
  const percentile = found((100 * below) / values.length)
  if (high === low) return { rank: absent('flat_window'), percentile }
  const place = (100 * (current - low)) / (high - low)
  return { rank: found(Math.min(100, Math.max(0, place))), percentile }
}

/**
 * The values of one source in the `window` sessions before today, by session: what a rank is a place among. If a date occurs
 * twice, the last one. A value of a date that is no session is left out: an index may have a level on a holiday of the
 * exchange, which is no day of a window.
 */
export function observedIn(
  history: readonly Observation[],
  { sessions, today, window, source, definitionVersion }: Omit<RankQuestion, 'current'>,
): ReadonlyMap<SessionDate, number> {
  const byDate = new Map<SessionDate, number>()
  const end = countBefore(sessions, today)
  if (end === 0 || window <= 0) return byDate
  const inWindow = new Set(sessions.slice(Math.max(0, end - window), end))
  const isOfVersion = (version: number | null) =>
    definitionVersion === undefined || (version ?? 1) === definitionVersion
  for (const { date, value, source: from, definitionVersion: version = null } of history) {
    // Only volatilities and volatility indexes are ranked, which are always above 0.
    const isUsable = Number.isFinite(value) && value > 0
    const isOfWindow = from === source && inWindow.has(date)
    if (isOfWindow && isUsable && isOfVersion(version)) byDate.set(date, value)
  }
  return byDate
}

/** The number of the ascending `dates` that are before `date`. */
function countBefore(dates: readonly SessionDate[], date: SessionDate): number {
  let low = 0
  let high = dates.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((dates[middle] as SessionDate) < date) low = middle + 1
    else high = middle
  }
  return low
}

/** A date far enough back that `window` sessions fit before `today`, even with the longest closures. */
export function historyStart(today: SessionDate, window: number): SessionDate {
  return addDays(today, -Math.ceil(window * 1.5) - 14)
}
