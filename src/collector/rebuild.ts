import type { AnalyticsOptions } from '../analytics/options.ts'
import { readPast } from '../analytics/reader.ts'
import { slots } from '../lake/coverage.ts'
import type { Lake } from '../lake/open.ts'
import { MARKET_METRICS } from '../lake/tables.ts'
import { replaceDay } from '../lake/tables-write.ts'
import { type EpochMs, epochMs, type SessionDate, sessionDate } from '../market/units.ts'
import type { LedgerRow } from '../snapshot/ledger.ts'
import type { MetricsRow } from '../snapshot/metrics.ts'
import { figuresOf, observeDay, type Received, sameRow, storedRow } from './figures.ts'

/** A day with stored chains. */
export interface StoredDay {
  readonly date: SessionDate
  /** One entry for each symbol and slot that has rows. */
  readonly entries: readonly LedgerRow[]
}

/** What is to be rebuilt: New York dates, both included; all that is stored where nothing is said. */
export interface RebuildRange {
  readonly from?: SessionDate | undefined
  readonly to?: SessionDate | undefined
}

export interface RebuildEnv {
  readonly options: AnalyticsOptions
  /** When the observations that change are recorded. */
  readonly recordedAt: EpochMs
  readonly signal: AbortSignal
  /** One slot of one symbol is done. */
  onFigures?(): void
}

/** The days of a range that have stored chains, in order. */
export async function storedDays(lake: Lake, { from, to }: RebuildRange): Promise<StoredDay[]> {
  const days = new Map<string, LedgerRow[]>()
  for (const entry of await slots(lake)) {
    const { date, rows } = entry
    if (rows === 0 || (from !== undefined && date < from) || (to !== undefined && date > to)) continue
    const day = days.get(date)
    if (day) day.push(entry)
    else days.set(date, [entry])
  }
  return [...days]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([date, entries]) => ({ date: sessionDate(date), entries }))
}

/**
 * Computes a day's figures and observations anew from its stored chains, and puts them in the place of the stored ones
 * in one commit, if they differ in any bit. What only the gateway knew, its volatility and the VIX, is taken over. Days are
 * to be rebuilt in order: the figures of one rest on those of the days before.
 * Null when the signal stopped it: then the day is as it was.
 */
export async function rebuildDay(
  lake: Lake,
  { date, entries }: StoredDay,
  env: RebuildEnv,
): Promise<{ readonly rows: number; readonly changed: boolean } | null> {
  const past = await readPast(lake, date)
  const stored = new Map(past.metrics.filter((row) => row.date === date).map((row) => [keyOf(row), row]))
  const before = past.metrics.filter((row) => row.date !== date)
  const rows: MetricsRow[] = []
  for (const entry of [...entries].sort(bySlot)) {
    if (env.signal.aborted) return null
    const slot = { at: epochMs(entry.timestamp), date }
    const basis = { options: env.options, past: { ...past, metrics: [...before, ...rows] } }
    const data = await figuresOf(lake, slot, { ...receivedOf(entry, stored.get(keyOf(entry))), ...basis })
    rows.push(storedRow(data))
    env.onFigures?.()
  }
  const isSame = (row: MetricsRow) => sameRow(stored.get(keyOf(row)) ?? {}, row)
  const changed = rows.length !== stored.size || !rows.every(isSame)
  if (changed) await replaceDay(lake, MARKET_METRICS, { date, rows })
  await observeDay(lake, date, env.recordedAt)
  return { rows: rows.length, changed }
}

/** A slot whose figures were never stored has at least the VIX of its ledger entry. */
function receivedOf(entry: LedgerRow, stored: MetricsRow | undefined): Received {
  return {
    symbol: entry.symbol,
    vix: stored ? stored.vix : entry.vix,
    ivIndexFraction: stored?.iv30_ib_index ?? null,
  }
}

function bySlot(a: LedgerRow, b: LedgerRow): number {
  return a.timestamp - b.timestamp || (a.symbol < b.symbol ? -1 : 1)
}

function keyOf({ timestamp, symbol }: Pick<LedgerRow, 'timestamp' | 'symbol'>): string {
  return `${timestamp} ${symbol}`
}
