import type { DailyBar } from '../gateway/session/requests/contracts.ts'
import type { Session } from '../gateway/session/session.ts'
import type { Lake } from '../lake/open.ts'
import { readRows } from '../lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS } from '../lake/tables/small-tables.ts'
import { upsert } from '../lake/write/write-rows.ts'
import { newYorkDate } from '../market/calendar.ts'
import type { Clock } from '../market/clock.ts'
import type { Underlying } from '../market/contract.ts'
import { addDays } from '../market/units.ts'
import type { ObservationRow } from '../snapshot/daily-observations.ts'

/** A year of sessions, with room for the windows that reach back 252 of them. */
export const BACKFILL_DAYS = 365
/** Asked for after every session: what it has added, and what the last few may have missed. */
export const TOP_UP_DAYS = 10
/** Fewer rows than these in the last year, and the history counts as missing. */
const ENOUGH_ROWS = 200
/** Between two historical requests: bars of a day are paced softly, so this is only courtesy; ms. */
const PAUSE_MS = 1_000

export interface BackfillEnv {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Calendar days back. */
  readonly days: number
  onProgress?(done: number, total: number, symbol: string): void
}

/** Rows written for one underlying or index. */
export interface Backfilled {
  readonly symbol: string
  readonly rows: number
  /** First and last session; null where the gateway had none. */
  readonly from: string | null
  readonly to: string | null
}

/**
 * Asks the gateway for its daily history and stores it as observations of source `ib_index` (volatility and close of a
 * stock) and `index` (level of the VIX), so that ranks and trends work from the first day. Rows of these sources are
 * replaced; those of our own chains are not touched.
 */
export async function backfill(
  session: Session,
  lake: Lake,
  { underlyings, env }: { underlyings: readonly Underlying[]; env: BackfillEnv },
): Promise<Backfilled[]> {
  const results: Backfilled[] = []
  for (const [done, underlying] of underlyings.entries()) {
    env.onProgress?.(done, underlyings.length, underlying.symbol)
    if (done > 0) await env.clock.sleep(PAUSE_MS, env.signal)
    const rows = await historyOf(session, underlying, env)
    if (rows.length > 0) await upsert(lake, DAILY_OBSERVATIONS, rows)
    results.push({
      symbol: underlying.symbol,
      rows: rows.length,
      from: rows[0]?.date ?? null,
      to: rows.at(-1)?.date ?? null,
    })
  }
  env.onProgress?.(underlyings.length, underlyings.length, '')
  return results
}

/** Whether the last year of a symbol's daily history is not in the lake, or ends longer ago than a top-up reaches. */
export async function lacksHistory(lake: Lake, symbol: string, clock: Clock): Promise<boolean> {
  const today = newYorkDate(clock.now())
  const rows = await readRows(lake, DAILY_OBSERVATIONS, {
    symbol,
    from: addDays(today, -BACKFILL_DAYS),
    to: today,
  })
  const told = rows.filter(({ source }) => source !== 'chain')
  const newest = told.reduce((latest, { date }) => (date > latest ? date : latest), '')
  return told.length < ENOUGH_ROWS || newest < addDays(today, -TOP_UP_DAYS)
}

async function historyOf(
  session: Session,
  underlying: Underlying,
  { clock, signal, days }: BackfillEnv,
): Promise<ObservationRow[]> {
  const { symbol, secType } = underlying
  const recorded_at = clock.now()
  const closes = await session.dailyBars(underlying, { days, what: 'TRADES' }, signal)
  if (secType === 'IND') {
    const shared = { symbol, source: 'index', iv30: null, cycles: null, recorded_at }
    return closes.map(({ date, close }) => ({ ...shared, date, close, vix: close }))
  }
  await clock.sleep(PAUSE_MS, signal)
  const vols = await session.dailyBars(underlying, { days, what: 'OPTION_IMPLIED_VOLATILITY' }, signal)
  const closeOn = new Map(closes.map((bar) => [bar.date, bar.close]))
  const volOn = new Map(vols.map((bar: DailyBar) => [bar.date, bar.close]))
  const dates = [...new Set([...closeOn.keys(), ...volOn.keys()])].sort()
  return dates.map((date) => ({
    symbol,
    date,
    source: 'ib_index',
    iv30: volOn.get(date) ?? null,
    close: closeOn.get(date) ?? null,
    vix: null,
    cycles: null,
    recorded_at,
  }))
}
