/**
 * Branded types for values that are easily confused, so that the compiler catches a mix-up. Each has one validating
 * constructor.
 */

declare const brand: unique symbol
type Brand<Base, Name extends string> = Base & { readonly [brand]: Name }

/** Interactive Brokers' identifier of one contract: a positive integer. */
export type ConId = Brand<number, 'ConId'>
/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = Brand<number, 'EpochMs'>
/** Last trading day of an option, `YYYYMMDD`, as IB writes it. */
export type ExpiryDate = Brand<string, 'ExpiryDate'>
/** A calendar date in New York, `YYYY-MM-DD`. */
export type SessionDate = Brand<string, 'SessionDate'>

export function conId(value: number): ConId {
  if (!Number.isSafeInteger(value) || value <= 0) throw new RangeError(`not a contract id: ${value}`)
  return value as ConId
}

export function epochMs(value: number): EpochMs {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a time in whole milliseconds: ${value}`)
  return value as EpochMs
}

export function expiryDate(value: string): ExpiryDate {
  const parts = /^(\d{4})(\d{2})(\d{2})$/.exec(value)
  if (!parts || !isCalendarDay(parts)) throw new RangeError(`not an expiry of the form YYYYMMDD: "${value}"`)
  return value as ExpiryDate
}

export function sessionDate(value: string): SessionDate {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value)
  if (!parts || !isCalendarDay(parts)) throw new RangeError(`not a date of the form YYYY-MM-DD: "${value}"`)
  return value as SessionDate
}

/** The New York date on which the option trades for the last time. */
export function expiryToDate(expiry: ExpiryDate): SessionDate {
  return `${expiry.slice(0, 4)}-${expiry.slice(4, 6)}-${expiry.slice(6, 8)}` as SessionDate
}

export function dateToExpiry(date: SessionDate): ExpiryDate {
  return date.replaceAll('-', '') as ExpiryDate
}

/** Whole calendar days from one date to another; negative when `to` lies before `from`. */
export function daysBetween(from: SessionDate, to: SessionDate): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000)
}

export function addDays(date: SessionDate, days: number): SessionDate {
  return new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10) as SessionDate
}

/** By arithmetic: a `Date` and its text take ten times as long, and a page checks the dates of a year for each figure. */
function isCalendarDay(parts: RegExpExecArray): boolean {
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])]
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = month === 2 && isLeapYear ? 29 : (DAYS_OF_MONTHS[month - 1] ?? 0)
  return day >= 1 && day <= days
}

const DAYS_OF_MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
