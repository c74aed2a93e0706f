/**
 * A lake that optionlake wrote, and a model beside it: what each table must hold, row by row. It has days of one file and
 * of many, slots that were collected again before and after compaction, a slot that is missing, nulls in every column that
 * may be null, checkpoints, and a log that was cleaned up.
 */
import { type Lake, openLake } from '../../src/lake/open.ts'
import { checkpointNow } from '../../src/lake/tables/ledger.ts'
import {
  DAILY_OBSERVATIONS,
  FUTURE_SNAPSHOTS,
  MARKET_METRICS,
  SLOTS,
  type SMALL_TABLES,
  SURFACE_GRID,
  SURFACES,
  UNDERLYING_BARS,
} from '../../src/lake/tables/small-tables.ts'
import { append } from '../../src/lake/write/append.ts'
import { compact } from '../../src/lake/write/compact.ts'
import { upsert } from '../../src/lake/write/write-rows.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { systemClock } from '../../src/market/clock.ts'
import { type EpochMs, epochMs, sessionDate } from '../../src/market/units.ts'
import type { ObservationRow } from '../../src/snapshot/daily-observations.ts'
import type { MarketMetricsRow } from '../../src/snapshot/figures/market-metrics.ts'
import type { FutureRow } from '../../src/snapshot/future-snapshots.ts'
import { type LedgerRow, NO_CONTENT, NO_QUALITY } from '../../src/snapshot/ledger.ts'
import { NOT_RECORDED, SNAPSHOT_COLUMNS, SNAPSHOT_KEY, type SnapshotRow } from '../../src/snapshot/row.ts'
import type { SurfaceGridRow } from '../../src/snapshot/surface/surface-grid.ts'
import type { SurfaceRow } from '../../src/snapshot/surface/surfaces.ts'
import type { UnderlyingBarRow } from '../../src/snapshot/underlying-bars.ts'
import type { ReadColumn, Row } from './engine.ts'
import { keyOf } from './rows.ts'

export const TABLES = {
  option_snapshots: { key: SNAPSHOT_KEY, columns: SNAPSHOT_COLUMNS },
  slots: SLOTS,
  market_metrics: MARKET_METRICS,
  daily_observations: DAILY_OBSERVATIONS,
  future_snapshots: FUTURE_SNAPSHOTS,
  underlying_bars: UNDERLYING_BARS,
  surfaces: SURFACES,
  surface_grid: SURFACE_GRID,
} as const satisfies Record<'option_snapshots' | (typeof SMALL_TABLES)[number]['name'], unknown>
export type TableName = keyof typeof TABLES
export const TABLE_NAMES = Object.keys(TABLES) as TableName[]

export const SYMBOLS = ['SPY', 'BRK.B'] as const
export const DAYS = ['2026-01-05', '2026-01-06', '2026-01-07'] as const
const SLOTS_A_DAY = 6
/** Expected in every day, but not collected: a gap to fill. */
export const GAP = 3
const STRIKES = 4
const EXPIRIES = ['20260220', '20270115']
const INTERVAL_MS = 300_000

/** What a lake must hold. Changed along with the lake. */
export type Model = Record<TableName, Map<string, Row>>

export function copyOf(model: Model): Model {
  return Object.fromEntries(TABLE_NAMES.map((name) => [name, new Map(model[name])])) as Model
}

export function keyIn(table: TableName, row: Row): string {
  return keyOf(row, TABLES[table].key)
}

export function columnsOf(table: TableName): readonly ReadColumn[] {
  return TABLES[table].columns
}

/** Slot `index` of a day. */
export function slotOf(date: string, index: number): EpochMs {
  return epochMs(newYorkInstant(sessionDate(date), '09:30') + index * INTERVAL_MS)
}

/** Opens the lake of a trial for writing. The log is cleaned up at every fourth commit. */
export function openSample(folder: string): Promise<Lake> {
  return openLake(folder, {
    mode: 'write',
    source: 'simulated',
    clock: systemClock,
    maintenance: { checkpointEvery: 4, logRetentionDays: 0 },
  })
}

/** Returns what the lake holds, and what it held before the last commit of `option_snapshots`. */
export async function writeSampleLake(folder: string): Promise<{ model: Model; before: Model }> {
  const model = emptyModel()
  const lake = await openSample(folder)
  try {
    for (const [day, date] of DAYS.entries()) {
      for (let index = 0; index < SLOTS_A_DAY; index++) {
        if (index === GAP) await storeMissing(lake, model, { date, index })
        else await storeSlot(lake, model, { date, index, run: 0 })
      }
      await storeSlot(lake, model, { date, index: 1, run: 1, half: true })
      await storeFigures(lake, model, { date, run: 0 })
      if (day < 2) await compact(lake, { scope: { kind: 'date', date: sessionDate(date) } })
    }
    // The second day has one large file and a newer small one.
    await storeSlot(lake, model, { date: DAYS[1], index: 4, run: 1, half: true })
    await checkpointNow(lake)
    // Commits after the last checkpoint.
    const before = copyOf(model)
    await storeSlot(lake, model, { date: DAYS[2], index: 2, run: 1, half: true })
    return { model, before }
  } finally {
    await lake.close()
  }
}

