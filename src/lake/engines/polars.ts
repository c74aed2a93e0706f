import { rm } from 'node:fs/promises'
import type Polars from 'nodejs-polars'
import { type EpochMs, epochMs } from '../../market/units.ts'
import { loadLater } from '../../process/load-later.ts'
import type { Column } from '../../snapshot/column.ts'
import { SNAPSHOT_KEY, type SnapshotRow } from '../../snapshot/row.ts'
import { storageStep, toStep } from '../tables/precision.ts'
import { FILE_COLUMNS, faultOf, PARTITION_COLUMNS } from '../tables/schema.ts'
import type { AddedColumn } from '../tables/schema-evolution.ts'

/** Most commands only read, and need none of it. */
const pl = loadLater<typeof Polars>('nodejs-polars')

/** The columns of a data file, typed, in the order of the column table. */
export type Frame = Polars.DataFrame

const FILE_NAMES = FILE_COLUMNS.map(({ name }) => name)
/** The key columns stored in data files. Partition columns are not stored and have one value per file. */
const FILE_KEY = SNAPSHOT_KEY.filter((name) => !PARTITION_COLUMNS.includes(name))

/**
 * Rows as a frame. Each numeric column is passed to Polars as one typed array, with NaN for null, because no row may
 * hold NaN. Expressions then convert all columns of a type at once. This takes a third of the time of plain arrays, which
 * Polars reads value by value.
 * @throws RangeError when a value does not fit its column; Polars would silently make it null.
 */
export function frameOf(rows: readonly SnapshotRow[]): Frame {
  return typedFrame(FILE_COLUMNS, rows, (row) => `${row.symbol} ${row.expiry} ${row.strike}${row.right}`)
}

/** The same for any column table. @param labelOf names a row in error messages. */
export function typedFrame<Row extends object>(
  columns: readonly Column[],
  rows: readonly Row[],
  labelOf: (row: Row) => string,
): Frame {
  const raw: Polars.Series[] = []
  const literals: Polars.Expr[] = []
  for (const column of columns) {
    // Without a series, a frame of literals would have one row.
    const literal = raw.length === 0 ? null : literalFor(column, rows)
    if (literal) literals.push(literal)
    else raw.push(seriesOf(column, rows, labelOf))
  }
  const frame = pl.DataFrame(raw)
  const { byType, inOrder } = conversionsOf(columns)
  if (literals.length === 0) return frame.withColumns(...byType)
  return frame
    .lazy()
    .withColumns(...literals)
    .withColumns(...byType)
    .select(inOrder)
    .collectSync()
}

/** Raw columns in which all rows have one text, or null, by column. Kept, because making a series takes as long as an expression. */
const literals = new WeakMap<Column, Map<string | null, Polars.Expr>>()
/** Most columns of text have a few values for ever; the others begin anew. */
const MAX_LITERALS = 64

/** Null if the rows differ, or have a number or no fitting value. */
function literalFor(column: Column, rows: readonly object[]): Polars.Expr | null {
  const name = column.name as keyof (typeof rows)[number]
  const only: unknown = rows[0]?.[name]
  if (only !== null && typeof only !== 'string') return null
  if (only === null ? !column.nullable : column.type !== 'string') return null
  for (let at = 1; at < rows.length; at++) if (rows[at]?.[name] !== only) return null
  const ofColumn = literals.get(column) ?? new Map<string | null, Polars.Expr>()
  literals.set(column, ofColumn)
  const known = ofColumn.get(only)
  if (known) return known
  if (ofColumn.size >= MAX_LITERALS) ofColumn.clear()
  const literal = pl
    .lit(only)
    .cast(column.type === 'string' ? pl.Utf8 : pl.Float64)
    .alias(column.name)
  ofColumn.set(only, literal)
  return literal
}

function seriesOf<Row extends object>(
  column: Column,
  rows: readonly Row[],
  labelOf: (row: Row) => string,
): Polars.Series {
  return column.type === 'string'
    ? pl.Series(
        column.name,
        valuesOf(column, rows, { into: new Array<unknown>(rows.length), labelOf }),
        pl.Utf8,
      )
    : pl.Series(column.name, valuesOf(column, rows, { into: new Float64Array(rows.length), labelOf }))
}

