import type { AnalyticsOptions } from '../analytics/options.ts'
import { recoverJournals } from '../capture/recover-journal.ts'
import type { Lake } from '../lake/open.ts'
import { slots, stats } from '../lake/query/stats.ts'
import { newYorkDate } from '../market/calendar.ts'
import { addDays, type EpochMs, epochMs } from '../market/units.ts'
import type { Log } from '../process/log.ts'
import type { LedgerRow } from '../snapshot/ledger.ts'

/** How far back to search for the newest ledger entry; days. */
const SEARCH_DAYS = 31

/** What earlier runs left in the lake. */
export interface Restored {
  /** The ledger entries of the newest session that has any. */
  readonly entries: readonly LedgerRow[]
  /** The newest slot in the lake; null if it is empty. */
  readonly lastHandled: EpochMs | null
}

/** Stores the journals of killed runs, and finds the newest slot. */
export async function restore(lake: Lake, log: Log, analytics: AnalyticsOptions): Promise<Restored> {
  await recoverJournals(lake, log, analytics)
  const entries = await recentEntries(lake)
  const { lastSlot } = await stats(lake)
  const times = [...entries.map(({ timestamp }) => timestamp), ...(lastSlot === null ? [] : [lastSlot])]
  return { entries, lastHandled: times.length === 0 ? null : epochMs(Math.max(...times)) }
}

async function recentEntries(lake: Lake): Promise<readonly LedgerRow[]> {
  const today = newYorkDate(lake.clock.now())
  for (let days = 0; days <= SEARCH_DAYS; days++) {
    const entries = await slots(lake, { date: addDays(today, -days) })
    if (entries.length > 0) return entries
  }
  return []
}
