import type { Lake } from '../../lake/open.ts'
import { chainsBetween } from '../../lake/query/chains.ts'
import { slots } from '../../lake/query/stats.ts'
import { MARKET_METRICS } from '../../lake/tables/small-tables.ts'
import { replaceDay } from '../../lake/write/write-rows.ts'
import { type EpochMs, epochMs, type SessionDate, sessionDate } from '../../market/units.ts'
import type { LedgerRow } from '../../snapshot/ledger.ts'
import type { MarketMetricsRow } from '../../snapshot/market-metrics.ts'
import type { ChainRow } from '../chain.ts'
import type { AnalyticsOptions } from '../options.ts'
import { FIGURE_COLUMNS, readPast } from './reader.ts'
import { figuresOf, observeDay, type ReceivedOfSymbol, sameRow, storedRow } from './stored-figures.ts'

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

interface RebuildEnv {
  readonly options: AnalyticsOptions
  /** When the observations that change are recorded. */
  readonly recordedAt: EpochMs
  readonly signal: AbortSignal
  /** One slot of one symbol is done. */
  onFigures?(): void
}

/** What a rebuild of one day came to. */
interface RebuiltDay {
  /** Figures computed: one for each symbol and slot. */
  readonly rows: number
  /** Rows of `market_metrics` that are new or differ in any bit. */
  readonly figuresChanged: number
  /** The same of `daily_observations`. */
  readonly observationsChanged: number
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
 * in one commit for each table, if they differ in any bit. What only the gateway knew, its volatility and the VIX, is taken over, and
 * figures whose chain is no longer there stay as they are. Days are to be rebuilt in order: the figures of one rest on
 * those of the days before. Null when the signal stopped it: then the day is as it was.
 */
export async function rebuildDay(lake: Lake, day: StoredDay, env: RebuildEnv): Promise<RebuiltDay | null> {
  const { date } = day
  const past = await readPast(lake, date)
  const stored = new Map(past.metrics.filter((row) => row.date === date).map((row) => [keyOf(row), row]))
  const before = past.metrics.filter((row) => row.date !== date)
  const current = new Map(stored)
  let rows = 0
  for await (const { entry, chain } of chainsOf(lake, day)) {
    if (env.signal.aborted) return null
    const metrics = [...before, ...[...current.values()].sort(bySlot)]
    const key = keyOf(entry)
    const basis = { options: env.options, past: { ...past, metrics } }
    const slot = { at: epochMs(entry.timestamp), date }
    const data = figuresOf(chain, slot, { ...receivedOf(entry, stored.get(key)), ...basis })
    current.set(key, storedRow(data))
    rows++
    env.onFigures?.()
  }
  const isNew = ([key, row]: [string, MarketMetricsRow]) => !sameRow(stored.get(key) ?? {}, row)
  const figuresChanged = [...current].filter(isNew).length
  if (figuresChanged > 0) await replaceDay(lake, MARKET_METRICS, { date, rows: [...current.values()] })
  const observed = await observeDay(lake, date, env.recordedAt)
  return { rows, figuresChanged, observationsChanged: observed.length }
}

/** So many slots are read at once: an hour of five minutes, 30,000 rows of a symbol. */
const SLOTS_AT_ONCE = 12

/** The day's entries with their chains, in order of slot and symbol; those without rows after all are left out. */
async function* chainsOf(lake: Lake, { entries }: StoredDay) {
  const slots = [...new Set(entries.map(({ timestamp }) => epochMs(timestamp)))].sort((a, b) => a - b)
  const symbols = [...new Set(entries.map(({ symbol }) => symbol))].sort()
  for (let first = 0; first < slots.length; first += SLOTS_AT_ONCE) {
    const some = slots.slice(first, first + SLOTS_AT_ONCE)
    const asked = { from: some[0] as EpochMs, to: some.at(-1) as EpochMs, columns: FIGURE_COLUMNS }
    const chains = new Map<string, ReadonlyMap<EpochMs, readonly ChainRow[]>>()
    for (const symbol of symbols) chains.set(symbol, await chainsBetween(lake, symbol, asked))
    for (const entry of entries.filter(({ timestamp }) => some.includes(epochMs(timestamp))).sort(bySlot)) {
      const chain = chains.get(entry.symbol)?.get(epochMs(entry.timestamp))
      if (chain) yield { entry, chain }
    }
  }
}

/** A slot whose figures were never stored has at least the VIX of its ledger entry. */
function receivedOf(entry: LedgerRow, stored: MarketMetricsRow | undefined): ReceivedOfSymbol {
  return {
    symbol: entry.symbol,
    vix: stored ? stored.vix : entry.vix,
    ivIndexFraction: stored?.iv30_ib_index ?? null,
  }
}

function bySlot(a: Key, b: Key): number {
  return a.timestamp - b.timestamp || (a.symbol < b.symbol ? -1 : 1)
}

type Key = Pick<LedgerRow, 'timestamp' | 'symbol'>

function keyOf({ timestamp, symbol }: Key): string {
  return `${timestamp} ${symbol}`
}
