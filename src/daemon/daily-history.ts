import {
  BACKFILL_DAYS,
  type Backfilled,
  backfill,
  isHistoryMissing,
  TOP_UP_DAYS,
} from '../capture/backfill.ts'
import type { SessionSource } from '../capture/session-source.ts'
import { createUnderlyingFinder } from '../capture/underlying-contracts.ts'
import type { Lake } from '../lake/open.ts'
import type { Clock } from '../market/clock.ts'

/** The gateway's daily bars in the lake, which ranks and trends are computed from. */
export interface DailyHistory {
  /** Whether the last year of any symbol is missing. */
  isMissing(): Promise<boolean>
  /** Fetches a whole year, after waiting as long as necessary for a session. */
  fillYear(): Promise<readonly Backfilled[]>
  /**
   * Fetches the bars of the last sessions, or of the whole year if so many evenings were missed that the last bars
   * would leave a gap. Rejects if there is no session within a minute: the next evening's bars cover this one.
   */
  topUp(): Promise<void>
}

const TOP_UP_WAIT_MS = 60_000

export function createDailyHistory(
  symbols: readonly string[],
  {
    sessions,
    lake,
    clock,
    signal,
    onStored,
  }: {
    readonly sessions: SessionSource
    readonly lake: Lake
    readonly clock: Clock
    readonly signal: AbortSignal
    onStored(): void
  },
): DailyHistory {
  const finder = createUnderlyingFinder(symbols, lake.layout.contracts)

  async function isMissing(): Promise<boolean> {
    const missing = await Promise.all(symbols.map((symbol) => isHistoryMissing(lake, symbol, clock.now())))
    return missing.includes(true)
  }

  async function fetch(days: number, waitMs: number): Promise<readonly Backfilled[]> {
    const session = await sessions.ready(signal, waitMs)
    const underlyings = await finder.find(async () => session, signal)
    const results = await backfill(session, lake, underlyings, { days, clock, signal })
    onStored()
    return results
  }

  return {
    isMissing,
    fillYear: () => fetch(BACKFILL_DAYS, Number.MAX_SAFE_INTEGER),
    topUp: async () => {
      await fetch((await isMissing()) ? BACKFILL_DAYS : TOP_UP_DAYS, TOP_UP_WAIT_MS)
    },
  }
}