/** Keeps the last of several rows with the same key. */
export function keepLast(frame: Frame): Frame {
  return frame.unique({ subset: FILE_KEY, keep: 'last', maintainOrder: true })
}

/** The stored rows whose keys are not among the fresh rows. */
export function rowsNotIn(stored: Frame, fresh: Frame): Frame {
  return stored.join(fresh, { on: FILE_KEY, how: 'anti' })
}

/** The rows whose keys are among the given ones; of several with the same key, the last. */
export function rowsWithKeys(stored: Frame, keys: Frame): Frame {
  return keepLast(stored).join(keys, { on: FILE_KEY, how: 'semi' })
}

/**
 * Only the key columns of a data file, with our types, because other programs may store times differently.
 * @throws Error when the bytes are not a complete Parquet file.
 */
export function keysOfParquet(bytes: Buffer): Frame {
  const columns = FILE_COLUMNS.filter(({ name }) => (FILE_KEY as readonly string[]).includes(name))
  const casts = () => columns.map(({ name, type }) => pl.col(name).cast(dtypeOf(type)))
  return pl
    .readParquet(bytes, { columns: columns.map(({ name }) => name) })
    .select(...cachedExpressions('keys', casts))
}

/** The rows of all frames. */
export function stacked(first: Frame, second: Frame): Frame {
  return first.vstack(second)
}

/** The number of rows of each slot. */
export function rowsBySlot(frame: Frame): Map<EpochMs, number> {
  const counts = frame.groupBy('timestamp').agg(pl.count('strike').alias('rows')).toRecords()
  return new Map(counts.map(({ timestamp, rows }) => [epochMs(Number(timestamp)), Number(rows)]))
}

/**
 * The order of rows in a compacted file. The call and put of a strike are adjacent, because a model often gives both
 * the same volatility, gamma and vega. The second then takes almost no space, which saves a ninth of the file.
 */
const ORDER = ['expiry', 'strike', 'right', 'timestamp', 'trading_class']

/** Paths are taken literally: no wildcards are expanded, and no columns are read from folder names. */
const LITERAL_PATH = { glob: false, hivePartitioning: false }

/**
 * Rows in a row group: 150 contracts in 78 slots. Reading one contract's history decompresses one row group of each
 * column, which is faster with small groups. Reading a chain at one time decompresses all groups, which is faster with
 * large groups.
 */
const ROW_GROUP_ROWS = 11_700

/**
 * Saves 6 % of the bytes for a tenth of the time of compaction. Higher levels save 1 % more in three times that time.
 */
const ZSTD_LEVEL = 5

/** The rows of all frames, sorted by expiry, strike, right, time and trading class. A column that a frame lacks is null in its rows. */
export function sorted(frames: readonly [Frame, ...Frame[]]): Frame {
  const [first, ...others] = frames
  if (frames.some((frame) => frame.width !== FILE_COLUMNS.length)) {
    return pl.concat([...frames], { how: 'diagonalRelaxed' }).sort(ORDER)
  }
  const all = others.reduce((whole, frame) => (frame.height === 0 ? whole : whole.vstack(frame)), first)
  return all.sort(ORDER)
}

/**
 * Writes a Parquet file with minimum, maximum and null count for every column chunk. The caller flushes the file and
 * checks that it is complete; the folder must exist. Writing to a file takes Polars a third of the time of writing to a
 * buffer, which it fills a few bytes per call. Compressed with Snappy, because zstd makes a query over the 78 small
 * files of a day twice as slow; compaction uses zstd.
 * @throws Error with Polars' message, which has the number of the system error.
 */
export function writeParquet(frame: Frame, path: string): void {
  frame.writeParquet(path, { compression: 'snappy' })
}

interface MergeOptions {
  /** Shapes of all files, by path, if one has other columns or types than our files. */
  readonly shapes?: ReadonlyMap<string, FileShape> | null
  /**
   * Expiries at which a new part of the rows begins, in order. Polars holds a part and its sorted copy in memory, so
   * that many rows need parts. Without any, all rows are one part. The merged file is the same in every case.
   */
  readonly partStarts?: readonly string[]
}

