import { setImmediate } from 'node:timers/promises'
import type { Lake } from '../../lake/open.ts'
import { chainsBetween } from '../../lake/query/chains.ts'
import { slots } from '../../lake/query/stats.ts'
import { readRows } from '../../lake/tables/read-rows.ts'
import { FUTURE_SNAPSHOTS, MARKET_METRICS } from '../../lake/tables/small-tables.ts'
import { replaceDay } from '../../lake/write/write-rows.ts'
import { type EpochMs, epochMs, type SessionDate, sessionDate } from '../../market/units.ts'
import type { MarketMetricsRow } from '../../snapshot/figures/market-metrics.ts'
import type { FutureRow } from '../../snapshot/future-snapshots.ts'
import type { LedgerRow } from '../../snapshot/ledger.ts'
import type { ChainRow } from '../chain.ts'
import type { AnalyticsOptions } from '../options.ts'
import { FIGURE_COLUMNS, historyBySymbol, readHistory } from './reader.ts'
import { figuresOf, type ReceivedOfSymbol, sameRow, storedRow, storeObservations } from './stored-figures.ts'

/** A day with stored chains. */
export interface StoredDay {
  readonly date: SessionDate
  /** One entry for each symbol and slot that has rows. */
  readonly entries: readonly LedgerRow[]
}

/** Trade dates, inclusive. Without `from` or `to` the range is open at that end. */
export interface RebuildRange {
  readonly from?: SessionDate | undefined
  readonly to?: SessionDate | undefined
}

interface RebuildOptions {
  readonly options: AnalyticsOptions
  /** `recorded_at` of the observations that change. */
  readonly recordedAt: EpochMs
  readonly signal: AbortSignal
  /** Called after each slot of each symbol. */
  onFigures?(): void
}

/** The result of one day's rebuild. */
interface RebuiltDay {
  /** Figures computed: one for each symbol and slot. */
  readonly rows: number
  /** Rows of `market_metrics` that were added or changed. */
  readonly figuresChanged: number
  /** Rows of `daily_observations` that were added or changed. */
  readonly observationsChanged: number
}

/** The days of a range that have stored chains, in order. */
export async function storedDays(lake: Lake, range: RebuildRange): Promise<StoredDay[]> {
  const days = new Map<string, LedgerRow[]>()
  for (const entry of await slots(lake, range)) {
    const { date, rows, future_rows } = entry
    if (rows === 0 && (future_rows ?? 0) === 0) continue
    const day = days.get(date)
    if (day) day.push(entry)
    else days.set(date, [entry])
  }
  return [...days]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([date, entries]) => ({ date: sessionDate(date), entries }))
}

/**
 * Recomputes a day's figures and observations from its stored chains. If any bit differs from the stored values, the
 * new values replace them in one commit for each table. The gateway's volatility and the VIX are kept, because they
 * cannot be recomputed; so are figures whose chain is no longer stored. Rebuild days in order, because figures depend
 * on earlier days. Returns null if stopped by the signal; the day is then unchanged.
 */
export async function rebuildDay(
  lake: Lake,
  day: StoredDay,
  { options, recordedAt, signal, onFigures }: RebuildOptions,
): Promise<RebuiltDay | null> {
  const { date } = day
  const past = await readHistory(lake, date)
  const stored = new Map(past.metrics.filter((row) => row.date === date).map((row) => [keyOf(row), row]))
  const before = historyBySymbol({ ...past, metrics: past.metrics.filter((row) => row.date !== date) })
  const current = new Map<string, Map<number, MarketMetricsRow>>()
  const currentOf = (symbol: string) => {
    const own = current.get(symbol) ?? new Map<number, MarketMetricsRow>()
    current.set(symbol, own)
    return own
  }
  for (const row of stored.values()) currentOf(row.symbol).set(row.timestamp, row)
  let rows = 0
  for await (const { entry, chain, futures } of chainsOf(lake, day)) {
    if (signal.aborted) return null
    const { symbol } = entry
    const earlier = before(symbol)
    const metrics = [...earlier.metrics, ...[...currentOf(symbol).values()].sort(inOrder)]
    const basis = { options, past: { ...earlier, metrics } }
    const slot = { at: epochMs(entry.timestamp), date }
    const received = receivedOf(entry, stored.get(keyOf(entry)))
    currentOf(symbol).set(slot.at, storedRow(figuresOf(chain, slot, { ...received, ...basis, futures })))
    rows++
    onFigures?.()
    // Lets a daemon answer between slots.
    await setImmediate()
  }
  const all = [...current.values()].flatMap((own) => [...own.values()])
  const figuresChanged = all.filter((row) => !sameRow(stored.get(keyOf(row)) ?? {}, row)).length
  if (figuresChanged > 0) await replaceDay(lake, MARKET_METRICS, { date, rows: all })
  const observed = await storeObservations(lake, date, recordedAt)
  return { rows, figuresChanged, observationsChanged: observed.length }
}

/** Slots read at once: an hour of five-minute slots, about 30,000 rows for each symbol. */
const SLOTS_AT_ONCE = 12

/** The day's entries with their chains, ordered by slot and symbol. Entries whose rows are gone are left out. */
export async function* chainsOf(lake: Lake, { date, entries }: StoredDay) {
  const slots = [...new Set(entries.map(({ timestamp }) => epochMs(timestamp)))].sort((a, b) => a - b)
  const symbols = [...new Set(entries.map(({ symbol }) => symbol))].sort()
  const hasFutures = entries.some(({ future_rows }) => (future_rows ?? 0) > 0)
  const stored = hasFutures ? await readRows(lake, FUTURE_SNAPSHOTS, { from: date, to: date }) : []
  const bySlot = new Map<string, FutureRow[]>()
  for (const row of stored) bySlot.set(keyOf(row), [...(bySlot.get(keyOf(row)) ?? []), row])
  const futuresOf = (entry: LedgerRow) => bySlot.get(keyOf(entry)) ?? []
  for (let first = 0; first < slots.length; first += SLOTS_AT_ONCE) {
    const some = slots.slice(first, first + SLOTS_AT_ONCE)
    const asked = { from: some[0] as EpochMs, to: some.at(-1) as EpochMs, columns: FIGURE_COLUMNS }
    const chains = new Map<string, ReadonlyMap<EpochMs, readonly ChainRow[]>>()
    for (const symbol of symbols) chains.set(symbol, await chainsBetween(lake, symbol, asked))
    for (const entry of entries.filter(({ timestamp }) => some.includes(epochMs(timestamp))).sort(inOrder)) {
      const chain = chains.get(entry.symbol)?.get(epochMs(entry.timestamp))
      const futures = futuresOf(entry)
      if (chain || futures.length > 0) yield { entry, chain: chain ?? [], futures }
    }
  }
}

/** The values the gateway sent with the slot. If its figures were never stored, only the VIX of its ledger entry. */
function receivedOf(entry: LedgerRow, stored: MarketMetricsRow | undefined): ReceivedOfSymbol {
  return {
    symbol: entry.symbol,
    kind: entry.kind,
    vix: stored ? stored.vix : entry.vix,
    ivIndexFraction: stored?.iv30_ib_index ?? null,
  }
}

function inOrder(a: Key, b: Key): number {
  return a.timestamp - b.timestamp || (a.symbol < b.symbol ? -1 : 1)
}

type Key = Pick<LedgerRow, 'timestamp' | 'symbol'>

function keyOf({ timestamp, symbol }: Key): string {
  return `${timestamp} ${symbol}`
}
