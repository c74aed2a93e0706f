import { chainCachePath, readChainCache } from '../chain/chain-cache.ts'
import type { TradingSession } from '../market/calendar.ts'
import { optionSessionOn } from '../market/option-hours.ts'
import type { SlotGrid } from '../market/slot.ts'
import type { SessionDate } from '../market/units.ts'
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
  refresh(today: SessionDate): readonly string[]
}

/** Uses the hours of each symbol's own options, from its cached chain. */
export function createTimetable(
  symbols: readonly string[],
  contractsFolder: string,
  grid: SlotGrid,
): UpdatableTimetable {
  const listed = new Map<string, Map<SessionDate, TradingSession | null>>(
    symbols.map((symbol) => [symbol, new Map()]),
  )
  return {
    timetable: {
      grid,
      symbols,
      sessionOn: (date, symbol) => {
        const session = listed.get(symbol)?.get(date)
        return session === undefined ? optionSessionOn(date, symbol) : session
      },
    },
    refresh: (today) => {
      const problems: string[] = []
      const disagreements: Disagreement[] = []
      for (const [symbol, own] of listed) {
        const cached = readChainCache(chainCachePath(contractsFolder, symbol))
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
