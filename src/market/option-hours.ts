import {
  newYorkInstant,
  OPTIONS_AFTER_CLOSE_MS,
  sessionOn,
  type TradingSession,
  yearsBetween,
} from './calendar.ts'
import { type EpochMs, type ExpiryDate, epochMs, expiryToDate, type SessionDate } from './units.ts'

/**
 * ETFs and index options that trade until a quarter of an hour after the close of the stock exchange, 16:15 or on early
 * closes 13:15. Those that two brokers' lists agree on, with the volatility index that one of them leaves out: IG,
 * "Options that trade until 3:15 Central", and Firstrade, "Options that trade until 4:15 PM ET", both read in November
 * 2026. They disagree on FXI, GLD, IYR, LQD, TLT, XLC and XLRE, which close at 16:00 here. The gateway's own hours
 * overrule this table.
 */
const LATE: ReadonlySet<string> = new Set(
  (
    'SPY QQQ IWM DIA DBA DBB DBC DBO EEM EFA IWN IWO IWV KBE KRE MDY MOO OEF SLX SVXY UNG UUP UVIX UVXY VIXM VIXY ' +
    'VXX VXZ XHB XLB XLE XLF XLI XLK XLP XLU XLV XLY XME XRT ' +
    'SPX NDX RUT MRUT OEX XEO VIX'
  ).split(' '),
)

/** Whether a symbol's options trade 15 minutes longer than its underlying, by our rule. Any other symbol's close with it. */
export function tradesLate(symbol: string): boolean {
  return LATE.has(symbol)
}

/** The session of a symbol's options on a New York date by our rules; null if the exchange is closed that day. */
export function optionSessionOn(date: SessionDate, symbol: string): TradingSession | null {
  const session = sessionOn(date)
  return session === null || tradesLate(symbol) ? session : { ...session, optionsCloseAt: session.closeAt }
}

/**
 * What fixes the value of an option at its expiry. `pm`: trading goes on until the close of the expiry date. `am`: the
 * opening prices of the expiry date; trading ended with the session before.
 */
export type Settlement = 'am' | 'pm'

/** Classes of index options whose value is fixed at the opening; their weekly classes (SPXW, NDXP, RUTW) are not. */
const AM_CLASSES: ReadonlySet<string> = new Set(['SPX', 'NDX', 'RUT', 'VIX'])

/** The settlement of a trading class, by our rule. */
export function settlementOf(tradingClass: string): Settlement {
  return AM_CLASSES.has(tradingClass) ? 'am' : 'pm'
}

/** The end of the time to expiry of a symbol's options, by expiry. */
export type ExpiryTimes = (expiry: ExpiryDate) => EpochMs

/**
 * The expiry times of a symbol by our rules, known for any date: the close of its options on the expiry date, its
 * opening for AM settlement. An expiry on which the exchange is closed (old Saturday expirations) counts as a full day.
 * Stored rows have no times of their own, so figures are always computed with these.
 */
export function expiryTimesOf(symbol: string, settlement: Settlement = settlementOf(symbol)): ExpiryTimes {
  return (expiry) => {
    const date = expiryToDate(expiry)
    const session = optionSessionOn(date, symbol)
    if (settlement === 'am') return session?.openAt ?? newYorkInstant(date, '09:30')
    if (session) return session.optionsCloseAt
    const closeAt = newYorkInstant(date, '16:00')
    return tradesLate(symbol) ? epochMs(closeAt + OPTIONS_AFTER_CLOSE_MS) : closeAt
  }
}

/**
 * Years to the expiry of an option by our rules, calendar time over 365 days: to 16:15 New York time of the expiry,
 * 13:15 on an early close, and 15 minutes earlier for symbols whose options close with the stock. 0 from that moment on,
 * never negative.
 */
export function yearsToExpiry(at: EpochMs, expiry: ExpiryDate, symbol: string): number {
  return yearsBetween(at, expiryTimesOf(symbol)(expiry))
}
