import type { ChainCache } from '../chain/chain-cache.ts'
import { newYorkDate, newYorkTime, type TradingSession } from '../market/calendar.ts'
import { type Instrument, namesOf } from '../market/instrument.ts'
import { instrumentNamed } from '../market/instruments.ts'
import { expiryTimesOf, settlementOf } from '../market/option-hours.ts'
import type { SlotGrid } from '../market/slot.ts'
import { calendarSessionOn } from '../market/trade-dates.ts'
import type { EpochMs, SessionDate } from '../market/units.ts'
import {
  type Disagreement,
  describeDisagreements,
  disagreement,
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
  refresh(today: SessionDate, cacheOf: (symbol: string) => ChainCache | null): readonly string[]
}

/** One line if the gateway's last trade time of an expiration is not that of our rules. */
function lastTradeDifferences(cached: ChainCache | null): string[] {
  if (cached === null) return []
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

/** Uses the hours of each symbol's own options, from its cached chain. */
export function createTimetable(instruments: readonly Instrument[], grid: SlotGrid): UpdatableTimetable {
  const symbols = namesOf(instruments)
  const calendars = new Map(instruments.map(({ symbol, calendar }) => [symbol, calendar]))
  const listed = new Map<string, Map<SessionDate, TradingSession | null>>(
    symbols.map((symbol) => [symbol, new Map()]),
  )
  return {
    timetable: {
      grid,
      symbols,
      sessionOn: (date, symbol) => {
        const session = listed.get(symbol)?.get(date)
        if (session !== undefined) return session
        return calendarSessionOn(date, calendars.get(symbol) ?? instrumentNamed(symbol).calendar)
      },
    },
    refresh: (today, cacheOf) => {
      const problems: string[] = []
      const disagreements: Disagreement[] = []
      for (const [symbol, own] of listed) {
        const cached = cacheOf(symbol)
        problems.push(...lastTradeDifferences(cached))
        if (!cached?.hours) continue
        const hours = parseListedHours(cached.hours.liquidHours, cached.hours.timeZoneId)
        problems.push(...hours.problems.map((problem) => `trading hours of ${symbol}: ${problem}`))
        for (const [date, session] of hours.sessions) {
          // Past days are in the ledger.
          if (date < today) continue
          own.set(date, session)
          const differs = disagreement(date, symbol, session)
          if (differs) disagreements.push(differs)
        }
      }
      return [...problems, ...describeDisagreements(disagreements)]
    },
  }
}
