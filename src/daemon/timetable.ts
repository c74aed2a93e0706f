import { chainCachePath, readChainCache } from '../chain/chain-cache.ts'
import type { TradingSession } from '../market/calendar.ts'
import { sessionOn } from '../market/calendar.ts'
import type { SlotGrid } from '../market/slot.ts'
import type { SessionDate } from '../market/units.ts'
import { parseListedHours, resolveSession, type SessionWarning } from '../schedule/listed-hours.ts'
import type { Timetable } from '../schedule/slots.ts'

/** The sessions to collect: as the gateway lists them, and by our rules on days that it does not list. */
export interface UpdatableTimetable {
  readonly timetable: Timetable
  /** Reads the gateway's hours for the coming days; returns the days on which they and our rules disagree. */
  refresh(today: SessionDate): readonly SessionWarning[]
}

/** Uses the hours of the first symbol's options, from its cached chain. */
export function createTimetable(
  symbols: readonly string[],
  contractsFolder: string,
  grid: SlotGrid,
): UpdatableTimetable {
  const listed = new Map<SessionDate, TradingSession | null>()
  return {
    timetable: {
      grid,
      sessionOn: (date) => {
        const session = listed.get(date)
        return session === undefined ? sessionOn(date) : session
      },
    },
    refresh: (today) => {
      const [symbol] = symbols
      const cached = symbol === undefined ? null : readChainCache(chainCachePath(contractsFolder, symbol))
      if (!cached?.hours) return []
      const hours = parseListedHours(cached.hours.liquidHours, cached.hours.timeZoneId)
      const warnings: SessionWarning[] = hours.problems.map((message) => ({ date: today, message }))
      for (const date of hours.sessions.keys()) {
        // Past days are in the ledger.
        if (date < today) continue
        const { session, warning } = resolveSession(date, hours)
        listed.set(date, session)
        if (warning) warnings.push(warning)
      }
      return warnings
    },
  }
}
