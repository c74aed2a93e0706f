import { storeObservations } from '../analytics/stored/stored-figures.ts'
import type { Lake } from '../lake/open.ts'
import { storeLedger } from '../lake/tables/ledger.ts'
import { compact } from '../lake/write/compact.ts'
import { RETENTION_MS, vacuum } from '../lake/write/vacuum.ts'
import { lastSessionBefore } from '../market/calendar.ts'
import type { Clock } from '../market/clock.ts'
import { epochMs, type SessionDate } from '../market/units.ts'
import type { Log } from '../process/log.ts'
import type { DailyHistory } from './daily-history.ts'

/** The work after each session, alongside the cycles. */
export interface EndOfDay {
  /** Resolves once the signal was aborted and the work has ended. */
  readonly done: Promise<void>
}

interface Runtime {
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
}

/** After the close of the underlyings: late enough that the last cycle is over and the day counts as finished. */
const AFTER_CLOSE_MS = 15 * 60_000
const CHECK_INTERVAL_MS = 60_000
const RETRY_MS = 30 * 60_000
/** Between two looks for chains that are being listed. */
const CHAINS_WAIT_MS = 2_000

/**
 * Checks every minute for an ended session whose work is not done, and for daily history that is due. Neither waits for
 * the other: the gateway may be away for days.
 */
export function startEndOfDay(lake: Lake, history: DailyHistory, runtime: Runtime): EndOfDay {
  return {
    done: Promise.all([runAfterSessions(lake, runtime), keepHistory(history, runtime)]).then(() => {}),
  }
}

async function runAfterSessions(lake: Lake, runtime: Runtime): Promise<void> {
  const { clock, log, signal } = runtime
  let done: SessionDate | null = null
  while (!signal.aborted) {
    let waitMs = CHECK_INTERVAL_MS
    const { date } = lastSessionBefore(epochMs(clock.now() - AFTER_CLOSE_MS))
    if (date !== done) {
      try {
        await afterSession(date, lake, runtime)
        done = date
      } catch (error) {
        log.error({ err: error, date }, 'the end-of-day work failed; retrying in half an hour')
        waitMs = RETRY_MS
      }
    }
    await clock.sleep(waitMs, signal).catch(() => {})
  }
}

/**
 * Stores the session's observations and its ledger, compacts it to one file per symbol, and deletes files that no reader
 * needs.
 */
export async function afterSession(
  date: SessionDate,
  lake: Lake,
  { clock, log, signal }: Runtime,
): Promise<void> {
  await storeObservations(lake, date, clock.now())
  await storeLedger(lake)
  const { compacted, refused } = await compact(lake, {
    scope: { kind: 'finished', now: clock.now() },
    signal,
  })
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
