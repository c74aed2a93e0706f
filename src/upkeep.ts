import type { Lake } from './lake/open.ts'
import type { Log } from './log.ts'
import { lastSessionBefore } from './market/calendar.ts'
import type { Clock } from './market/clock.ts'
import { epochMs, type SessionDate } from './market/units.ts'

/** Work that is done once after each session, such as compaction. */
export interface Upkeep {
  /** Resolves once it has ended. */
  readonly done: Promise<void>
}

export interface UpkeepEnv {
  readonly lake: Lake
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  /** Everything that is to be done after that session. Tried again later when it rejects. */
  afterSession(date: SessionDate): Promise<void>
}

/** Late enough that the last cycle is over. */
const AFTER_CLOSE_MS = 10 * 60_000
const LOOK_MS = 60_000
const RETRY_MS = 30 * 60_000

/** Looks every minute whether a session has ended that was not attended to yet. */
export function startUpkeep(env: UpkeepEnv): Upkeep {
  const { clock, signal, log } = env
  let attended: SessionDate | null = null

  async function look(): Promise<number> {
    const { date } = lastSessionBefore(epochMs(clock.now() - AFTER_CLOSE_MS))
    if (attended === date) return LOOK_MS
    try {
      await env.afterSession(date)
      attended = date
      return LOOK_MS
    } catch (error) {
      log.error({ err: error, date }, 'the work after the session failed, and is tried again')
      return RETRY_MS
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const waitMs = await look()
      await clock.sleep(waitMs, signal).catch(() => {})
    }
  }

  return { done: run() }
}
