import { newYorkInstant } from './calendar.ts'
import type { FutureContract } from './contract.ts'
import type { CalendarName } from './instrument.ts'
import { daysBetween, type EpochMs, expiryToDate, type SessionDate } from './units.ts'

/** Which of the listed futures are near, and when one stops being the front future. */
export interface RollRule {
  /** A future stops being the front this many calendar days before its last trading day; 0: when it expires. */
  readonly rollDays: number
  /** How many futures count as near, beginning with the front future. */
  readonly frontMonths: number
  /** The hours that the rule of the last trade follows. */
  readonly calendar: CalendarName
}

/** A future that is near at a time. */
export interface NearFuture {
  readonly future: FutureContract
  /** 1 for the front future; null for one that the roll has left and that has not expired. */
  readonly rank: number | null
}

/**
 * When trading of a future ends on its last trading day, New York time: index futures at the opening of the stock
 * exchange, which fixes their value; crude oil when its settlement price is made.
 */
const LAST_TRADE: Readonly<Partial<Record<CalendarName, string>>> = {
  'cme-equity': '09:30',
  'nymex-energy': '14:30',
}

/** The end of trading: as the gateway listed it, else by our rule; null where it is the end of the trade date. */
export function lastTradeOf(
  { expiry, lastTradeAt }: Pick<FutureContract, 'expiry' | 'lastTradeAt'>,
  calendar: CalendarName,
): EpochMs | null {
  if (lastTradeAt != null) return lastTradeAt
  const clock = LAST_TRADE[calendar]
  return clock === undefined ? null : newYorkInstant(expiryToDate(expiry), clock)
}

/** Whether a future has expired at a time of a trade date, which may lie before or after the last trade of that day. */
export function hasExpired(
  future: Pick<FutureContract, 'expiry' | 'lastTradeAt'>,
  { at, date }: { readonly at: EpochMs; readonly date: SessionDate },
  calendar: CalendarName,
): boolean {
  const lastDay = expiryToDate(future.expiry)
  if (date !== lastDay) return date > lastDay
  const end = lastTradeOf(future, calendar)
  return end !== null && at >= end
}

/**
 * The near futures at a time of a trade date, nearest first: the front future and those after it, and before them any
 * that the roll has left, which is kept until it expires so that its history has no hole. Pure.
 */
export function nearFutures(
  listed: readonly FutureContract[],
  when: { readonly at: EpochMs; readonly date: SessionDate },
  { rollDays, frontMonths, calendar }: RollRule,
): NearFuture[] {
  const open = listed
    .filter((future) => !hasExpired(future, when, calendar))
    .sort((a, b) => (a.expiry < b.expiry ? -1 : a.expiry > b.expiry ? 1 : a.conId - b.conId))
  const isLeft = ({ expiry }: FutureContract) =>
    rollDays > 0 && daysBetween(when.date, expiryToDate(expiry)) <= rollDays
  const left = open.filter(isLeft).map((future) => ({ future, rank: null }))
  const front = open.filter((future) => !isLeft(future)).slice(0, frontMonths)
  return [...left, ...front.map((future, at) => ({ future, rank: at + 1 }))]
}