/**
 * Merges data files into one, in the order of `sorted`. Polars merges lazily, so that JavaScript never holds a frame:
 * the garbage collector does not see a frame's size and would keep it too long. Parts are sorted one after the other
 * into files beside `into`, and then joined, for which Polars needs hardly any memory.
 * @throws Error with Polars' message, which has the number of the system error.
 */
export async function mergeParquet(
  paths: readonly string[],
  into: string,
  { shapes = null, partStarts = [] }: MergeOptions = {},
): Promise<void> {
  const scans = paths.map((path) => pl.scanParquet(path, LITERAL_PATH))
  // Only if needed, because selecting the columns of each of 78 files takes longer than reading them.
  const all =
    shapes === null
      ? pl.concat(scans).select(pl.col(FILE_NAMES))
      : pl.concat(
          scans.map((scan, at) => scan.select(...columnsOf(shapes.get(paths[at] as string) ?? OURS))),
          { how: 'diagonalRelaxed' },
        )
  if (partStarts.length === 0) {
    await all.sort(ORDER).sinkParquet(into, MERGED).collect()
    return
  }
  // Named like other temporary files, so that parts of a killed process are cleared.
  const parts = partFilters(partStarts).map((filter, at) => ({ filter, path: `${into}-part${at}` }))
  try {
    for (const { filter, path } of parts)
      await all.filter(filter).sort(ORDER).sinkParquet(path, PART).collect()
    await pl
      .concat(parts.map(({ path }) => pl.scanParquet(path, LITERAL_PATH)))
      .sinkParquet(into, MERGED)
      .collect()
  } finally {
    await Promise.all(parts.map(({ path }) => rm(path, { force: true })))
  }
}

const MERGED = {
  compression: 'zstd',
  compressionLevel: ZSTD_LEVEL,
  statistics: true,
  maintainOrder: true,
  rowGroupSize: ROW_GROUP_ROWS,
} as const
const PART = { compression: 'snappy', maintainOrder: true, rowGroupSize: ROW_GROUP_ROWS } as const

/** The rows of each part. A null expiry, which only another program can have written, is sorted first. */
function partFilters(starts: readonly string[]): Polars.Expr[] {
  const expiry = pl.col('expiry')
  return [undefined, ...starts].map((from, at) => {
    const to = starts[at]
    const ended = to === undefined ? pl.lit(true) : expiry.lt(pl.lit(to))
    return from === undefined ? expiry.isNull().or(ended) : expiry.gtEq(pl.lit(from)).and(ended)
  })
}

/** How the columns of a data file differ from those of our files. */
export interface FileShape {
  /** Our columns that the file lacks. They are null in its rows. */
  readonly missing: readonly string[]
  /** Columns of the file that another program has added to the table. */
  readonly added: readonly AddedColumn[]
}

const OURS: FileShape = { missing: [], added: [] }

export interface FrameOptions {
  /** Whether another program wrote the file: it may have NaN where we store null. */
  readonly isForeign?: boolean
  /** Columns that another program has added to the table, which are kept if the file has them. */
  readonly added?: readonly AddedColumn[]
}

/**
 * The rows of a data file with the types of our columns, whatever wrote the file: Spark stores timestamps as INT96. A
 * column added after the file was written is null.
 * @throws Error when the bytes are not a complete Parquet file, or a value does not fit its column.
 */
export function frameOfParquet(bytes: Buffer, options: FrameOptions = {}): Frame {
  return typed(pl.readParquet(bytes), options)
}

/** The rows of one slot in a data file of many slots, read without the others. @throws Error as `frameOfParquet`. */
export function slotOfParquet(path: string, slot: EpochMs): Frame {
  const ofSlot = utcMicros(pl.col('timestamp'))
    .cast(pl.Int64)
    .eq(pl.lit(slot * 1000))
  return typed(pl.scanParquet(path, LITERAL_PATH).filter(ofSlot).collectSync(), {})
}

