import type { ChainCache } from '../chain/chain-cache.ts'
import { newYorkDate, newYorkTime, type TradingSession } from '../market/calendar.ts'
import { collectsFutures, type Instrument, namesOf } from '../market/instrument.ts'
import { instrumentNamed } from '../market/instruments.ts'
import { expiryTimesOf, settlementOf } from '../market/option-hours.ts'
import type { SlotGrid } from '../market/slot.ts'
import { calendarSessionOn, type SessionOn } from '../market/trade-dates.ts'
import type { EpochMs, SessionDate } from '../market/units.ts'
import { parseFuturesHours } from '../schedule/listed-futures-hours.ts'
import {
  type Disagreement,
  describeDisagreements,
  disagreement,
  type ListedHours,
  parseListedHours,
} from '../schedule/listed-hours.ts'
import type { Timetable } from '../schedule/slots.ts'

/** The sessions to collect: as the gateway lists them, and by our rules on days that it does not list. */
export interface UpdatableTimetable {
  readonly timetable: Timetable
  /**
   * Reads the gateway's hours for the coming days; returns one line for the operator for each disagreement with our
   * rules, and for each part that cannot be read.
   */
  refresh(today: SessionDate, sources: HoursSources): readonly string[]
}

/** Where the gateway's hours of a symbol are known from. */
export interface HoursSources {
  /** The chain of a stock or an index: the hours of its options. */
  chainOf(symbol: string): ChainCache | null
  /** The hours in the contract details of a future; null while there are none. */
  futureHoursOf(symbol: string): FutureHours | null
}

export interface FutureHours {
  readonly timeZoneId: string
  readonly tradingHours: string
}

/** One line if the gateway's last trade time of an expiration is not that of our rules. */
function lastTradeDifferences(cached: ChainCache | null): string[] {
  if (cached === null || cached.underlying.secType === 'FUT') return []
  const { symbol } = cached.underlying
  const ruleOf = expiryTimesOf(symbol)
  for (const [first] of cached.contracts.values()) {
    if (!first) continue
    const { expiry, tradingClass, expiresAt, settlement } = first
    const rule = ruleOf(expiry, tradingClass)
    if (expiresAt == null || expiresAt === rule) continue
    const name = tradingClass === symbol ? `${symbol} ${expiry}` : `${symbol} ${expiry} ${tradingClass}`
    return [
      settlement === 'am' || settlementOf(tradingClass) === 'am'
        ? `Interactive Brokers fixes the value of ${name} at ${dateAndTime(expiresAt)}, our rules at ${dateAndTime(rule)}: ` +
          'rows have the former'
        : `Interactive Brokers ends trading in ${name} at ${dateAndTime(expiresAt)}, our rules at ${dateAndTime(rule)}: ` +
          'own greeks use the former, figures of stored slots the latter',
    ]
  }
  return []
}

function dateAndTime(at: EpochMs): string {
  return `${newYorkDate(at)} ${newYorkTime(at)}`
}

function optionHours(cached: ChainCache | null): ListedHours | null {
  return cached?.hours ? parseListedHours(cached.hours.liquidHours, cached.hours.timeZoneId) : null
}

function futureHours(hours: FutureHours | null, earlier: SessionOn): ListedHours | null {
  return hours && parseFuturesHours(hours.tradingHours, hours.timeZoneId, earlier)
}

/** Uses the hours of each symbol's own options, from its cached chain, or those of its futures. */
export function createTimetable(instruments: readonly Instrument[], grid: SlotGrid): UpdatableTimetable {
  const symbols = namesOf(instruments)
  const known = new Map(instruments.map((instrument) => [instrument.symbol, instrument]))
  const ruleOn = (date: SessionDate, symbol: string) =>
    calendarSessionOn(date, (known.get(symbol) ?? instrumentNamed(symbol)).calendar)
  const listed = new Map<string, Map<SessionDate, TradingSession | null>>(
    symbols.map((symbol) => [symbol, new Map()]),
  )
  return {
    timetable: {
      grid,
      symbols,
      sessionOn: (date, symbol) => {
        const session = listed.get(symbol)?.get(date)
        return session === undefined ? ruleOn(date, symbol) : session
      },
    },
    refresh: (today, sources) => {
      const problems: string[] = []
      const disagreements: Disagreement[] = []
      for (const [symbol, own] of listed) {
        const isFuture = collectsFutures(known.get(symbol) as Instrument)
        if (!isFuture) problems.push(...lastTradeDifferences(sources.chainOf(symbol)))
        const earlier = (date: SessionDate) => {
          const session = own.get(date)
          return session === undefined ? ruleOn(date, symbol) : session
        }
        const hours = isFuture
          ? futureHours(sources.futureHoursOf(symbol), earlier)
          : optionHours(sources.chainOf(symbol))
        if (hours === null) continue
        problems.push(...hours.problems.map((problem) => `trading hours of ${symbol}: ${problem}`))
        for (const [date, session] of hours.sessions) {
          // Past days are in the ledger.
          if (date < today) continue
          own.set(date, session)
          const differs = disagreement(date, symbol, session, ruleOn(date, symbol))
          if (differs) disagreements.push(differs)
        }
      }
      return [...problems, ...describeDisagreements(disagreements)]
    },
  }
}
