import type { DailyBar } from '../gateway/session/requests/contracts.ts'
import type { Session } from '../gateway/session/session.ts'
import type { Lake } from '../lake/open.ts'
import { readRows } from '../lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS } from '../lake/tables/small-tables.ts'
import { upsert } from '../lake/write/write-rows.ts'
import { newYorkDate } from '../market/calendar.ts'
import type { Clock } from '../market/clock.ts'
import type { Underlying } from '../market/contract.ts'
import { addDays, type EpochMs } from '../market/units.ts'
import type { ObservationRow } from '../snapshot/daily-observations.ts'

/** Calendar days that cover the 252 sessions of the longest windows. */
export const BACKFILL_DAYS = 365
/** Calendar days fetched after every session: the new one, and any that recent evenings may have missed. */
export const TOP_UP_DAYS = 10
/** With fewer rows than this in the last year, the history counts as missing. */
const MIN_ROWS = 200
/** Pause between two requests for history, ms. Interactive Brokers hardly limits daily bars; this is a courtesy. */
const PAUSE_MS = 1_000

export interface BackfillOptions {
  /** Calendar days back from today. */
  readonly days: number
  readonly clock: Clock
  readonly signal: AbortSignal
  onProgress?(done: number, total: number, symbol: string): void
}

/** What was stored for one underlying or index. */
export interface Backfilled {
  readonly symbol: string
  readonly rows: number
  /** First and last session; null if the gateway had none. */
  readonly from: string | null
  readonly to: string | null
}

/**
 * Fetches the gateway's daily history, so that ranks and trends work from the first day, and stores it as observations:
 * volatility and close of a stock under the source `ib_index`, the level of the VIX under `index`. Rows of these sources
 * are replaced; those that were computed from stored chains are not touched.
 */
export async function backfill(
  session: Session,
  lake: Lake,
  underlyings: readonly Underlying[],
  options: BackfillOptions,
): Promise<Backfilled[]> {
  const { clock, signal, onProgress } = options
  const results: Backfilled[] = []
  for (const [done, underlying] of underlyings.entries()) {
    const { symbol } = underlying
    onProgress?.(done, underlyings.length, symbol)
    if (done > 0) await clock.sleep(PAUSE_MS, signal)
    const rows = await fetchHistory(session, underlying, options)
    if (rows.length > 0) await upsert(lake, DAILY_OBSERVATIONS, rows)
    results.push({ symbol, rows: rows.length, from: rows[0]?.date ?? null, to: rows.at(-1)?.date ?? null })
  }
  onProgress?.(underlyings.length, underlyings.length, '')
  return results
}

/** Whether most of a symbol's last year is missing from the lake, or a gap at its end is longer than a top-up covers. */
export async function isHistoryMissing(lake: Lake, symbol: string, now: EpochMs): Promise<boolean> {
  const today = newYorkDate(now)
  const year = { from: addDays(today, -BACKFILL_DAYS), to: today }
  const observed = await readRows(lake, DAILY_OBSERVATIONS, { symbol, ...year })
  const fetched = observed.filter(({ source }) => source !== 'chain')
  const newest = fetched.reduce((latest, { date }) => (date > latest ? date : latest), '')
  return fetched.length < MIN_ROWS || newest < addDays(today, -TOP_UP_DAYS)
}

async function fetchHistory(
  session: Session,
  underlying: Underlying,
  { clock, signal, days }: BackfillOptions,
): Promise<ObservationRow[]> {
  const { symbol, secType } = underlying
  const recorded_at = clock.now()
  const closes = await session.dailyBars(underlying, { days, what: 'TRADES' }, signal)
  if (secType === 'IND') {
    const shared = { symbol, source: 'index', iv30: null, cycles: null, recorded_at } as const
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
