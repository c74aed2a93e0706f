import type { AnalyticsOptions } from '../analytics/options.ts'
import { recoverJournals } from '../capture/recover-journal.ts'
import type { Lake } from '../lake/open.ts'
import { slots, stats } from '../lake/query/stats.ts'
import { newYorkDate } from '../market/calendar.ts'
import { addDays, type EpochMs, epochMs } from '../market/units.ts'
import type { Log } from '../process/log.ts'
import type { LedgerRow } from '../snapshot/ledger.ts'

/** How far back the ledger is looked through for its newest entry. */
const LOOK_BACK_DAYS = 31

/** What a start takes over from the time before it. */
export interface Restored {
  /** The ledger of the last session that has one. */
  readonly entries: readonly LedgerRow[]
  /** The newest slot that the lake knows of; null where it is empty. */
  readonly lastHandled: EpochMs | null
}

/** Stores what killed runs had received, and looks up how far the ledger goes. */
export async function restore(lake: Lake, log: Log, options: AnalyticsOptions): Promise<Restored> {
  await recoverJournals(lake, log, options)
  const entries = await recentEntries(lake)
  const { lastSlot } = await stats(lake)
  const times = [...entries.map(({ timestamp }) => timestamp), ...(lastSlot === null ? [] : [lastSlot])]
  return { entries, lastHandled: times.length === 0 ? null : epochMs(Math.max(...times)) }
}

async function recentEntries(lake: Lake): Promise<readonly LedgerRow[]> {
  const today = newYorkDate(lake.clock.now())
  for (let days = 0; days <= LOOK_BACK_DAYS; days++) {
    const entries = await slots(lake, { date: addDays(today, -days) })
    if (entries.length > 0) return entries
  }
  return []
}
