import type { AnalyticsOptions } from '../analytics/options.ts'
import { recoverJournals } from '../capture/recover-journal.ts'
import { currentState, type Lake } from '../lake/open.ts'
import { slots } from '../lake/query/stats.ts'
import { newYorkDate } from '../market/calendar.ts'
import { addDays, type EpochMs, epochMs } from '../market/units.ts'
import type { Log } from '../process/log.ts'
import type { HandledSlots } from '../schedule/slots.ts'
import type { LedgerRow } from '../snapshot/ledger.ts'

/** How far back to search for the newest ledger entry; days. */
const SEARCH_DAYS = 31

/** What earlier runs left in the lake. */
export interface Restored {
  /** The ledger entries of the newest session that has any. */
  readonly entries: readonly LedgerRow[]
  /** The newest slot of each symbol in that session, or in the newest data. */
  readonly lastHandled: HandledSlots
}

/**
 * Stores the journals of killed runs, and finds the newest slots. A symbol without one in the newest session was not
 * collected then: its missed slots begin with the session in progress.
 */
export async function restore(lake: Lake, log: Log, analytics: AnalyticsOptions): Promise<Restored> {
  await recoverJournals(lake, log, analytics)
  const entries = await recentEntries(lake)
  return { entries, lastHandled: newestSlots([...entries, ...(await newestStored(lake))]) }
}

/** The newest slot of each symbol that has one on the newest date. */
function newestSlots(slots: readonly SymbolSlot[]): HandledSlots {
  const newest = new Map<string, EpochMs>()
  const date = slots.reduce((latest, slot) => (slot.date > latest ? slot.date : latest), '')
  for (const slot of slots) {
    const at = epochMs(slot.timestamp)
    if (slot.date === date && at >= (newest.get(slot.symbol) ?? at)) newest.set(slot.symbol, at)
  }
  return newest
}

type SymbolSlot = Pick<LedgerRow, 'timestamp' | 'symbol' | 'date'>

/** The newest slot of each data file: a lake of another program has rows and no ledger. */
async function newestStored(lake: Lake): Promise<readonly SymbolSlot[]> {
  const { files } = await currentState(lake)
  return [...files.values()]
    .filter(({ rows }) => (rows ?? 0) > 0)
    .map(({ maxSlot, symbol, date }) => ({ timestamp: maxSlot, symbol, date }))
}

async function recentEntries(lake: Lake): Promise<readonly LedgerRow[]> {
  const today = newYorkDate(lake.clock.now())
  for (let days = 0; days <= SEARCH_DAYS; days++) {
    const entries = await slots(lake, { date: addDays(today, -days) })
    if (entries.length > 0) return entries
  }
  return []
}
