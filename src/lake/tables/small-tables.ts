import type { DeltaTable, Projection } from '../../delta/index.ts'
import type { Column, RowOf } from '../../snapshot/column.ts'
import { OBSERVATION_COLUMNS, OBSERVATION_KEY } from '../../snapshot/daily-observations.ts'
import { MARKET_METRICS_COLUMNS, MARKET_METRICS_KEY } from '../../snapshot/figures/market-metrics.ts'
import { FUTURE_COLUMNS, FUTURE_KEY } from '../../snapshot/future-snapshots.ts'
import { LEDGER_COLUMNS, type LedgerRow } from '../../snapshot/ledger.ts'
import { SURFACE_GRID_COLUMNS, SURFACE_GRID_KEY } from '../../snapshot/surface/surface-grid.ts'
import { SURFACE_COLUMNS, SURFACE_KEY } from '../../snapshot/surface/surfaces.ts'
import { UNDERLYING_BARS_COLUMNS, UNDERLYING_BARS_KEY } from '../../snapshot/underlying-bars.ts'
import { completeStoredFiles, type FileStats, type StoredFile, statsOf, storedFile } from './data-files.ts'
import type { TableSchema } from './schema.ts'

/**
 * A table other than `option_snapshots`, small enough to be rewritten on each change: a Delta table with one data file
 * for each value of its partition column, or with a single file. A larger table has several files for a value, see
 * `fileRows`.
 */
export interface SmallTable<Columns extends readonly Column[] = readonly Column[]> {
  /** Also the name of its folder in the lake's folder. */
  readonly name: string
  readonly columns: Columns
  /** The columns that identify a row. Rows are stored in this order. */
  readonly key: readonly Columns[number]['name'][]
  /** A text or date column. Null: one file holds all rows. */
  readonly partition: Columns[number]['name'] | null
  /** Facts about a file's rows, stored as tags in the log so that they can be used without reading the file. */
  readonly tagsOf?: (rows: readonly object[]) => Readonly<Record<string, string>>
  /** Whether the rows of a slot are stored before the slot's commit to `option_snapshots`; by default after it. */
  readonly isStoredBeforeSlot?: boolean
  /**
   * A file with so many rows is full: rows of later slots begin a new one, so that storing a slot takes as long in the
   * evening as in the morning. Needs the tags of `slotRangeOf`. By default a partition is one file.
   */
  readonly fileRows?: number
}

export type TableRow<T extends SmallTable> = RowOf<T['columns']>

/** Tag of a file of `slots`: the number of its slots with rows in `option_snapshots`. */
export const STORED_SLOTS_TAG = 'optionlake.storedSlots'

/** Tags of a file in a table with several files for a partition: its first and last slot, epoch ms. */
export const FIRST_SLOT_TAG = 'optionlake.firstSlot'
export const LAST_SLOT_TAG = 'optionlake.lastSlot'

/** The first and last slot that a file's tags give; null for files without them, which may have any. */
export function slotRange({ tags }: SmallFile): { readonly first: number; readonly last: number } | null {
  const [first, last] = [
    Number(tags[FIRST_SLOT_TAG] ?? Number.NaN),
    Number(tags[LAST_SLOT_TAG] ?? Number.NaN),
  ]
  return Number.isFinite(first) && Number.isFinite(last) ? { first, last } : null
}

function slotRangeOf(rows: readonly object[]): Readonly<Record<string, string>> {
  const slots = (rows as readonly { readonly timestamp: number }[]).map(({ timestamp }) => timestamp)
  const [first, last] = slots.reduce(
    ([low, high], slot) => [Math.min(low, slot), Math.max(high, slot)] as const,
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as readonly [number, number],
  )
  return { [FIRST_SLOT_TAG]: String(first), [LAST_SLOT_TAG]: String(last) }
}

/** The ledger: one row for every expected (slot, symbol), one file a day. */
export const SLOTS = {
  name: 'slots',
  columns: LEDGER_COLUMNS,
  key: ['timestamp', 'symbol'],
  partition: 'date',
  tagsOf: (rows: readonly object[]) => ({ [STORED_SLOTS_TAG]: String(storedSlots(rows as LedgerRow[])) }),
} as const satisfies SmallTable<typeof LEDGER_COLUMNS>

/** The figures of every (slot, symbol), one file a day. */
export const MARKET_METRICS = {
  name: 'market_metrics',
  columns: MARKET_METRICS_COLUMNS,
  key: MARKET_METRICS_KEY,
  partition: 'date',
} as const satisfies SmallTable<typeof MARKET_METRICS_COLUMNS>

/** One row for every (symbol, session, source): a few thousand rows in ten years, so one file. */
export const DAILY_OBSERVATIONS = {
  name: 'daily_observations',
  columns: OBSERVATION_COLUMNS,
  key: OBSERVATION_KEY,
  partition: null,
} as const satisfies SmallTable<typeof OBSERVATION_COLUMNS>

