import { newYorkDate, type TradingSession } from '../market/calendar.ts'
import { addDays, type EpochMs, type SessionDate } from '../market/units.ts'
import type { BarSession } from '../snapshot/underlying-bars.ts'

/** The trade date of a bar, and whether it lies in the session of that date. */
export interface BarDay {
  readonly date: SessionDate
  readonly session: BarSession
}

/** The hours in which an instrument's prices make bars. */
export interface BarHours {
  /** The session of a trade date; null if there is none. */
  sessionOn(date: SessionDate): TradingSession | null
  /** When the instrument itself stops trading in that session, which may be before its options do. */
  closeOf(session: TradingSession): EpochMs
}

/** A future's session opens up to five days before its trade date, on the longest weekend of holidays. */
const SEARCH_DAYS = 7

/**
 * The day of a bar that starts at that time. In a break it is the date of the session around it. Outside every session
 * it is the New York date, or, where the exchange is closed on that date, the date of the next session.
 */
export function barDayAt(startAt: EpochMs, { sessionOn, closeOf }: BarHours): BarDay | null {
  const today = newYorkDate(startAt)
  for (let days = 0; days <= SEARCH_DAYS; days++) {
    const session = sessionOn(addDays(today, days))
    if (session === null || startAt >= closeOf(session)) continue
    const { date, openAt, breaks } = session
    if (startAt >= openAt) {
      const isBreak = breaks.some(({ from, to }) => from <= startAt && startAt < to)
      return { date, session: isBreak ? 'extended' : 'regular' }
    }
    return { date: sessionOn(today) === null ? date : today, session: 'extended' }
  }
  return sessionOn(today) === null ? null : { date: today, session: 'extended' }
}
