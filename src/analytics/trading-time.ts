import { newYorkDate, newYorkInstant, sessionOn } from '../market/calendar.ts'
import { addDays, type EpochMs, epochMs, type SessionDate, sessionDate } from '../market/units.ts'

/** Trading days in a year: the unit of annualized realized volatility. */
export const TRADING_DAYS_PER_YEAR = 252

/** A date on which more is expected to happen than on others, such as earnings or a decision of a central bank. */
export interface TradingEvent {
  readonly name: string
  readonly date: SessionDate
  /** New York time, `HH:MM`, at which all of it happens; null: it is spread evenly over the session of the date. */
  readonly time: string | null
  /** Trading days that are added to the date's own. */
  readonly weightDays: number
}

/** How much trading time passes while the stock exchange is closed, and on dates with events. */
export interface TradingTimeWeights {
  /** Share of a full trading day that passes from one close to the next opening, a fraction. */
  readonly overnightFraction: number
  /** Trading days that are added for each calendar day without a session: of a weekend twice. */
  readonly closedDayWeight: number
  readonly events: readonly TradingEvent[]
}

/**
 * Trading time: the clock in which variance passes evenly. A full trading day, from close to close, is 1 day:
 * `overnightFraction` of it passes while the exchange is closed and the rest evenly over the 390 minutes of the session,
 * so that an early close of 210 minutes makes a shorter day. Holidays and weekends pass no time but `closedDayWeight`, spread
 * evenly over the closure. A year is 252 days. All symbols have the clock of the stock exchange; the night of a future
 * counts as that of its index.
 */
export interface TradingClock {
  /** Trading days from one time to another; negative if `to` is before `from`. */
  daysBetween(from: EpochMs, to: EpochMs): number
  /** The same in years of 252 days. */
  yearsBetween(from: EpochMs, to: EpochMs): number
  /**
   * The first time at which `days` trading days have passed since `from`, to the millisecond. `days` must not be
   * negative.
   * @throws RangeError where `days` is negative, not finite, or more than a century.
   */
  after(from: EpochMs, days: number): EpochMs
}

const FULL_SESSION_MS = 390 * 60_000
const DAY_MS = 86_400_000
/** About a century of trading days. */
const MOST_DAYS = 25_200

export function createTradingClock(weights: TradingTimeWeights): TradingClock {
  const { overnightFraction, closedDayWeight } = weights
  const events = weights.events.map((event) => ({ weightDays: event.weightDays, span: spanOf(event) }))

  /** Trading days since the table's own beginning; the whole numbers cancel exactly in a difference. */
  function daysBetween(from: EpochMs, to: EpochMs): number {
    const start = positionAt(from)
    const end = positionAt(to)
    const sessionDays = (end.sessionMs - start.sessionMs) / FULL_SESSION_MS
    const nights = end.nights - start.nights + (end.nightFraction - start.nightFraction)
    const closedDays =
      end.closedDays -
      start.closedDays +
      (end.nightFraction * end.nightClosedDays - start.nightFraction * start.nightClosedDays)
    let days =
      (1 - overnightFraction) * sessionDays + overnightFraction * nights + closedDayWeight * closedDays
    for (const { weightDays, span } of events) {
      days += weightDays * (passedOf(span, to) - passedOf(span, from))
    }
    return days
  }

  function after(from: EpochMs, days: number): EpochMs {
    if (!(days >= 0 && days <= MOST_DAYS)) throw new RangeError(`not a number of trading days: ${days}`)
    let low = from - 1
    let high = from + DAY_MS
    while (daysBetween(from, epochMs(high)) < days) {
      low = high
      high = from + 2 * (high - from)
    }
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (daysBetween(from, epochMs(middle)) < days) low = middle
      else high = middle
    }
    return epochMs(high)
  }

  return {
    daysBetween,
    yearsBetween: (from, to) => daysBetween(from, to) / TRADING_DAYS_PER_YEAR,
    after,
  }
}

