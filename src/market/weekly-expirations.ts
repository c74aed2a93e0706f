import { sessionOn } from './calendar.ts'
import { weekdayOf } from './holidays.ts'
import { addDays, type SessionDate } from './units.ts'

const FRIDAY = 5

/**
 * By how many days a weekly expiration on that date lies before its Friday: 0 on a Friday, and on the last session before
 * a Friday without one the days in between. Null for a date in the middle of a week, which is no weekly expiration.
 */
export function daysBeforeFriday(date: SessionDate): number | null {
  const weekday = weekdayOf(date)
  if (weekday === 0 || weekday > FRIDAY) return null
  const days = FRIDAY - weekday
  for (let later = 1; later <= days; later++) if (sessionOn(addDays(date, later))) return null
  return days
}
