import { addDays, type SessionDate, sessionDate } from './units.ts'

/**
 * Days on which NYSE was closed outside its rules: the national days of mourning for G. H. W. Bush and J. Carter. New
 * ones must be added by hand.
 */
const MOURNING: ReadonlySet<string> = new Set(['2018-12-05', '2025-01-09'])

/** The first year in which NYSE observed Juneteenth. */
const JUNETEENTH_FROM = 2022

type DayKind = 'full' | 'early' | 'closed'

/**
 * How NYSE trades on a date: a full day, an early close (13:00 New York time), or closed. Source: the holiday rules
 * of NYSE (rule 7.2), as they have stood since 2015; years before that, and years for which NYSE has not yet
 * published its list, follow the same rules.
 */
export function dayKind(date: SessionDate): DayKind {
  const weekday = weekdayOf(date)
  if (weekday === 0 || weekday === 6 || MOURNING.has(date)) return 'closed'
  const { closed, early } = daysOfYear(Number(date.slice(0, 4)))
  if (closed.has(date)) return 'closed'
  return early.has(date) ? 'early' : 'full'
}

/** Whether futures too rest on a weekday on which NYSE is closed: Good Friday, Christmas and New Year's Day. */
export function isClosedForFutures(date: SessionDate): boolean {
  const year = Number(date.slice(0, 4))
  const days = [newYearObserved(year), addDays(easterSunday(year), -2), observed(on(year, 12, 25))]
  return days.includes(date)
}

/** 0 is Sunday. */
export function weekdayOf(date: SessionDate): number {
  return new Date(Date.parse(date)).getUTCDay()
}

interface YearRules {
  readonly closed: ReadonlySet<string>
  readonly early: ReadonlySet<string>
}

const years = new Map<number, YearRules>()

function daysOfYear(year: number): YearRules {
  let rules = years.get(year)
  if (!rules) {
    rules = { closed: closuresOf(year), early: earlyClosesOf(year) }
    years.set(year, rules)
  }
  return rules
}

function closuresOf(year: number): Set<string> {
  return new Set([
    newYearObserved(year),
    nthWeekday(on(year, 1, 1), 1, 3),
    nthWeekday(on(year, 2, 1), 1, 3),
    addDays(easterSunday(year), -2),
    addDays(nthWeekday(on(year, 6, 1), 1, 1), -7),
    ...(year >= JUNETEENTH_FROM ? [observed(on(year, 6, 19))] : []),
    observed(on(year, 7, 4)),
    nthWeekday(on(year, 9, 1), 1, 1),
    thanksgiving(year),
    observed(on(year, 12, 25)),
  ])
}

/** New Year's Day is never moved back into the old year: 2021-12-31 and 2027-12-31 are full days. */
function newYearObserved(year: number): SessionDate {
  const newYear = on(year, 1, 1)
  return weekdayOf(newYear) === 0 ? addDays(newYear, 1) : newYear
}

/** The day after Thanksgiving, and the eves of Independence Day and Christmas from Monday to Thursday. */
function earlyClosesOf(year: number): Set<string> {
  const eves = [on(year, 7, 3), on(year, 12, 24)].filter((eve) => {
    const weekday = weekdayOf(eve)
    return weekday >= 1 && weekday <= 4
  })
  return new Set([addDays(thanksgiving(year), 1), ...eves])
}

/** A holiday on a Saturday is observed on the Friday before, on a Sunday on the Monday after. */
function observed(holiday: SessionDate): SessionDate {
  const weekday = weekdayOf(holiday)
  if (weekday === 6) return addDays(holiday, -1)
  return weekday === 0 ? addDays(holiday, 1) : holiday
}

function thanksgiving(year: number): SessionDate {
  return nthWeekday(on(year, 11, 1), 4, 4)
}

function nthWeekday(monthStart: SessionDate, weekday: number, n: number): SessionDate {
  const toFirst = (weekday - weekdayOf(monthStart) + 7) % 7
  return addDays(monthStart, toFirst + 7 * (n - 1))
}

/** Gregorian Easter: the Sunday after the ecclesiastical full moon (Gauss, with the lunar corrections of 1816). */
function easterSunday(year: number): SessionDate {
  const century = Math.floor(year / 100)
  const lunarShift = 15 + century - Math.floor(century / 4) - Math.floor((13 + 8 * century) / 25)
  const solarShift = 4 + century - Math.floor(century / 4)
  const golden = year % 19
  const moon = (19 * golden + lunarShift) % 30
  const sunday = (2 * (year % 4) + 4 * (year % 7) + 6 * moon + solarShift) % 7
  const late = (moon === 29 && sunday === 6) || (moon === 28 && sunday === 6 && golden > 10)
  return addDays(on(year, 3, 22), moon + sunday - (late ? 7 : 0))
}

function on(year: number, month: number, day: number): SessionDate {
  const two = (value: number) => String(value).padStart(2, '0')
  return sessionDate(`${year}-${two(month)}-${two(day)}`)
}
