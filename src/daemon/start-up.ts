import type { AnalyticsOptions } from '../analytics/options.ts'
import { type Recovery, recoverJournals } from '../capture/recover-journal.ts'
import { currentState, type Lake } from '../lake/open.ts'
import { slots } from '../lake/query/stats.ts'
import { ledgerDates } from '../lake/tables/ledger.ts'
import { newYorkDate } from '../market/calendar.ts'
import { MAX_DAYS_EARLY } from '../market/trade-dates.ts'
import { addDays, type EpochMs, epochMs, sessionDate } from '../market/units.ts'
import type { Log } from '../process/log.ts'
import type { HandledSlots, Timetable } from '../schedule/slots.ts'
import type { LedgerRow } from '../snapshot/ledger.ts'

/** How far back to search for the newest ledger entry; days. */
const SEARCH_DAYS = 31

/** What earlier runs left in the lake. */
export interface Restored {
  /** The ledger entries of the newest session of each symbol that has any. */
  readonly entries: readonly LedgerRow[]
  /** The newest slot of each symbol, in those sessions or in the newest data. */
  readonly lastHandled: HandledSlots
  /** Slots of killed runs that are stored now, without surfaces. */
  readonly recovered: readonly Recovery[]
}

/**
 * Stores the journals of killed runs, and finds the newest slots. A symbol that had a session and no slot while others
 * were collected was not collected then: its missed slots begin with the session in progress.
 */
export async function restore(
  lake: Lake,
  log: Log,
  { analytics, timetable }: { readonly analytics: AnalyticsOptions; readonly timetable: Timetable },
): Promise<Restored> {
  const recovered = await recoverJournals(lake, log, analytics)
  const entries = await recentEntries(lake, timetable)
  const lastHandled = newestSlots([...entries, ...(await newestStored(lake))], timetable)
  return { entries, lastHandled, recovered }
}

/** The newest slot of each symbol that was collected until the newest of all: none of its sessions since has no slot. */
function newestSlots(slots: readonly SymbolSlot[], timetable: Timetable): HandledSlots {
  const newest = new Map<string, SymbolSlot>()
  for (const slot of slots) {
    if (slot.timestamp >= (newest.get(slot.symbol)?.timestamp ?? slot.timestamp))
      newest.set(slot.symbol, slot)
  }
  const collected = [...newest.values()].filter(({ symbol }) => timetable.symbols.includes(symbol))
  const last = epochMs(collected.reduce((latest, { timestamp }) => Math.max(latest, timestamp), 0))
  return new Map(
    collected
      .filter((slot) => !hasSessionSince(slot, last, timetable))
      .map(({ symbol, timestamp }) => [symbol, epochMs(timestamp)]),
  )
}

/** Whether a later session of a symbol than that of its slot had opened by a time. */
function hasSessionSince({ symbol, date }: SymbolSlot, until: EpochMs, timetable: Timetable): boolean {
  const lastDate = addDays(newYorkDate(until), MAX_DAYS_EARLY)
  for (let later = addDays(sessionDate(date), 1); later <= lastDate; later = addDays(later, 1)) {
    const session = timetable.sessionOn(later, symbol)
    if (session && session.openAt <= until) return true
  }
  return false
}

type SymbolSlot = Pick<LedgerRow, 'timestamp' | 'symbol' | 'date'>

/** The newest slot of each data file: a lake of another program has rows and no ledger. */
async function newestStored(lake: Lake): Promise<readonly SymbolSlot[]> {
  const { files } = await currentState(lake)
  return [...files.values()]
    .filter(({ rows }) => (rows ?? 0) > 0)
    .map(({ maxSlot, symbol, date }) => ({ timestamp: maxSlot, symbol, date }))
}

/** The entries of each symbol's newest session that has any; the oldest session first. */
async function recentEntries(lake: Lake, { symbols }: Timetable): Promise<readonly LedgerRow[]> {
  const today = newYorkDate(lake.clock.now())
  const [from, to] = [addDays(today, -SEARCH_DAYS), addDays(today, MAX_DAYS_EARLY)]
  const dates = [...(await ledgerDates(lake)).keys()].filter((date) => from <= date && date <= to)
  const found = new Map<string, readonly LedgerRow[]>()
  for (const date of dates.sort().reverse()) {
    if (symbols.every((symbol) => found.has(symbol))) break
    const entries = await slots(lake, { date: sessionDate(date) })
    for (const symbol of symbols) {
      const own = entries.filter((entry) => entry.symbol === symbol)
      if (own.length > 0 && !found.has(symbol)) found.set(symbol, own)
    }
  }
  return [...found.values()].flat()
}