/** When an event happens: from its start to its end, which are equal for one with a time. */
interface Span {
  readonly from: number
  readonly to: number
}

/** An event without a time on a date without a session happens at the next opening. */
function spanOf({ date, time }: TradingEvent): Span {
  if (time !== null) {
    const at = newYorkInstant(date, time)
    return { from: at, to: at }
  }
  const session = sessionOn(date)
  if (session) return { from: session.openAt, to: session.closeAt }
  for (let day = addDays(date, 1); ; day = addDays(day, 1)) {
    const next = sessionOn(day)
    if (next) return { from: next.openAt, to: next.openAt }
  }
}

/** How much of an event has happened by a time, the time included. */
function passedOf({ from, to }: Span, at: EpochMs): number {
  if (at >= to) return 1
  return at <= from ? 0 : (at - from) / (to - from)
}

/** A time in the table of sessions. All but `nightFraction` are whole numbers, so that their differences are exact. */
interface Position {
  /** Milliseconds of sessions that have passed. */
  readonly sessionMs: number
  /** Closures of the exchange that have ended. */
  readonly nights: number
  /** Calendar days without a session in those closures. */
  readonly closedDays: number
  /** How much of the present closure has passed; 0 within a session. */
  readonly nightFraction: number
  /** Calendar days without a session in the present closure. */
  readonly nightClosedDays: number
}

interface TableSession {
  readonly openAt: number
  readonly closeAt: number
  /** Of all sessions before. */
  readonly msBefore: number
  /** Calendar days without a session since the session before, and in all closures before that. */
  readonly closedDays: number
  readonly closedDaysBefore: number
}

/** The sessions of whole years, the years next to those that were asked for included. */
interface Table {
  readonly fromYear: number
  readonly toYear: number
  readonly sessions: readonly TableSession[]
}

/** Sessions follow from rules, so the table is a cache and no state. */
let table: Table = { fromYear: 0, toYear: -1, sessions: [] }

function tableFor(at: EpochMs): Table {
  const year = Number(newYorkDate(at).slice(0, 4))
  const isNew = table.toYear < table.fromYear
  if (isNew || year <= table.fromYear || year >= table.toYear) {
    const fromYear = isNew ? year - 1 : Math.min(table.fromYear, year - 1)
    const toYear = isNew ? year + 2 : Math.max(table.toYear, year + 1)
    table = { fromYear, toYear, sessions: sessionsOf(fromYear, toYear) }
  }
  return table
}

function sessionsOf(fromYear: number, toYear: number): TableSession[] {
  const found: TableSession[] = []
  const end = sessionDate(`${toYear}-12-31`)
  let [msBefore, closedDays, closedDaysBefore] = [0, 0, 0]
  for (let date = sessionDate(`${fromYear}-01-01`); date <= end; date = addDays(date, 1)) {
    const session = sessionOn(date)
    if (session === null) {
      closedDays++
      continue
    }
    const { openAt, closeAt } = session
    found.push({ openAt, closeAt, msBefore, closedDays, closedDaysBefore })
    msBefore += closeAt - openAt
    closedDaysBefore += closedDays
    closedDays = 0
  }
  return found
}

function positionAt(at: EpochMs): Position {
  const { sessions } = tableFor(at)
  // The first session that has not closed: the table has one, as it goes on for a year.
  let low = 0
  let high = sessions.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sessions[middle] as TableSession).closeAt > at) high = middle
    else low = middle + 1
  }
  const next = sessions[low] as TableSession
  if (at >= next.openAt) {
    const sessionMs = next.msBefore + (at - next.openAt)
    const closedDays = next.closedDaysBefore + next.closedDays
    return { sessionMs, nights: low + 1, closedDays, nightFraction: 0, nightClosedDays: 0 }
  }
  const last = sessions[low - 1] as TableSession
  return {
    ...{ sessionMs: next.msBefore, nights: low, closedDays: next.closedDaysBefore },
    nightFraction: (at - last.closeAt) / (next.openAt - last.closeAt),
    nightClosedDays: next.closedDays,
  }
}
