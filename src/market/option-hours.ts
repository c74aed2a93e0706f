import {
  newYorkInstant,
  OPTIONS_AFTER_CLOSE_MS,
  sessionOn,
  type TradingSession,
  yearsBetween,
} from './calendar.ts'
import { addDays, type EpochMs, type ExpiryDate, epochMs, expiryToDate, type SessionDate } from './units.ts'

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
  return stockSessionOn(date, tradesLate(symbol))
}

/** The session of options that trade 15 minutes longer than the underlying, or as long as it. */
export function stockSessionOn(date: SessionDate, late: boolean): TradingSession | null {
  const session = sessionOn(date)
  return session === null || late ? session : { ...session, optionsCloseAt: session.closeAt }
}

/**
 * What fixes the value of an option at its expiry. `pm`: the close of its last trading day. `am`: opening prices; of an
 * option on an index those of the session after the last trading day, which is what Interactive Brokers calls its expiry,
 * of a quarterly option on a future those of the last trading day itself, when the future stops trading, too.
 */
export type Settlement = 'am' | 'pm'

/**
 * Classes of index options whose value is fixed at the opening, VIX with its weekly class; the weekly classes of the others
 * (SPXW, NDXP, RUTW) are not. Cboe's specifications of its index options, read in November 2026.
 */
const AM_INDEX_CLASSES: ReadonlySet<string> = new Set(['SPX', 'NDX', 'RUT', 'DJX', 'VIX', 'VIXW'])

/** Quarterly options on index futures, which end with the future. CME's rulebook on options on these futures. */
const AM_FUTURES_CLASSES: ReadonlySet<string> = new Set(['ES', 'NQ', 'RTO', 'MES', 'MNQ', 'M2K'])

/** Index options that stop with the stock exchange on their last day, 15 minutes before they do on others. */
const EARLY_LAST_DAY: ReadonlySet<string> = new Set(['SPXW', 'XSP', 'NDXP', 'RUTW', 'MRUT'])

/** Options on crude oil futures, `LO` and its weekly classes, stop at 14:30 on their last day. */
const CRUDE_OIL_CLASS = /^LO\d?$/

/** The settlement of a trading class, by our rule. */
export function settlementOf(tradingClass: string): Settlement {
  return AM_INDEX_CLASSES.has(tradingClass) || AM_FUTURES_CLASSES.has(tradingClass) ? 'am' : 'pm'
}

/** The end of the time to expiry of a symbol's options, by expiry and trading class; without one, the symbol's own. */
export type ExpiryTimes = (expiry: ExpiryDate, tradingClass?: string) => EpochMs

/**
 * The expiry times of a symbol by our rules, known for any date: the close of its options on the expiry date; for AM
 * settlement the opening that fixes the value. An expiry on which the exchange is closed (old Saturday expirations)
 * counts as a full day. They are for options of which the gateway, or a stored row, does not say the time.
 */
export function expiryTimesOf(symbol: string): ExpiryTimes {
  return (expiry, tradingClass = symbol.replace('.', '')) => {
    const date = expiryToDate(expiry)
    if (AM_INDEX_CLASSES.has(tradingClass)) return nextOpening(date)
    const session = optionSessionOn(date, symbol)
    if (AM_FUTURES_CLASSES.has(tradingClass)) return session?.openAt ?? newYorkInstant(date, '09:30')
    if (CRUDE_OIL_CLASS.test(tradingClass)) return newYorkInstant(date, '14:30')
    const stopsEarly = EARLY_LAST_DAY.has(tradingClass)
    if (session) return stopsEarly ? session.closeAt : session.optionsCloseAt
    const closeAt = newYorkInstant(date, '16:00')
    return tradesLate(symbol) && !stopsEarly ? epochMs(closeAt + OPTIONS_AFTER_CLOSE_MS) : closeAt
  }
}

/** Whether the class stops with the stock exchange on its last day, whatever its hours on other days. */
export function stopsEarlyOnLastDay(tradingClass: string): boolean {
  return EARLY_LAST_DAY.has(tradingClass)
}

/** The opening of the first session after a date. */
function nextOpening(date: SessionDate): EpochMs {
  for (let day = addDays(date, 1); ; day = addDays(day, 1)) {
    const session = sessionOn(day)
    if (session) return session.openAt
  }
}

/**
 * Years to the expiry of an option by our rules, calendar time over 365 days: see `expiryTimesOf`. 0 from that moment on,
 * never negative.
 */
export function yearsToExpiry(
  at: EpochMs,
  expiry: ExpiryDate,
  symbol: string,
  tradingClass?: string,
): number {
  return yearsBetween(at, expiryTimesOf(symbol)(expiry, tradingClass))
}
