import { sessionOn } from '../../../market/calendar.ts'
import { weekdayOf } from '../../../market/holidays.ts'
import { addDays, type SessionDate } from '../../../market/units.ts'

/** The third Friday of the month of a date. */
export function thirdFridayOf(date: SessionDate): SessionDate {
  const first = `${date.slice(0, 8)}01` as SessionDate
  return addDays(first, ((5 - weekdayOf(first) + 7) % 7) + 14)
}

/** The session that many sessions before a date; 0: the date itself or the last session before it. */
export function sessionsBack(from: SessionDate, sessions: number): SessionDate {
  let date = from
  let left = sessions
  while (sessionOn(date) === null || left > 0) {
    if (sessionOn(date) !== null) left--
    date = addDays(date, -1)
  }
  return date
}
