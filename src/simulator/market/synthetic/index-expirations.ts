import { sessionOn } from '../../../market/calendar.ts'
import { weekdayOf } from '../../../market/holidays.ts'
import { addDays, daysBetween, type EpochMs, type SessionDate } from '../../../market/units.ts'
import type { ExpirationRule, IndexClass } from '../indices.ts'
import { type Expiration, expirationsListedOn, listedFrom } from './expirations.ts'
import { sessionsBack, thirdFridayOf } from './expiry-days.ts'

/** An expiration of a class of index options. */
export interface IndexExpiration extends Expiration {
  /** The last trading day: `expiry` of its contracts. */
  readonly lastDay: SessionDate
  /** The day on which the value is fixed. */
  readonly settlementDay: SessionDate
  readonly lastTradeAt: EpochMs
  readonly settlesAt: EpochMs
}

const MONTHS_LISTED_DAYS = 370
const WEEKS_LISTED_DAYS = 42

/** The expirations of a class on a New York date, soonest first; one whose last trading day is over is not listed. */
export function indexExpirations(
  { expirations, settlement }: IndexClass,
  today: SessionDate,
): IndexExpiration[] {
  return settlementDays(expirations, today)
    .map((expiration) => (settlement === 'am' ? atOpen(expiration) : atClose(expiration)))
    .filter(({ lastDay, listedDays }) => lastDay >= today && daysBetween(today, lastDay) <= listedDays)
}

/** The first date on which an expiration of a class is listed, by its settlement day. */
export function indexListedFrom({ expirations }: IndexClass, settlementDay: SessionDate): SessionDate {
  if (expirations === 'vix_monthly') return addDays(settlementDay, -MONTHS_LISTED_DAYS)
  return expirations === 'vix_weekly' ? addDays(settlementDay, -WEEKS_LISTED_DAYS) : listedFrom(settlementDay)
}

function settlementDays(rule: ExpirationRule, today: SessionDate): Expiration[] {
  if (rule === 'daily') return expirationsListedOn(today)
  if (rule === 'third_friday') {
    return expirationsListedOn(today).filter(
      ({ date, kind }) => kind === 'monthly' && date === sessionsBack(thirdFridayOf(date), 0),
    )
  }
  const days = rule === 'vix_monthly' ? MONTHS_LISTED_DAYS : WEEKS_LISTED_DAYS
  const kind = rule === 'vix_monthly' ? 'monthly' : 'weekly'
  return wednesdaysFrom(today, days)
    .filter((wednesday) => isMonthly(wednesday) === (kind === 'monthly'))
    .map((wednesday) => ({ date: volatilitySettlement(wednesday), kind, listedDays: days }))
}

/** The value is fixed by the opening prices; trading ended with the session before. */
function atOpen(expiration: Expiration): IndexExpiration {
  const { date } = expiration
  const lastDay = sessionsBack(addDays(date, -1), 0)
  return {
    ...{ ...expiration, lastDay, settlementDay: date },
    lastTradeAt: sessionOf(lastDay).optionsCloseAt,
    settlesAt: sessionOf(date).openAt,
  }
}

/** On its last day a class with PM settlement trades until the close of the stock exchange only. */
function atClose(expiration: Expiration): IndexExpiration {
  const { date } = expiration
  const { closeAt } = sessionOf(date)
  return { ...expiration, lastDay: date, settlementDay: date, lastTradeAt: closeAt, settlesAt: closeAt }
}

/**
 * The settlement day of the volatility index in the week of a Wednesday: that Wednesday, or the session before it if it, or
 * the Friday thirty days later, has no session. Source: Cboe, contract specifications of VIX options.
 */
export function volatilitySettlement(wednesday: SessionDate): SessionDate {
  const isOrdinary = sessionOn(wednesday) !== null && sessionOn(addDays(wednesday, 30)) !== null
  return isOrdinary ? wednesday : sessionsBack(addDays(wednesday, -1), 0)
}

/** Whether thirty days after a Wednesday is the third Friday of a month. */
function isMonthly(wednesday: SessionDate): boolean {
  const friday = addDays(wednesday, 30)
  return friday === thirdFridayOf(friday)
}

function wednesdaysFrom(today: SessionDate, days: number): SessionDate[] {
  // A Wednesday's settlement may be earlier in its week.
  const first = addDays(today, (3 - weekdayOf(today) + 7) % 7)
  return Array.from({ length: Math.ceil(days / 7) + 1 }, (_, week) => addDays(first, 7 * week))
}

function sessionOf(date: SessionDate) {
  const session = sessionOn(date)
  if (!session) throw new RangeError(`no session on ${date}`)
  return session
}