/** Stores rows with nulls in the small tables of a lake that has slots. */
export async function writeSampleFigures(folder: string): Promise<void> {
  const lake = await openSample(folder)
  try {
    for (const date of DAYS) await storeFigures(lake, emptyModel(), { date, run: 0 })
    await checkpointNow(lake)
  } finally {
    await lake.close()
  }
}

function emptyModel(): Model {
  return Object.fromEntries(TABLE_NAMES.map((name) => [name, new Map()])) as unknown as Model
}

export interface SlotRun {
  readonly date: string
  readonly index: number
  /** Gives other values to the same keys. */
  readonly run: number
  /** Every second contract only. */
  readonly half?: boolean
}

/** Stores a slot of all symbols, in the lake and in the model. */
export async function storeSlot(
  lake: Lake,
  model: Model,
  { date, index, run, half }: SlotRun,
): Promise<void> {
  const slot = slotOf(date, index)
  const rows = SYMBOLS.map((symbol) => contractsOf({ date, index, run, symbol }))
  const fresh = rows.map((all) => (half ? all.filter((_, at) => at % 2 === 0) : all))
  const symbols = SYMBOLS.map((symbol, at) => ({
    symbol,
    rows: fresh[at] as SnapshotRow[],
    report: reportOf({ slot, date, symbol, answered: fresh[at]?.length as number }),
  }))
  const { reports } = await append(lake, { slot, date: sessionDate(date), symbols })
  for (const row of fresh.flat()) setRow(model, 'option_snapshots', row)
  for (const [at, symbol] of SYMBOLS.entries()) {
    const stored = [...model.option_snapshots.values()]
    const count = stored.filter((row) => row.symbol === symbol && row.timestamp === slot).length
    setRow(model, 'slots', { ...(symbols[at]?.report as object), rows: count } as Row)
    if (reports[at]?.rows !== count) {
      throw new Error(
        `append reports ${reports[at]?.rows} rows of ${symbol} at ${date} ${index}, not ${count}`,
      )
    }
  }
}

async function storeMissing(
  lake: Lake,
  model: Model,
  { date, index }: { date: string; index: number },
): Promise<void> {
  const slot = slotOf(date, index)
  const symbols = SYMBOLS.map((symbol) => {
    const none = reportOf({ slot, date, symbol, answered: 0 })
    const report = { ...none, outcome: 'missing', reason: 'not_running', started_at: null } as const
    setRow(model, 'slots', { ...report, rows: 0 })
    return { symbol, rows: [], report }
  })
  await append(lake, { slot, date: sessionDate(date), symbols })
}

/** Stores rows in the tables of figures, futures, bars and surfaces: those of a run replace those of an earlier one. */
export async function storeFigures(
  lake: Lake,
  model: Model,
  { date, run }: { date: string; run: number },
): Promise<void> {
  const figures = (table: TableName, fixed: Row, n: number) =>
    Object.fromEntries(
      columnsOf(table).map((column, at) => [column.name, figureOf(column, fixed, n * 131 + at + run)]),
    )
  const metrics = SYMBOLS.flatMap((symbol, at) =>
    [0, 1, 2].map((index) =>
      figures('market_metrics', { symbol, date, timestamp: slotOf(date, index) }, index * 2 + at),
    ),
  )
  const observed = SYMBOLS.map((symbol, at) => {
    const fixed = { symbol, date, source: 'chain', recorded_at: slotOf(date, 70) + run }
    return figures('daily_observations', fixed, at)
  })
  const at = SYMBOLS.map((symbol, nth) => ({
    symbol,
    date,
    timestamp: slotOf(date, nth),
    expiry: '20261218',
  }))
  const futures = at.map((fixed, nth) => figures('future_snapshots', fixed, nth))
  const bars = at.map((fixed, nth) => figures('underlying_bars', { ...fixed, con_id: 7 }, nth))
  const surfaces = at.map((fixed, nth) => figures('surfaces', { ...fixed, trading_class: 'A' }, nth))
  const grid = at.map((fixed, nth) =>
    figures('surface_grid', { ...fixed, tenor_days: 30, point: 'put_25d' }, nth),
  )
  await upsert(lake, FUTURE_SNAPSHOTS, futures as unknown as FutureRow[])
  await upsert(lake, UNDERLYING_BARS, bars as unknown as UnderlyingBarRow[])
  await upsert(lake, SURFACES, surfaces as unknown as SurfaceRow[])
  await upsert(lake, SURFACE_GRID, grid as unknown as SurfaceGridRow[])
  await upsert(lake, MARKET_METRICS, metrics as unknown as MarketMetricsRow[])
  await upsert(lake, DAILY_OBSERVATIONS, observed as unknown as ObservationRow[])
  for (const row of metrics) setRow(model, 'market_metrics', row)
  for (const row of observed) setRow(model, 'daily_observations', row)
  for (const row of futures) setRow(model, 'future_snapshots', row)
  for (const row of bars) setRow(model, 'underlying_bars', row)
  for (const row of surfaces) setRow(model, 'surfaces', row)
  for (const row of grid) setRow(model, 'surface_grid', row)
}

