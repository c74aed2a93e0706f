import type { Lake } from '../../lake/open.ts'
import { chainAsOf, latestChain } from '../../lake/query/chains.ts'
import { futuresIn } from '../../lake/query/futures.ts'
import { ledger } from '../../lake/tables/ledger.ts'
import { readRows } from '../../lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS, MARKET_METRICS } from '../../lake/tables/small-tables.ts'
import { upsert } from '../../lake/write/write-rows.ts'
import type { InstrumentKind } from '../../market/instrument.ts'
import { type DueSlot, newestDate, type Slot, slotOf } from '../../market/slot.ts'
import { SEARCH_DAYS } from '../../market/trade-dates.ts'
import { addDays, type EpochMs, type SessionDate } from '../../market/units.ts'
import type { ObservationRow } from '../../snapshot/daily-observations.ts'
import type { MarketMetricsRow } from '../../snapshot/figures/market-metrics.ts'
import type { ChainRow } from '../chain.ts'
import { isFutures, kindOfRows, observationTimes, sessionsOf } from '../figure-session.ts'
import type { FutureQuoteRow } from '../futures.ts'
import { type AnalyticsOptions, carryOf } from '../options.ts'
import type { ReceivedValues } from '../received-figures.ts'
import { type SlotMetrics, slotMetrics } from '../slot-metrics.ts'
import { barObservations } from './bar-observations.ts'
import { marketMetricsRow } from './metrics-row.ts'
import { observationRow } from './observation.ts'
import {
  FIGURE_COLUMNS,
  historyAt,
  historyBySymbol,
  type MarketData,
  readHistory,
  type StoredHistory,
} from './reader.ts'

/** The values the gateway sent for one symbol in a cycle, apart from quotes. */
export interface ReceivedOfSymbol extends ReceivedValues {
  readonly symbol: string
  /** What the symbol is; left out, its rows say it. */
  readonly kind?: InstrumentKind | null
}

/** Inputs for figures apart from the slot's own rows. */
interface FigureBasis {
  readonly options: AnalyticsOptions
  readonly past: StoredHistory
  readonly futures?: readonly FutureQuoteRow[]
}

/**
 * Computes the figures of a stored slot and writes them to `market_metrics`. It uses the rows as the lake returns them,
 * so that a rebuild gives the same bits. If a slot is collected again, values that only its first run received are
 * kept.
 */
export async function storeFigures(
  lake: Lake,
  slot: Pick<DueSlot, 'at' | 'dates'>,
  { received, options }: { received: readonly ReceivedOfSymbol[]; options: AnalyticsOptions },
): Promise<readonly MarketData[]> {
  const pastOf = historyBySymbol(await readHistory(lake, newestDate(slot)))
  const all: MarketData[] = []
  for (const one of received) {
    const past = pastOf(one.symbol)
    const before = past.metrics.find((row) => row.timestamp === slot.at)
    const vix = one.vix ?? before?.vix ?? null
    const ivIndexFraction = one.ivIndexFraction ?? before?.iv30_ib_index ?? null
    const rows = await rowsAt(lake, one.symbol, slot.at)
    const own = slotOf(slot, one.symbol)
    const futures = isFutures(one) ? await futuresIn(lake, { symbol: one.symbol, ...own }) : []
    all.push(figuresOf(rows, own, { ...one, vix, ivIndexFraction, options, past, futures }))
  }
  await upsert(lake, MARKET_METRICS, all.map(storedRow))
  return all
}

/** The figures of one symbol's slot, from its stored rows. Pure. */
export function figuresOf(
  rows: readonly ChainRow[],
  { at, date }: Slot,
  { symbol, vix, ivIndexFraction, options, past, futures = [], ...told }: ReceivedOfSymbol & FigureBasis,
): MarketData {
  const kind = told.kind ?? kindOfRows(rows)
  const carry = carryOf(options, symbol)
  const history = historyAt(past, symbol, { at, date }, sessionsOf({ symbol, kind }))
  const metrics: SlotMetrics = slotMetrics({
    ...{ slot: at, symbol, kind, date, rows, carry, vix, ivIndexFraction, futures },
    ...history,
  })
  return { symbol, slot: at, date, ...metrics }
}

/** The row of `market_metrics`. */
export function storedRow(data: MarketData): MarketMetricsRow {
  const { slot: timestamp, symbol, date } = data
  return marketMetricsRow({ timestamp, symbol, date }, data)
}

/** The rows of a slot: from memory if it is the newest slot, else read from the lake. */
export async function rowsAt(lake: Lake, symbol: string, at: EpochMs) {
  const newest = await latestChain(lake, symbol, { columns: FIGURE_COLUMNS })
  if (newest[0]?.timestamp === at) return newest
  const rows = await chainAsOf(lake, symbol, { at, columns: FIGURE_COLUMNS })
  return rows.filter(({ timestamp }) => timestamp === at)
}

/**
 * Writes each symbol's observations of a trade date, from the figures of its slots and from its five-minute bars. Writes none before the close of the
 * symbol's own session, when the value is not yet known, and skips observations already stored with the same values. Returns the rows
 * written.
 */
export async function storeObservations(
  lake: Lake,
  date: SessionDate,
  recordedAt: EpochMs,
): Promise<readonly ObservationRow[]> {
  const kinds = new Map((await ledger(lake, { date })).map(({ symbol, kind }) => [symbol, kind]))
  const figures = await readRows(lake, MARKET_METRICS, { from: date, to: date })
  const symbols = [...new Set(figures.map(({ symbol }) => symbol))]
  const ofChains = symbols.flatMap((symbol) => {
    const own = figures.filter((row) => row.symbol === symbol)
    const times = observationTimes(date, {
      symbol,
      kind: (kinds.get(symbol) ?? null) as InstrumentKind | null,
    })
    if (!times || recordedAt < times.session.closeAt) return []
    return observationRow(own, times, recordedAt) ?? []
  })
  const observed = await readRows(lake, DAILY_OBSERVATIONS, { from: addDays(date, -SEARCH_DAYS), to: date })
  const collected = new Set([...kinds.keys(), ...symbols])
  const ofBars = await barObservations(lake, date, { symbols: collected, observed, recordedAt })
  const isNew = (row: ObservationRow) =>
    !observed.some((one) => one.symbol === row.symbol && sameRow({ ...one, recorded_at: recordedAt }, row))
  const changed = [...ofChains, ...ofBars].filter(isNew)
  if (changed.length > 0) await upsert(lake, DAILY_OBSERVATIONS, changed)
  return changed
}

/** Whether two rows of one table are equal to the last bit. */
export function sameRow(one: object, other: object): boolean {
  const values = new Map(Object.entries(other))
  const names = Object.entries(one)
  return names.length === values.size && names.every(([name, value]) => Object.is(value, values.get(name)))
}
