import { chainCachePath, readChainCache } from '../chain/chain-cache.ts'
import type { TradingSession } from '../market/calendar.ts'
import { sessionOn } from '../market/calendar.ts'
import type { SlotGrid } from '../market/slot.ts'
import type { SessionDate } from '../market/units.ts'
import { parseListedHours, resolveSession, type SessionWarning } from '../schedule/listed-hours.ts'
import type { Timetable } from '../schedule/slots.ts'

/** The sessions to collect: the gateway's word where it lists a day, our rule table elsewhere. */
export interface Hours {
  readonly timetable: Timetable
  /** Reads what the gateway says of the coming days; returns where it and our rules disagree. */
  refresh(today: SessionDate): readonly SessionWarning[]
}

/** The hours of the first symbol's options, as they stand in its daybook. */
export function openHours(symbols: readonly string[], contractsFolder: string, grid: SlotGrid): Hours {
  const listed = new Map<SessionDate, TradingSession | null>()
  return {
    timetable: {
      grid,
      sessionOn: (date) => {
        const said = listed.get(date)
        return said === undefined ? sessionOn(date) : said
      },
    },
    refresh: (today) => {
      const [symbol] = symbols
      const daybook = symbol === undefined ? null : readChainCache(chainCachePath(contractsFolder, symbol))
      if (!daybook?.hours) return []
      const hours = parseListedHours(daybook.hours.liquidHours, daybook.hours.timeZoneId)
      const warnings: SessionWarning[] = hours.problems.map((message) => ({ date: today, message }))
      for (const date of hours.sessions.keys()) {
        // What the past was is settled by the ledger.
        if (date < today) continue
        const { session, warning } = resolveSession(date, hours)
        listed.set(date, session)
        if (warning) warnings.push(warning)
      }
      return warnings
    },
  }
}
