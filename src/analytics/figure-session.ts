import { sessionOn, type TradingSession } from '../market/calendar.ts'
import type { InstrumentKind } from '../market/instrument.ts'
import { instrumentNamed } from '../market/instruments.ts'
import { calendarSessionOn, type SessionOn } from '../market/trade-dates.ts'
import { addDays, type EpochMs, epochMs, type SessionDate } from '../market/units.ts'
import type { ChainRow } from './chain.ts'

/** A figure's symbol and what it is; null or left out where that is not stored: a stock, as in version 0.1. */
export interface FigureSymbol {
  readonly symbol: string
  readonly kind?: InstrumentKind | null
}

/**
 * The sessions of a symbol by rule, so that figures of stored rows do not depend on what the gateway lists today. Stocks
 * and indices trade with the stock exchange, futures by the calendar that the table of instruments has for their name,
 * else by that of index futures.
 */
export function sessionsOf(one: FigureSymbol): SessionOn {
  if (!isFutures(one)) return sessionOn
  const calendar = futuresCalendar(one)
  return (date) => calendarSessionOn(date, calendar)
}

/** What the rows of a slot are options on: all of one kind. Null for rows of version 0.1, and without rows. */
export function kindOfRows(rows: readonly Pick<ChainRow, 'underlying_type'>[]): InstrumentKind | null {
  const type = rows[0]?.underlying_type ?? null
  if (type === 'FUT') return 'FOP'
  return type === 'STK' || type === 'IND' ? type : null
}

/**
 * The session at whose end the open interest of a slot was counted: the one before its trade date, as it is published in
 * the morning. Null without rows.
 */
export function openInterestDate({
  rows,
  date,
  ...one
}: FigureSymbol & { readonly rows: readonly unknown[]; readonly date: SessionDate }): SessionDate | null {
  return rows.length === 0 ? null : sessionBefore(date, sessionsOf(one))
}

/** The last trade date before another one; null if there is none within ten days. */
export function sessionBefore(date: SessionDate, sessionOn: SessionOn): SessionDate | null {
  for (let back = 1; back <= LONGEST_CLOSURE_DAYS; back++) {
    const before = addDays(date, -back)
    if (sessionOn(before)) return before
  }
  return null
}

export function isFutures({ kind }: FigureSymbol): boolean {
  return kind === 'FUT' || kind === 'FOP'
}

function futuresCalendar({ symbol }: FigureSymbol): 'cme-equity' | 'nymex-energy' {
  return instrumentNamed(symbol).calendar === 'nymex-energy' ? 'nymex-energy' : 'cme-equity'
}

/** Longer than the exchanges were ever closed at a time. */
const LONGEST_CLOSURE_DAYS = 10

const MINUTE_MS = 60_000
/** Energy futures are settled at 14:30, stocks close at 16:00. */
const ENERGY_SETTLEMENT_BEFORE_CLOSE_MS = 90 * MINUTE_MS

/** Both ends are included. */
export interface ObservationWindow {
  readonly from: EpochMs
  readonly to: EpochMs
}

/**
 * The slots whose median is a session's value: the half hour before the close of the stock exchange but for its last five
 * minutes, 15:30 to 15:55 New York time, on early closes 12:35 to 12:55. It is the same for index futures, which are
 * settled at that close and whose volatility can then be compared with that of the index. Energy futures are settled at
 * 14:30: 14:00 to 14:25. Null on a date without a session of the stock exchange, which is no trade date of futures either.
 */
function observationWindow(date: SessionDate, one: FigureSymbol): ObservationWindow | null {
  const stock = sessionOn(date)
  if (!stock) return null
  const closeAt = closeOf(stock, one)
  return {
    from: epochMs(closeAt - (stock.earlyClose ? 25 : 30) * MINUTE_MS),
    to: epochMs(closeAt - 5 * MINUTE_MS),
  }
}

function closeOf({ closeAt, earlyClose }: TradingSession, one: FigureSymbol): number {
  const isEnergy = isFutures(one) && futuresCalendar(one) === 'nymex-energy'
  return isEnergy && !earlyClose ? closeAt - ENERGY_SETTLEMENT_BEFORE_CLOSE_MS : closeAt
}

/** When the slots of a trade date's observation are. */
export interface ObservationTimes {
  /** The symbol's own session. */
  readonly session: TradingSession
  /** The slots whose median is the session's value. */
  readonly window: ObservationWindow
}

/** Null on a date on which the symbol does not trade. */
export function observationTimes(date: SessionDate, one: FigureSymbol): ObservationTimes | null {
  const session = sessionsOf(one)(date)
  const window = observationWindow(date, one)
  return session && window ? { session, window } : null
}