/** The quotes of futures, one file a day. The commit of their slot acknowledges them, so they are stored before it. */
export const FUTURE_SNAPSHOTS = {
  name: 'future_snapshots',
  columns: FUTURE_COLUMNS,
  key: FUTURE_KEY,
  partition: 'date',
  isStoredBeforeSlot: true,
} as const satisfies SmallTable<typeof FUTURE_COLUMNS>

/** Five-minute bars of underlyings, indices and futures, one file a day. */
export const UNDERLYING_BARS = {
  name: 'underlying_bars',
  columns: UNDERLYING_BARS_COLUMNS,
  key: UNDERLYING_BARS_KEY,
  partition: 'date',
} as const satisfies SmallTable<typeof UNDERLYING_BARS_COLUMNS>

/** The fitted volatility curve of every expiration of every (slot, symbol). */
export const SURFACES = {
  name: 'surfaces',
  columns: SURFACE_COLUMNS,
  key: SURFACE_KEY,
  partition: 'date',
  tagsOf: slotRangeOf,
  fileRows: 500,
} as const satisfies SmallTable<typeof SURFACE_COLUMNS>

/** The surface of every (slot, symbol) at fixed tenors and points. */
export const SURFACE_GRID = {
  name: 'surface_grid',
  columns: SURFACE_GRID_COLUMNS,
  key: SURFACE_GRID_KEY,
  partition: 'date',
  tagsOf: slotRangeOf,
  fileRows: 1_500,
} as const satisfies SmallTable<typeof SURFACE_GRID_COLUMNS>

/** All tables except `option_snapshots`. Whatever goes through the tables of a lake goes through this list. */
export const SMALL_TABLES = [
  SLOTS,
  MARKET_METRICS,
  DAILY_OBSERVATIONS,
  FUTURE_SNAPSHOTS,
  UNDERLYING_BARS,
  SURFACES,
  SURFACE_GRID,
] as const

/** The same without the ledger, which is derived from the log of `option_snapshots`. */
export const TABLES_OF_ROWS = SMALL_TABLES.filter((table) => table !== SLOTS)

/** One data file of a small table. */
export interface SmallFile extends StoredFile {
  /** Value of the partition column; null in a table without one. */
  readonly partition: string | null
  readonly tags: Readonly<Record<string, string | null>>
  /**
   * The oldest definition version of its rows, by the statistics in the log; 1 where a row has none. Null if the statistics
   * do not say, as in files that another program wrote.
   */
  readonly oldestVersion: number | null
}

/** A small table on disk. */
export type SmallDeltaTable = DeltaTable<SmallFile>

/** The small tables of a lake, each loaded on first use. */
export type LoadedSmallTables = Map<string, Promise<SmallDeltaTable | null>>

export const SMALL_FILES: Projection<SmallFile, null> = {
  fileOf: (entry, name) => {
    const [partition] = Object.values(entry.partitionValues)
    const file = { ...storedFile(entry, name), partition: partition ?? null, tags: entry.tags ?? {} }
    return { ...file, oldestVersion: oldestVersionIn(statsOf(entry)) }
  },
  complete: completeStoredFiles,
  begin: () => null,
  fold: () => null,
}

/** The least definition version that a file's statistics prove. Files of older programs lack the column: version 1. */
function oldestVersionIn({ numRecords, nullCount, minValues }: FileStats): number | null {
  if (numRecords === undefined || nullCount === undefined) return null
  const nulls = (nullCount as Readonly<Record<string, unknown>>).definition_version
  if (nulls === undefined || (typeof nulls === 'number' && nulls > 0)) return 1
  const least = minValues?.definition_version
  return typeof least === 'number' ? least : null
}

export function schemaOf(table: SmallTable): TableSchema {
  return { columns: table.columns, partitionColumns: table.partition === null ? [] : [table.partition] }
}

/**
 * The columns stored in the data files of a small table. Their values are stored exactly: with so few rows, rounding to
 * decimals would save nothing.
 */
export function fileColumnsOf(table: SmallTable): readonly Column[] {
  const known = fileColumns.get(table) ?? storedColumns(table)
  fileColumns.set(table, known)
  return known
}

/** The number of slots in which at least one symbol has rows. */
export function storedSlots(rows: readonly LedgerRow[]): number {
  return new Set(rows.filter((row) => row.rows > 0).map((row) => row.timestamp)).size
}

function storedColumns({ columns, partition }: SmallTable): readonly Column[] {
  return columns.filter(({ name }) => name !== partition).map(({ decimals: _, ...column }) => column)
}

const fileColumns = new WeakMap<SmallTable, readonly Column[]>()
