import { addDays, type SessionDate } from '../../market/units.ts'
import { absent, type Found, found, type ValueSource } from '../measured.ts'

/** A value of one session from one source. */
export interface Observation {
  readonly date: SessionDate
  readonly value: number
  readonly source: ValueSource
}

/** Fewer observations give no meaningful rank. */
const LEAST_OBSERVATIONS = 20

export interface RankResult {
  /** Length of the window, sessions. */
  readonly window: number
  /** Sessions of the window that have a value. */
  readonly observations: number
  /** 100·(c − min)/(max − min), clamped to 0…100. */
  readonly rank: Found<number>
  /** 100 times the share of observations strictly below. */
  readonly percentile: Found<number>
}

interface RankQuestion {
  /** The value to rank; null where there is none today. */
  readonly current: number | null
  /** Only observations of this source count. */
  readonly source: ValueSource
  /** The session of `current`: it and later sessions do not count. */
  readonly today: SessionDate
  /** Sessions, ascending, reaching back at least as far as the window; see `reachBack`. */
  readonly sessions: readonly SessionDate[]
  /** Sessions. */
  readonly window: number
}

/**
 * Rank and percentile of a value among those of the `window` sessions before today. A session without an observation
 * lowers the count and is not replaced by an older one; holidays are not sessions. With fewer than 20 observations both
 * are absent (`too_few_observations`); the rank also where all are equal (`flat_window`).
 * Sources: the definitions of tastytrade (rank) and of QUANT (strict percentile, today excluded).
 */
export function rankOf(history: readonly Observation[], question: RankQuestion): RankResult {
  const { current, window } = question
  const values = windowOf(history, question)
  const observations = values.length
  const without = (reason: 'no_current_value' | 'too_few_observations') => {
    const none = absent(reason)
    return { window, observations, rank: none, percentile: none }
  }
  if (current === null || !Number.isFinite(current)) return without('no_current_value')
  if (observations < LEAST_OBSERVATIONS) return without('too_few_observations')
  return { window, observations, ...placeAmong(values, current) }
}

/** Rank and percentile of a value among others, at least one. */
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

/** The values of one source in the `window` sessions before today; the last one where a date comes twice. */
function windowOf(history: readonly Observation[], question: RankQuestion): number[] {
  const { sessions, today, window, source } = question
  const end = countBefore(sessions, today)
  const first = sessions[Math.max(0, end - window)]
  if (end === 0 || first === undefined || window <= 0) return []
  const byDate = new Map<SessionDate, number>()
  for (const { date, value, source: from } of history) {
    // Only volatilities and their index levels are ranked: they are never 0 or less.
    const isSound = Number.isFinite(value) && value > 0
    if (from === source && date >= first && date < today && isSound) byDate.set(date, value)
  }
  return [...byDate.values()]
}

/** How many of the ascending dates are before one. */
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

/** A date early enough that a window of so many sessions, with the longest closures, fits before `today`. */
export function reachBack(today: SessionDate, window: number): SessionDate {
  return addDays(today, -Math.ceil(window * 1.5) - 14)
}