export function setRow(model: Model, table: TableName, row: Row | SnapshotRow): void {
  model[table].set(keyIn(table, row as Row), row as Row)
}

/** Null in one of three columns that may be null. */
function figureOf(column: ReadColumn, fixed: Row, n: number): string | number | null {
  if (column.name in fixed) return fixed[column.name] as string | number
  const isNullable = (column as { readonly nullable?: boolean }).nullable === true
  if (isNullable && n % 3 === 0) return null
  if (column.type === 'string') return `{"${column.name}":"Grüße, ${n} | 50 %"}`
  return column.type === 'double' ? (n * 1_009 - 50_000) / 7 : n
}

interface ContractPlace {
  readonly date: string
  readonly index: number
  readonly run: number
  readonly symbol: string
}

function contractsOf(place: ContractPlace): SnapshotRow[] {
  return EXPIRIES.flatMap((expiry, at) =>
    Array.from({ length: STRIKES * 2 }, (_, n) => contractOf(place, { expiry, n: at * STRIKES * 2 + n })),
  )
}

function contractOf(
  { date, index, run, symbol }: ContractPlace,
  { expiry, n }: { expiry: string; n: number },
): SnapshotRow {
  const slot = slotOf(date, index)
  const seed = Date.parse(date) / 86_400_000 + index * 64 + run * 1_024 + n + (symbol === 'SPY' ? 0 : 7_919)
  const noise = Math.imul(seed, 0x9e3779b1) >>> 0
  const value = (of: number) => (noise % 5 === 0 ? null : of)
  const hasGreeks = noise % 7 !== 0
  const greek = (of: number) => (hasGreeks ? of : null)
  return {
    timestamp: slot,
    symbol,
    expiry,
    strike: 500.5 + (n >> 1),
    right: n % 2 === 0 ? 'C' : 'P',
    bid: value((noise % 2_000) / 100),
    ask: value((noise % 2_000) / 100 + 0.1),
    last: noise % 3 === 0 ? null : (noise % 1_000) / 8,
    bid_size: value(noise % 50),
    ask_size: value(0),
    volume: value(noise * 100_003),
    open_interest: noise % 3 === 1 ? null : noise % 30_000,
    iv: greek((noise % 400_000) / 1e6),
    delta: greek(((noise % 2_000_000) - 1_000_000) / 1e6),
    gamma: greek((noise % 5_000_000) / 1e8),
    theta: greek(-(noise % 300_000) / 1e6),
    vega: greek((noise % 900_000) / 1e6),
    underlying_price: noise % 11 === 0 ? null : 510.12,
    greeks_source: hasGreeks ? 'ib_model' : null,
    data_type: noise % 13 === 0 ? null : 'live',
    quoted_at: value(slot + (noise % 60_000)),
    con_id: 7_000_000_000 + n + (symbol === 'SPY' ? 0 : 1_000),
    trading_class: symbol,
    flags: noise % 65_536,
    ...NOT_RECORDED,
    yearmonth: expiry.slice(0, 6),
    date,
  }
}

interface ReportPlace {
  readonly slot: EpochMs
  readonly date: string
  readonly symbol: string
  readonly answered: number
}

function reportOf({ slot, date, symbol, answered }: ReportPlace): Omit<LedgerRow, 'rows'> {
  return {
    timestamp: slot,
    symbol,
    date,
    outcome: 'stored',
    reason: null,
    detail: null,
    requested: 16,
    answered,
    complete: answered,
    with_greeks: answered,
    skipped: 0,
    underlying_price: 510.12,
    vix: 17.25,
    skew_seconds: 1.5,
    smile_skew_seconds: null,
    started_at: slot,
    finished_at: slot + 20_000,
    ...NO_QUALITY,
    ...NO_CONTENT,
    kind: null,
    future_rows: null,
    definition_version: null,
  }
}
