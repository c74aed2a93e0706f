import { observeDay } from '../analytics/stored/stored-figures.ts'
import { BACKFILL_DAYS, type Backfilled, backfill, lacksHistory, TOP_UP_DAYS } from '../capture/backfill.ts'
import type { SessionSource } from '../capture/session-source.ts'
import { openUnderlyings } from '../capture/underlying-contracts.ts'
import type { Lake } from '../lake/open.ts'
import { compact } from '../lake/write/compact.ts'
import { RETENTION_MS, vacuum } from '../lake/write/vacuum.ts'
import { lastSessionBefore } from '../market/calendar.ts'
import type { Clock } from '../market/clock.ts'
import { epochMs, type SessionDate } from '../market/units.ts'
import type { Log } from '../process/log.ts'

/** Work beside the cycles: once after each session, and once in the life of a lake. */
export interface EndOfDay {
  /** Resolves once it has ended. */
  readonly done: Promise<void>
}

export interface EndOfDayEnv {
  readonly symbols: readonly string[]
  readonly sessions: SessionSource
  readonly lake: Lake
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  /** Daily values of the gateway were stored. */
  onHistory(): void
}

/** After the close of the options: late enough that the last cycle is over and the day counts as finished. */
const AFTER_CLOSE_MS = 15 * 60_000
const LOOK_MS = 60_000
const RETRY_MS = 30 * 60_000
/** A gateway that is away in the evening is not waited for: the next evening's bars reach back. */
const TOP_UP_WAIT_MS = 60_000
/** A gateway that is away is waited for without end. */
const NO_HURRY_MS = Number.MAX_SAFE_INTEGER

/** Looks every minute whether a session has ended that was not attended to; fills the daily history if it is missing. */
export function startEndOfDay(env: EndOfDayEnv): EndOfDay {
  // A lake that cannot be read just now is no reason to give up the evenings.
  const isMissing = anyLacks(env).catch(() => true)
  let isOver = false
  const filled = fillHistory(env, isMissing).then(() => {
    isOver = true
  })
  const isFree = async () => isOver || !(await isMissing)
  return { done: Promise.all([attendSessions(env, isFree), filled]).then(() => {}) }
}

/** Whether nobody else is asking the gateway for daily values: at a first start the whole year is. */
type IsFree = () => Promise<boolean>

async function attendSessions(env: EndOfDayEnv, isFree: IsFree): Promise<void> {
  const { clock, signal, log } = env
  let attended: SessionDate | null = null
  while (!signal.aborted) {
    let waitMs = LOOK_MS
    const { date } = lastSessionBefore(epochMs(clock.now() - AFTER_CLOSE_MS))
    if (date !== attended) {
      try {
        await afterSession(date, env, isFree)
        attended = date
      } catch (error) {
        log.error({ err: error, date }, 'the work after the session failed, and is tried again')
        waitMs = RETRY_MS
      }
    }
    await clock.sleep(waitMs, signal).catch(() => {})
  }
}

/** The session's own observations, then one file for each symbol and day, then the files that nobody can read any more. */
export async function afterSession(date: SessionDate, env: EndOfDayEnv, isFree: IsFree): Promise<void> {
  const { lake, clock, log, signal } = env
  await observeDay(lake, date, clock.now())
  if (await isFree()) await topUp(env)
  const { compacted, refused } = await compact(lake, {
    scope: { kind: 'finished', now: clock.now() },
    signal,
  })
  const { deleted } = await vacuum(lake, { retentionMs: RETENTION_MS, signal })
  log.info({ date, compacted: compacted.length, deleted: deleted.length }, 'the session is compacted')
  for (const { symbol, why } of refused) log.error({ date, symbol }, why)
}

async function anyLacks({
  symbols,
  lake,
  clock,
}: Pick<EndOfDayEnv, 'symbols' | 'lake' | 'clock'>): Promise<boolean> {
  const lacking = await Promise.all(symbols.map((symbol) => lacksHistory(lake, symbol, clock)))
  return lacking.includes(true)
}

/**
 * The gateway's own bars of the last sessions: without them its history would end at the first start. Of a year where
 * so many evenings brought none that the last ones do not close the gap.
 */
async function topUp({ symbols, sessions, lake, clock, log, signal, onHistory }: EndOfDayEnv): Promise<void> {
  try {
    const days = (await anyLacks({ symbols, lake, clock })) ? BACKFILL_DAYS : TOP_UP_DAYS
    const session = await sessions.ready(signal, TOP_UP_WAIT_MS)
    const underlyings = await openUnderlyings(symbols, lake.layout.contracts).find(
      async () => session,
      signal,
    )
    await backfill(session, lake, { underlyings, env: { clock, signal, days } })
    onHistory()
  } catch (error) {
    if (!signal.aborted)
      log.warn({ err: error }, 'the bars of the session are not stored yet: the next evening asks again')
  }
}

/**
 * On the first start: a year of daily history, without which neither rank nor trend can be told. What the gateway
 * refuses is asked for again until it has answered once.
 */
async function fillHistory(env: EndOfDayEnv, isMissing: Promise<boolean>): Promise<void> {
  const { clock, log, signal, onHistory } = env
  while (!signal.aborted) {
    try {
      if (!(await isMissing)) return
      const results = await fillYear(env)
      onHistory()
      log.info({ results }, 'a year of daily history is stored')
      return
    } catch (error) {
      if (signal.aborted) return
      log.error({ err: error }, 'the daily history is not stored, and is asked for again in half an hour')
      await clock.sleep(RETRY_MS, signal).catch(() => {})
    }
  }
}

async function fillYear({ symbols, sessions, lake, clock, signal }: EndOfDayEnv): Promise<Backfilled[]> {
  const session = await sessions.ready(signal, NO_HURRY_MS)
  const finder = openUnderlyings(symbols, lake.layout.contracts)
  const underlyings = await finder.find(async () => session, signal)
  return backfill(session, lake, { underlyings, env: { clock, signal, days: BACKFILL_DAYS } })
}
