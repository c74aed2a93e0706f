import { sessionOn, type TradingSession } from './calendar.ts'
import type { SessionDate } from './units.ts'

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