/** The bounds of a file's timestamps, epoch milliseconds, read from its rows; null without rows. @throws Error */
export function timestampBounds(path: string): { low: number; high: number } | null {
  const micros = utcMicros(pl.col('timestamp')).cast(pl.Int64)
  const bounds = pl
    .scanParquet(path, LITERAL_PATH)
    .select(micros.min().alias('low'), micros.max().alias('high'))
    .collectSync()
  const { low, high } = firstRow(bounds) as { low: number | null; high: number | null }
  return low === null || high === null ? null : { low: Math.floor(low / 1000), high: Math.floor(high / 1000) }
}

function typed(frame: Polars.DataFrame, { isForeign = false, added = [] }: FrameOptions): Frame {
  const stored = new Set(frame.columns)
  const missing = FILE_NAMES.filter((name) => !stored.has(name))
  const whole = frame.select(...columnsOf({ missing, added: added.filter(({ name }) => stored.has(name)) }))
  return isForeign ? whole.withColumns(...withoutNan()) : whole
}

/** Expressions by what they are for: building those of one file takes longer than reading it. */
const expressions = new Map<string, Polars.Expr[]>()
/** A table has few shapes of files. */
const MAX_SHAPES = 64

function cachedExpressions(key: string, build: () => Polars.Expr[]): Polars.Expr[] {
  const known = expressions.get(key)
  if (known) return known
  if (expressions.size >= MAX_SHAPES) expressions.clear()
  const built = build()
  expressions.set(key, built)
  return built
}

/** Nullable doubles with null for NaN, which we never store. */
function withoutNan(): Polars.Expr[] {
  const doubles = FILE_COLUMNS.filter(({ type, nullable }) => type === 'double' && nullable)
  return cachedExpressions('without NaN', () => [
    pl.col(doubles.map(({ name }) => name)).fillNan(pl.lit(null)),
  ])
}

/** The columns of a data file in their order and of their types, and then those that another program has added. */
function columnsOf({ missing, added }: FileShape): Polars.Expr[] {
  return cachedExpressions(JSON.stringify([missing, added]), () => [
    ...FILE_COLUMNS.map(({ name, type }) =>
      missing.includes(name)
        ? pl.lit(null).cast(dtypeOf(type)).alias(name)
        : pl.col(name).cast(dtypeOf(type), true),
    ),
    ...addedExpressions(added),
  ])
}

function castColumns(columns: readonly Column[]): Polars.Expr[] {
  return columns.map(({ name, type }) => pl.col(name).cast(dtypeOf(type), true))
}

function addedExpressions(added: readonly AddedColumn[]): Polars.Expr[] {
  return added.map(({ name, type }) => (type === 'timestamp' ? utcMicros(pl.col(name)) : pl.col(name)))
}

function utcMicros(timestamps: Polars.Expr): Polars.Expr {
  return timestamps.cast(pl.Datetime('us', 'UTC'))
}

/**
 * The columns that another program has added, with the key columns, of the rows whose keys are given. Null if no file
 * has such a column.
 */
export function addedColumnsOf(
  files: readonly Buffer[],
  { keys, of, added }: { keys: readonly Column[]; of: readonly object[]; added: readonly AddedColumn[] },
): Frame | null {
  const frames = files.flatMap((bytes) => {
    const frame = pl.readParquet(bytes)
    const stored = new Set(frame.columns)
    const found = added.filter(({ name }) => stored.has(name))
    return found.length === 0 ? [] : [frame.select(...castColumns(keys), ...addedExpressions(found))]
  })
  if (frames.length === 0) return null
  const names = keys.map(({ name }) => name)
  const wanted = typedFrame(keys, of, () => 'a stored row')
  return pl
    .concat(frames, { how: 'diagonalRelaxed' })
    .join(wanted, { on: names, how: 'semi' })
    .unique({ subset: names, keep: 'last', maintainOrder: true })
}

/** The rows of a frame with the further columns of another; null where it has no row with the same key. */
export function leftJoin(frame: Frame, other: Frame, key: readonly string[]): Frame {
  return frame.join(other, { on: [...key], how: 'left' })
}

/** Recompresses a file of another program with Snappy. @throws Error as `frameOfParquet`. */
export function snappyOf(bytes: Buffer): Buffer {
  return pl.readParquet(bytes).writeParquet({ compression: 'snappy' })
}

