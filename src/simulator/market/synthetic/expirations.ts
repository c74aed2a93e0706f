import { nextSessionAfter, sessionOn, sessionsBetween } from '../../../market/calendar.ts'
import { weekdayOf } from '../../../market/holidays.ts'
import { addDays, daysBetween, type SessionDate } from '../../../market/units.ts'

export type ExpirationKind = 'daily' | 'weekly' | 'monthly'

export interface Expiration {
  readonly date: SessionDate
  readonly kind: ExpirationKind
  /** How long before the date its strikes begin to be listed. */
  readonly listedDays: number
}

const DAILY_DAYS = 14
const WEEKLY_DAYS = 56
const MONTHLY_DAYS = 370
const FAR_DAYS = 740

/** The expirations listed on a New York date, soonest first, including that of the day. */
export function expirationsListedOn(today: SessionDate): Expiration[] {
  return sessionsBetween(today, addDays(today, FAR_DAYS))
    .map((session) => expirationOn(session.date))
    .filter((one) => daysBetween(today, one.date) <= one.listedDays)
}

/** The first date on which an expiration is listed. */
export function listedFrom(expiry: SessionDate): SessionDate {
  return addDays(expiry, -expirationOn(expiry).listedDays)
}

/** The kind of a session's expiration; if there are several, the one with the longest listing. */
function expirationOn(date: SessionDate): Expiration {
  const endsQuarter = isLastOfQuarter(date)
  if (!endsWeek(date) && !endsQuarter) return { date, kind: 'daily', listedDays: DAILY_DAYS }
  if (isThirdWeek(date) && endsWeek(date)) {
    const far = ['01', '06', '12'].includes(date.slice(5, 7))
    return { date, kind: 'monthly', listedDays: far ? FAR_DAYS : MONTHLY_DAYS }
  }
  if (endsQuarter) return { date, kind: 'monthly', listedDays: MONTHLY_DAYS }
  return { date, kind: 'weekly', listedDays: WEEKLY_DAYS }
}

/** Whether the session is a Friday, or a Thursday before a Friday without a session. */
function endsWeek(date: SessionDate): boolean {
  const weekday = weekdayOf(date)
  return weekday === 5 || (weekday === 4 && sessionOn(addDays(date, 1)) === null)
}

/** Whether the Friday of the date's week is the third of its month. */
function isThirdWeek(date: SessionDate): boolean {
  const friday = Number(addDays(date, 5 - weekdayOf(date)).slice(8))
  return friday >= 15 && friday <= 21
}

function isLastOfQuarter(date: SessionDate): boolean {
  const month = Number(date.slice(5, 7))
  if (month % 3 !== 0) return false
  const session = sessionOn(date)
  return session !== null && nextSessionAfter(session.openAt).date.slice(5, 7) !== date.slice(5, 7)
}

/** The sessions whose closes determine an expiration's strikes on the morning of `today`. */
export function listingSessions(
  expiration: Expiration,
  { today, withinDays }: { today: SessionDate; withinDays: number },
): SessionDate[] {
  const days = Math.min(expiration.listedDays, withinDays)
  const begun = addDays(expiration.date, -days)
  if (today < begun) return []
  const found = sessionsBetween(addDays(begun, -7), addDays(today, -1)).map((session) => session.date)
  const earlier = found.filter((date) => date < begun).at(-1)
  return [...(earlier ? [earlier] : []), ...found.filter((date) => date >= begun)]
}
