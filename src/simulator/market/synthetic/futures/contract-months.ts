import { newYorkInstant } from '../../../../market/calendar.ts'
import { addDays, type EpochMs, type SessionDate, sessionDate } from '../../../../market/units.ts'
import { sessionsBack, thirdFridayOf } from '../expiry-days.ts'
import type { FutureProduct } from './products.ts'

/** One month of a product. */
export interface ContractMonth {
  /** YYYYMM, as in contract details: the month of delivery, which for oil is after the expiry. */
  readonly month: string
  /** The last trading day. */
  readonly expiry: SessionDate
  /** When it is traded for the last time, and when its value is fixed. */
  readonly lastTradeAt: EpochMs
}

/** Letters of the months in symbols of futures, January first. */
const MONTH_LETTERS = 'FGHJKMNQUVXZ'

/** `Z6` for December 2026. */
export function monthCode(month: string): string {
  return `${MONTH_LETTERS[Number(month.slice(4)) - 1]}${month.slice(3, 4)}`
}

/** The months listed on a date, soonest first, the one that expires on that day included. */
export function monthsListedOn(product: FutureProduct, today: SessionDate): ContractMonth[] {
  const listed: ContractMonth[] = []
  for (let index = monthIndex(today); listed.length < product.listedMonths; index++) {
    const one = monthOf(product, index)
    if (one && one.expiry >= today) listed.push(one)
  }
  return listed
}

/** The months that have expired in the years before a date, latest first. */
export function expiredMonths(product: FutureProduct, today: SessionDate, years: number): ContractMonth[] {
  const first = monthIndex(today) - 12 * years
  const expired: ContractMonth[] = []
  for (let index = monthIndex(today) + 1; index >= first; index--) {
    const one = monthOf(product, index)
    if (one && one.expiry < today) expired.push(one)
  }
  return expired
}

/** Months since the year 0, so that months can be counted. */
function monthIndex(date: SessionDate): number {
  return Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1
}

/** The contract of a month; null where the product has none. */
function monthOf(product: FutureProduct, index: number): ContractMonth | null {
  const year = Math.floor(index / 12)
  const month = (index % 12) + 1
  if (product.cycle === 'quarterly' && month % 3 !== 0) return null
  const expiry = product.cycle === 'quarterly' ? indexExpiry(year, month) : oilExpiry(year, month)
  const clock = product.index === null ? '14:30' : '09:30'
  const name = `${year}${String(month).padStart(2, '0')}`
  return { month: name, expiry, lastTradeAt: newYorkInstant(expiry, clock) }
}

/** Index futures end at the opening of the third Friday, or of the last session before it. */
function indexExpiry(year: number, month: number): SessionDate {
  return sessionsBack(thirdFridayOf(firstOf(year, month)), 0)
}

/** Crude oil ends three business days before the 25th of the month before, or of the business day before that. */
function oilExpiry(year: number, month: number): SessionDate {
  const before = month === 1 ? firstOf(year - 1, 12) : firstOf(year, month - 1)
  return sessionsBack(addDays(before, 24), 3)
}

function firstOf(year: number, month: number): SessionDate {
  return sessionDate(`${year}-${String(month).padStart(2, '0')}-01`)
}