/** The JSON text of an add action's `stats`, of our columns. A column of nulls has no bounds. */
export function statsOf(whole: Frame): string {
  const isOurs = whole.width === FILE_COLUMNS.length
  const frame = isOurs ? whole : whole.select(...FILE_NAMES)
  return JSON.stringify({
    numRecords: frame.height,
    minValues: bounds(frame.min()),
    maxValues: bounds(frame.max()),
    nullCount: firstRow(frame.nullCount()),
  })
}

function valuesOf<Row extends object, Values extends unknown[] | Float64Array>(
  column: Column,
  rows: readonly Row[],
  { into, labelOf }: { into: Values; labelOf: (row: Row) => string },
): Values {
  const name = column.name as keyof Row
  const toStored = column.type === 'string' ? (value: unknown) => value : storedNumber(column)
  // An index loop, because a slot has a quarter of a million values and an iterator is measurably slower.
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as Row
    const value = row[name]
    const fault = faultOf(column, value)
    if (fault) throw new RangeError(`column ${column.name} of ${labelOf(row)} ${fault}`)
    into[at] = toStored(value)
  }
  return into
}

/**
 * Conversions of raw columns, by column table. One expression converts all columns of a type, and is kept: the package
 * takes a millisecond to make one, as long as Polars takes for all columns of a slot.
 */
const conversions = new WeakMap<readonly Column[], Conversions>()

interface Conversions {
  readonly byType: readonly Polars.Expr[]
  /** All columns in their order. */
  readonly inOrder: Polars.Expr
}

function conversionsOf(columns: readonly Column[]): Conversions {
  const cached = conversions.get(columns) ?? {
    byType: groupedByType(columns).flatMap(conversionOf),
    inOrder: pl.col(columns.map(({ name }) => name)),
  }
  conversions.set(columns, cached)
  return cached
}

/** Columns of one type. */
interface TypedColumns {
  readonly type: Column['type']
  readonly nullable: boolean
  readonly names: readonly string[]
}

function groupedByType(columns: readonly Column[]): TypedColumns[] {
  const groups = new Map<string, { type: Column['type']; nullable: boolean; names: string[] }>()
  for (const { type, nullable, name } of columns) {
    const key = `${type} ${nullable}`
    const group = groups.get(key) ?? { type, nullable, names: [] }
    group.names.push(name)
    groups.set(key, group)
  }
  return [...groups.values()]
}

function dtypeOf(type: Column['type']): Polars.DataType {
  switch (type) {
    case 'double':
      return pl.Float64
    case 'long':
      return pl.Int64
    case 'integer':
      return pl.Int32
    case 'timestamp':
      return pl.Datetime('us', 'UTC')
    case 'date':
      return pl.Date
    case 'string':
      return pl.Utf8
  }
}

function conversionOf({ type, nullable, names }: TypedColumns): Polars.Expr[] {
  if (type === 'string' || (type === 'double' && !nullable)) return []
  const raw = pl.col([...names])
  const known = nullable ? raw.fillNan(pl.lit(null)) : raw
  if (type === 'double') return [known]
  const whole = known.cast(pl.Int64)
  // For dates, Polars reads 32-bit numbers as days but 64-bit numbers in another unit.
  return [(type === 'date' ? whole.cast(pl.Int32) : whole).cast(dtypeOf(type))]
}

/** Returns a function that converts a value to its stored number: times as microseconds, dates as days, null as NaN. */
function storedNumber(column: Column): (value: unknown) => number {
  const step = storageStep(column)
  const number = (value: unknown) =>
    column.type === 'timestamp'
      ? Number(value) * 1000
      : column.type === 'date'
        ? Date.parse(String(value)) / 86_400_000
        : Number(value)
  if (step === null) return (value) => (value === null ? Number.NaN : number(value))
  return (value) => (value === null ? Number.NaN : toStep(number(value), step))
}

/** A one-row frame as a record. Read at once, because each series object takes a quarter of a millisecond. */
function firstRow(frame: Polars.DataFrame): Record<string, unknown> {
  return frame.toRecords()[0] as Record<string, unknown>
}

function bounds(frame: Polars.DataFrame): Record<string, unknown> {
  const known = Object.entries(firstRow(frame)).filter(([, value]) => value !== null)
  return Object.fromEntries(
    known.map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value]),
  )
}
