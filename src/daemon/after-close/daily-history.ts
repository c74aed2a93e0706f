import {
  BACKFILL_DAYS,
  type BackfilledItem,
  backfill,
  describeItem,
  type FoundUnderlyings,
  findForHistory,
  type HistoryCoverage,
  type HistoryFailure,
  type HistoryItem,
  historyCoverage,
  historyItems,
  knownForHistory,
  TOP_UP_DAYS,
} from '../../capture/backfill.ts'
import type { SessionSource } from '../../capture/session-source.ts'
import type { Lake } from '../../lake/open.ts'
import { lastSessionBefore, newYorkDate, sessionOn } from '../../market/calendar.ts'
import type { Clock } from '../../market/clock.ts'
import { VIX } from '../../market/contract.ts'
import { type EpochMs, epochMs, type SessionDate } from '../../market/units.ts'
import type { Log } from '../../process/log.ts'
import type { HealthSnapshot } from '../../serve/health/snapshot.ts'

type Problems = HealthSnapshot['operations']

/** The gateway's daily bars in the lake, which ranks and trends are computed from. */
export interface DailyHistory {
  /**
   * Fetches every item that is due, once a session is open: at first the year that the lake lacks, and after each
   * session the bars of the last days. An item that the gateway refused is due again a day later. `waiting`: some are
   * still due, because chains come first. Rejects if there is no session, or if the lake cannot be read or written.
   */
  fetchDue(): Promise<'done' | 'waiting'>
  /** What the lake has of every item, as of the last attempt; empty before the first. */
  coverage(): readonly HistoryState[]
  /** What ranks and trends lack because the gateway does not give it. */
  problems(): Problems
}

export interface HistoryState extends HistoryCoverage {
  /** Null if it was never asked for. */
  readonly lastAttempt: HistoryAttempt | null
}

interface HistoryAttempt {
  readonly at: EpochMs
  /** Sessions that arrived. */
  readonly sessions: number
  readonly failure: HistoryFailure | null
}

/** After the close of the underlyings: late enough that the day's bar is final. */
const AFTER_CLOSE_MS = 15 * 60_000
/** Longer than chains are listed before the opening. */
const CHAINS_FIRST_MS = 60 * 60_000
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
  const attempts = new Map<string, HistoryAttempt>()
  let found: FoundUnderlyings = new Map()
  let coverage: readonly HistoryState[] = []
  let problems: Problems = []

  const attemptOf = (item: HistoryItem) => attempts.get(describeItem(item)) ?? null

  async function fetchDue(): Promise<'done' | 'waiting'> {
    const all = items.filter((item) => isDue(attemptOf(item), clock.now()))
    if (all.length === 0) return 'done'
    const session = await sessions.ready(signal, Number.MAX_SAFE_INTEGER)
    const known = knownForHistory(all, lake.layout.contracts, found)
    const mayAsk = ({ symbol }: HistoryItem) => known.has(symbol) || symbol === VIX.symbol
    const due = mayLookUp(clock.now()) ? all : all.filter(mayAsk)
    if (due.length === 0) return 'waiting'
    const stored = await historyCoverage(lake, due, clock.now())
    // Highs and lows that version 0.1 did not store are asked for once: an index may have none.
    const requests = stored.map(({ symbol, what, isMissing, withoutRange }) => ({
      ...{ symbol, what },
      days:
        isMissing || (withoutRange > TOP_UP_DAYS && attemptOf({ symbol, what }) === null)
          ? BACKFILL_DAYS
          : TOP_UP_DAYS,
    }))
    found = new Map([...found, ...(await findForHistory(session, due, { known, signal }))])
    const results = await backfill(session, lake, requests, { found, clock, signal })
    if (results.some((result) => result.sessions > 0)) onStored()
    await record(results)
    return due.length === all.length ? 'done' : 'waiting'
  }

  async function record(results: readonly BackfilledItem[]): Promise<void> {
    const stored = await historyCoverage(lake, items, clock.now())
    for (const result of results) {
      const isMissing = stored.some((item) => describeItem(item) === describeItem(result) && item.isMissing)
      logChange(log, result, { before: attemptOf(result), isMissing })
      const { sessions, failure } = result
      attempts.set(describeItem(result), { at: clock.now(), sessions, failure })
    }
    coverage = stored.map((item) => ({ ...item, lastAttempt: attemptOf(item) }))
    problems = problemsOf(coverage, problems)
  }

  return { fetchDue, coverage: () => coverage, problems: () => problems }
}

/**
 * Before and during a session the chains look up every symbol themselves: then only symbols whose contracts they have
 * found are fetched, and the VIX, which has no chain here.
 */
function mayLookUp(now: EpochMs): boolean {
  const session = sessionOn(newYorkDate(now))
  return session === null || now < session.openAt - CHAINS_FIRST_MS || now >= session.optionsCloseAt
}

/** Never tried; answered, and a session has ended since; or failed long enough ago. */
function isDue(last: HistoryAttempt | null, now: EpochMs): boolean {
  if (last === null) return true
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
  { symbol, what, sessions, failure }: BackfilledItem,
  { before, isMissing }: { readonly before: HistoryAttempt | null; readonly isMissing: boolean },
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
function problemsOf(coverage: readonly HistoryState[], before: Problems): Problems {
  return coverage.flatMap((item) => {
    const { isMissing, lastAttempt } = item
    if (!isMissing || lastAttempt === null) return []
    const why = lastAttempt.failure?.message ?? `the gateway has ${lastAttempt.sessions} daily bars`
    const message = `${describeItem(item)} are missing, which IV rank, trend or VIX figures need: ${why}`
    return [before.find((problem) => problem.message === message) ?? { message, since: lastAttempt.at }]
  })
}
