import { newYorkDate } from '../market/calendar.ts'
import { MAX_DAYS_EARLY } from '../market/trade-dates.ts'
import { addDays, type EpochMs, type SessionDate } from '../market/units.ts'
import { sessionCovering, type Timetable } from '../schedule/slots.ts'

/** Days; longer than the exchange was ever closed. */
const SEARCH_DAYS = 30

/** The newest trade date whose session of any symbol has opened: of futures in the evening the next day's. */
export function latestSessionDate(now: EpochMs, timetable: Timetable): SessionDate {
  const today = newYorkDate(now)
  for (let back = -MAX_DAYS_EARLY; back < SEARCH_DAYS; back++) {
    const date = addDays(today, -back)
    const session = sessionCovering(date, timetable)
    if (session && session.openAt <= now) return date
  }
  return today
}
