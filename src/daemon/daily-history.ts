import {
  BACKFILL_DAYS,
  type BackfilledItem,
  backfill,
  describeItem,
  type FoundUnderlyings,
  findForHistory,
  type HistoryFailure,
  type HistoryItem,
  historyItems,
  missingItems,
  TOP_UP_DAYS,
} from '../capture/backfill.ts'
import type { SessionSource } from '../capture/session-source.ts'
import type { Lake } from '../lake/open.ts'
import { lastSessionBefore } from '../market/calendar.ts'
import type { Clock } from '../market/clock.ts'
import { type EpochMs, epochMs, type SessionDate } from '../market/units.ts'
import type { Log } from '../process/log.ts'
import type { HealthSnapshot } from '../serve/health/snapshot.ts'

type Problems = HealthSnapshot['operations']

/** The gateway's daily bars in the lake, which ranks and trends are computed from. */
export interface DailyHistory {
  /**
   * Fetches every item that is due, once a session is open: at first the year that the lake lacks, and after each
   * session the bars of the last days. An item that the gateway refused is due again a day later. Rejects if there is
   * no session, or if the lake cannot be read or written.
   */
  fetchDue(): Promise<void>
  /** The last attempt of every item that was tried. */
  attempts(): readonly HistoryAttempt[]
  /** What ranks and trends lack because the gateway does not give it. */
  problems(): Problems
}

export interface HistoryAttempt extends HistoryItem {
  readonly at: EpochMs
  /** Sessions that arrived. */
  readonly sessions: number
  readonly to: string | null
  readonly failure: HistoryFailure | null
}

/** After the close of the underlyings: late enough that the day's bar is final. */
const AFTER_CLOSE_MS = 15 * 60_000
/** A refusal is about the item, and seldom changes: a day. An answer that is missing is about the moment. */
const RETRY_MS = { refused: 24 * 3_600_000, otherwise: 30 * 60_000 }

export function createDailyHistory(
  symbols: readonly string[],
  {
    sessions,
    lake,
    clock,
    log,
    signal,
    onStored,
  }: {
    readonly sessions: Pick<SessionSource, 'ready'>
    readonly lake: Lake
    readonly clock: Clock
    readonly log: Log
    readonly signal: AbortSignal
    onStored(): void
  },
): DailyHistory {
  const items = historyItems(symbols)
  const attempts = new Map<HistoryItem, HistoryAttempt>()
  let found: FoundUnderlyings = new Map()
  let problems: Problems = []

  async function fetchDue(): Promise<void> {
    const due = items.filter((item) => isDue(attempts.get(item), clock.now()))
    if (due.length === 0) return
    const session = await sessions.ready(signal, Number.MAX_SAFE_INTEGER)
    const lacking = await missingItems(lake, due, clock.now())
    const requests = due.map((item) => ({
      ...item,
      days: lacking.includes(item) ? BACKFILL_DAYS : TOP_UP_DAYS,
    }))
    const lookUp = { contractsFolder: lake.layout.contracts, known: found, signal }
    found = new Map([...found, ...(await findForHistory(session, due, lookUp))])
    const results = await backfill(session, lake, requests, { found, clock, signal })
    if (results.some((result) => result.sessions > 0)) onStored()
    const missing = new Set(await missingItems(lake, items, clock.now()))
    for (const [at, item] of due.entries()) {
      const { sessions, to, failure } = results[at] as BackfilledItem
      const attempt = { ...item, at: clock.now(), sessions, to, failure }
      logChange(log, attempts.get(item), attempt, missing.has(item))
      attempts.set(item, attempt)
    }
    problems = problemsOf([...missing], { attempts, before: problems })
  }

  return { fetchDue, attempts: () => [...attempts.values()], problems: () => problems }
}

/** Never tried; answered, and a session has ended since; or failed long enough ago. */
function isDue(last: HistoryAttempt | undefined, now: EpochMs): boolean {
  if (last === undefined) return true
  if (last.failure === null) return lastFinalDate(now) !== lastFinalDate(last.at)
  const isRefused = last.failure.reason === 'refused' || last.failure.reason === 'unknown_symbol'
  return now >= last.at + (isRefused ? RETRY_MS.refused : RETRY_MS.otherwise)
}

function lastFinalDate(at: EpochMs): SessionDate {
  return lastSessionBefore(epochMs(at - AFTER_CLOSE_MS)).date
}

/** Says a failure once, until its reason changes or the item is answered. */
function logChange(
  log: Log,
  before: HistoryAttempt | undefined,
  { symbol, what, sessions, failure }: HistoryAttempt,
  isMissing: boolean,
): void {
  const facts = { symbol, what }
  if (failure === null) {
    if (before?.failure) log.info({ ...facts, sessions }, 'daily bars are answered again')
    return
  }
  if (before?.failure?.message === failure.message) return
  const { reason, message } = failure
  log[isMissing ? 'error' : 'warn']({ ...facts, reason }, `daily bars were not fetched: ${message}`)
}

/** One problem for each item whose year the lake lacks although it was asked for. */
function problemsOf(
  missing: readonly HistoryItem[],
  {
    attempts,
    before,
  }: { readonly attempts: ReadonlyMap<HistoryItem, HistoryAttempt>; readonly before: Problems },
): Problems {
  return missing.flatMap((item) => {
    const attempt = attempts.get(item)
    if (attempt === undefined) return []
    const why = attempt.failure?.message ?? `the gateway has ${attempt.sessions} daily bars`
    const message = `${describeItem(item)} are missing, which IV rank, trend or VIX figures need: ${why}`
    const known = before.find((problem) => problem.message === message)
    return [known ?? { message, since: attempt.at }]
  })
}
