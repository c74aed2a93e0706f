import { storeObservations } from '../../analytics/stored/stored-figures.ts'
import type { Lake } from '../../lake/open.ts'
import { storeLedger } from '../../lake/tables/ledger.ts'
import { compact } from '../../lake/write/compact.ts'
import { LAST_SLOTS_MS } from '../../lake/write/compact-plan.ts'
import { mergeFiles } from '../../lake/write/merge-files.ts'
import { RETENTION_MS, vacuum } from '../../lake/write/vacuum.ts'
import { newYorkDate, type TradingSession } from '../../market/calendar.ts'
import type { Clock } from '../../market/clock.ts'
import { SEARCH_DAYS } from '../../market/trade-dates.ts'
import { addDays, type EpochMs, type SessionDate } from '../../market/units.ts'
import type { Log } from '../../process/log.ts'
import type { Timetable } from '../../schedule/slots.ts'
import type { DailyHistory } from './daily-history.ts'
import type { HistoryUpgrade } from './history-upgrade.ts'

/** The work after each session, alongside the cycles. */
export interface EndOfDay {
  /** Resolves once the signal was aborted and the work has ended. */
  readonly done: Promise<void>
}

interface Runtime {
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  /** The sessions of the symbols. */
  readonly timetable: Timetable
  /** Called after the work of a session: files and daily figures have changed. */
  readonly onDone?: () => void
}

/** After the close of the options: late enough that the last cycle is over. */
const AFTER_CLOSE_MS = 15 * 60_000
const CHECK_INTERVAL_MS = 60_000
const RETRY_MS = 30 * 60_000
/** Between two days of an older version that are rebuilt: the machine does other things too. */
const BETWEEN_DAYS_MS = 1_000
/** Between two looks for chains that are being listed. */
const CHAINS_WAIT_MS = 2_000

/**
 * Checks every minute for an ended session whose work is not done, and for daily history that is due. Neither waits for
 * the other: the gateway may be away for days.
 */
export function startEndOfDay(
  lake: Lake,
  { history, upgrade }: { readonly history: DailyHistory; readonly upgrade: HistoryUpgrade | null },
  runtime: Runtime,
): EndOfDay {
  const work = [runAfterSessions(lake, upgrade, runtime), keepHistory(history, runtime)]
  return { done: Promise.all(work).then(() => {}) }
}

/** Does the work of each trade date whenever the session of a symbol has ended: 16:30 for stocks, 17:30 for futures. */
async function runAfterSessions(lake: Lake, upgrade: HistoryUpgrade | null, runtime: Runtime): Promise<void> {
  const { clock, log, signal } = runtime
  let done: ReadonlyMap<string, SessionDate> = new Map()
  while (!signal.aborted) {
    let waitMs = CHECK_INTERVAL_MS
    const ended = endedSessions(clock.now(), runtime.timetable)
    const dates = new Set(
      [...ended].filter(([symbol, date]) => done.get(symbol) !== date).map(([, date]) => date),
    )
    try {
      for (const date of [...dates].sort()) await afterSession(date, lake, runtime)
      done = ended
      if (dates.size > 0) runtime.onDone?.()
      // After the day's own work and never beside it: both write the tables of figures.
      if ((await upgrade?.next()) === 'rebuilt') waitMs = BETWEEN_DAYS_MS
    } catch (error) {
      log.error({ err: error, dates: [...dates] }, 'the end-of-day work failed; retrying in half an hour')
      waitMs = RETRY_MS
    }
    await clock.sleep(waitMs, signal).catch(() => {})
  }
}

/** The trade date of each symbol's last session that is over, the time for its last slots included. Pure. */
export function endedSessions(now: EpochMs, timetable: Timetable): ReadonlyMap<string, SessionDate> {
  const ended = new Map<string, SessionDate>()
  const today = newYorkDate(now)
  for (const symbol of timetable.symbols) {
    for (let days = 0; days <= SEARCH_DAYS; days++) {
      const session = timetable.sessionOn(addDays(today, -days), symbol)
      if (!session || !isOver(session, now)) continue
      ended.set(symbol, session.date)
      break
    }
  }
  return ended
}

/** Whether the work after a session can begin: its last cycle is over, and the day counts as finished. */
function isOver({ closeAt, optionsCloseAt }: TradingSession, now: EpochMs): boolean {
  return Math.max(optionsCloseAt + AFTER_CLOSE_MS, closeAt + LAST_SLOTS_MS) <= now
}

/**
 * Stores the session's observations and its ledger, compacts it to one file per symbol, and deletes files that no reader
 * needs.
 */
export async function afterSession(
  date: SessionDate,
  lake: Lake,
  { clock, log, signal, timetable }: Runtime,
): Promise<void> {
  await storeObservations(lake, date, clock.now())
  await storeLedger(lake)
  const { compacted, refused } = await compact(lake, {
    scope: { kind: 'finished', now: clock.now(), sessionOn: timetable.sessionOn },
    signal,
  })
  await mergeFiles(lake, { upTo: date, signal })
  const { deleted } = await vacuum(lake, { retentionMs: RETENTION_MS, signal })
  log.info({ date, compacted: compacted.length, deleted: deleted.length }, 'the session is compacted')
  for (const { symbol, why } of refused) log.error({ date, symbol }, why)
}

/** Fetches daily history whenever some is due. Never rejects; the same failure is logged once. */
async function keepHistory(history: DailyHistory, { clock, log, signal }: Runtime): Promise<void> {
  let logged: string | null = null
  while (!signal.aborted) {
    let waitMs = CHECK_INTERVAL_MS
    try {
      if ((await history.fetchDue()) === 'waiting') waitMs = CHAINS_WAIT_MS
      logged = null
    } catch (error) {
      if (signal.aborted) return
      const message = error instanceof Error ? error.message : String(error)
      if (message !== logged)
        log.error({ err: error }, 'the daily history could not be fetched; retrying in half an hour')
      logged = message
      waitMs = RETRY_MS
    }
    await clock.sleep(waitMs, signal).catch(() => {})
  }
}
