import { newYorkDate, type TradingSession } from './calendar.ts'
import { futuresSessionOn } from './futures-hours.ts'
import type { CalendarName, Instrument } from './instrument.ts'
import { instrumentIn } from './instruments.ts'
import { stockSessionOn } from './option-hours.ts'
import { addDays, type EpochMs, type SessionDate } from './units.ts'

/** The session of a trade date; null if there is none. */
export type SessionOn = (date: SessionDate) => TradingSession | null

/**
 * How many days before its trade date a session may open: over a long weekend with a holiday on either side, with a day
 * to spare.
 */
export const MAX_DAYS_EARLY = 5

/** Most sessions that are cached: decades of each calendar. */
const CACHE_LIMIT = 20_000

const sessions = new Map<string, TradingSession | null>()

/** The session of a trade date by the rules of a calendar; null if there is none on that date. */
export function calendarSessionOn(date: SessionDate, calendar: CalendarName): TradingSession | null {
  const key = `${date} ${calendar}`
  const known = sessions.get(key)
  if (known !== undefined) return known
  const session = makeSession(date, calendar)
  if (sessions.size >= CACHE_LIMIT) sessions.clear()
  sessions.set(key, session)
  return session
}

/** The sessions of the symbols of a configuration by rule, and of others by the table's calendar for their name. */
export function sessionsOfConfigured(
  instruments: readonly Instrument[],
): (date: SessionDate, symbol: string) => TradingSession | null {
  return (date, symbol) => calendarSessionOn(date, instrumentIn(instruments, symbol).calendar)
}

function makeSession(date: SessionDate, calendar: CalendarName): TradingSession | null {
  switch (calendar) {
    case 'us-options':
    case 'us-options-late':
      return stockSessionOn(date, calendar === 'us-options-late')
    case 'cme-equity':
    case 'nymex-energy':
      return futuresSessionOn(date, calendar)
  }
}

/** The session in progress at a time, its breaks included: opening ≤ at < close of the options; null between sessions. */
export function sessionAt(at: EpochMs, sessionOn: SessionOn): TradingSession | null {
  const from = newYorkDate(at)
  for (let days = 0; days <= MAX_DAYS_EARLY; days++) {
    const session = sessionOn(addDays(from, days))
    if (session && session.openAt <= at && at < session.optionsCloseAt) return session
  }
  return null
}

/** Whether trading goes on at a time: in a session, and in none of its breaks. */
export function isTrading(at: EpochMs, session: TradingSession | null): boolean {
  if (!session || at < session.openAt || at >= session.optionsCloseAt) return false
  return !session.breaks.some(({ from, to }) => from <= at && at < to)
}

/** The trade date that a time belongs to: that of the session in progress, else the New York date. */
export function tradeDateAt(at: EpochMs, sessionOn: SessionOn): SessionDate {
  return sessionAt(at, sessionOn)?.date ?? newYorkDate(at)
}

/**
 * The trade date that a list made at a time is of: the New York date of stocks and indices; of futures the session in
 * progress or else the next one, because its list is made on the evening before.
 */
export function listingDateAt(at: EpochMs, calendar: CalendarName): SessionDate {
  const today = newYorkDate(at)
  if (calendar === 'us-options' || calendar === 'us-options-late') return today
  for (let days = 0; days <= SEARCH_DAYS; days++) {
    const session = calendarSessionOn(addDays(today, days), calendar)
    if (session && at < session.optionsCloseAt) return session.date
  }
  return today
}

/** The latest session that has ended; null if there is none within the days that are searched. */
export function lastEndedSession(
  at: EpochMs,
  sessionOn: SessionOn,
  searchDays: number = SEARCH_DAYS,
): TradingSession | null {
  const from = newYorkDate(at)
  for (let days = 0; days <= searchDays; days++) {
    const session = sessionOn(addDays(from, -days))
    if (session && session.optionsCloseAt <= at) return session
  }
  return null
}

/** The longest closure of NYSE in living memory was four sessions; a search that runs further is a defect. */
export const SEARCH_DAYS = 30
