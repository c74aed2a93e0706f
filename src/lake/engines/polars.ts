import pl from 'nodejs-polars'
import type { EpochMs } from '../../market/units.ts'
import type { Column } from '../../snapshot/column.ts'
import { SNAPSHOT_KEY, type SnapshotRow } from '../../snapshot/row.ts'
import { storageStep } from '../tables/precision.ts'
import { FILE_COLUMNS, faultOf, PARTITION_COLUMNS } from '../tables/schema.ts'

/** The columns of a data file, typed, in the order of the column table. */
export type Frame = pl.DataFrame

/** Key columns that are in the data files: within one file the partition columns have one value. */
const FILE_KEY = SNAPSHOT_KEY.filter((name) => !PARTITION_COLUMNS.includes(name))

/**
 * Rows → frame. One numeric array for each column goes to Polars at once, absent values as NaN, which no row may
 * hold; expressions that are made once turn it into the column's type and NaN into null. A third of the time of
 * plain arrays, which Polars reads value by value.
 * @throws RangeError when a value does not fit its column: what Polars would turn into a null without a word.
 */
export function frameOf(rows: readonly SnapshotRow[]): Frame {
  return typedFrame(FILE_COLUMNS, rows, (row) => `${row.symbol} ${row.expiry} ${row.strike}${row.right}`)
}

/** The same for any column table; `labelOf` names a row in the message of a failure. */
export function typedFrame<Row extends object>(
  columns: readonly Column[],
  rows: readonly Row[],
  labelOf: (row: Row) => string,
): Frame {
  const raw = columns.map((column) =>
    column.type === 'string'
      ? pl.Series(
          column.name,
          valuesOf(column, rows, { into: new Array<unknown>(rows.length), labelOf }),
          pl.Utf8,
        )
      : pl.Series(column.name, valuesOf(column, rows, { into: new Float64Array(rows.length), labelOf })),
  )
  return pl.DataFrame(raw).select(...conversionsOf(columns))
}

/** Of rows with the same key, the last one. */
export function keepLast(frame: Frame): Frame {
  return frame.unique({ subset: FILE_KEY, keep: 'last', maintainOrder: true })
}

/** The stored rows that the fresh ones do not replace. */
export function survivors(stored: Frame, fresh: Frame): Frame {
  return stored.join(fresh, { on: FILE_KEY, how: 'anti' })
}

/**
 * The order of a contract's history. Call and put of a strike side by side: where a model gives both the same
 * volatility, gamma and vega, the second costs next to nothing (a ninth of the file); where not, nothing is lost.
 */
const ORDER = ['expiry', 'strike', 'right', 'timestamp']

/** A path is a file's name and nothing else: no pattern to expand, no columns to read out of it. */
const AS_NAMED = { glob: false, hivePartitioning: false }

/**
 * Rows of a row group: 150 contracts of 78 slots. What one contract unpacks is a row group in each column, so that fewer
 * rows make it faster; a chain as of a minute unpacks all of them, so that more do.
 */
const ROW_GROUP_ROWS = 11_700

/** Saves 6 % of the bytes for a tenth of compaction's time; beyond it 1 % more takes three times as much. */
const ZSTD_LEVEL = 5

/** All rows, one frame under the other, in the order of a contract's history: expiry, strike, right, then time. */
export function sorted(frames: readonly [Frame, ...Frame[]]): Frame {
  const [first, ...others] = frames
  const all = others.reduce((whole, frame) => (frame.height === 0 ? whole : whole.vstack(frame)), first)
  return all.sort(ORDER)
}

/**
 * Writes a Parquet file with the statistics of `parquetOf`, in a third of its time: into memory Polars hands over a few
 * bytes at a call. Neither flushed nor proven to be whole; the folder must be there. Snappy, because a day is asked
 * from 78 such files of small pages, which zstd makes twice as slow; compaction makes them small.
 * @throws Error in Polars' words, with the number of the system's error.
 */
export function writeParquet(frame: Frame, path: string): void {
  frame.writeParquet(path, { compression: 'snappy' })
}

/**
 * Writes the rows of some data files into one, in the order of `sorted`, as lazily as Polars can: no frame comes into
 * the hands of JavaScript, which does not know how large it is and would keep it for long.
 * @param missingColumns columns that a file lacks, because they came after it was written.
 * @throws Error in Polars' words, with the number of the system's error.
 */
export async function mergeParquet(
  paths: readonly string[],
  into: string,
  missingColumns: ReadonlyMap<string, readonly string[]> = new Map(),
): Promise<void> {
  // Only where it must be: to name the columns of each of 78 files costs more than to read them.
  const isOld = missingColumns.size > 0
  const alike = paths.map((path) => {
    const scan = pl.scanParquet(path, AS_NAMED)
    return isOld ? scan.select(...columnsOf(missingColumns.get(path))) : scan
  })
  await pl
    .concat(alike)
    .select(...columnsOf())
    .sort(ORDER)
    .sinkParquet(into, {
      compression: 'zstd',
      compressionLevel: ZSTD_LEVEL,
      statistics: true,
      maintainOrder: true,
      rowGroupSize: ROW_GROUP_ROWS,
    })
    .collect()
}

/**
 * The rows of a data file. A column that came after the file was written is null in all of them.
 * @throws Error when the bytes are not a whole Parquet file.
 */
export function frameOfParquet(bytes: Buffer): Frame {
  return completed(pl.readParquet(bytes))
}

/** The rows of one slot, of a data file of many that need not be read whole. @throws Error as `frameOfParquet`. */
export function slotOfParquet(path: string, slot: EpochMs): Frame {
  const ofSlot = pl
    .col('timestamp')
    .cast(pl.Int64)
    .eq(pl.lit(slot * 1000))
  return completed(pl.scanParquet(path, AS_NAMED).filter(ofSlot).collectSync())
}

function completed(frame: pl.DataFrame): Frame {
  const stored = new Set(frame.columns)
  return frame.select(...columnsOf(FILE_COLUMNS.map(({ name }) => name).filter((name) => !stored.has(name))))
}

/** The columns of a data file in their order; those that it lacks as nulls. */
function columnsOf(missing: readonly string[] = []): pl.Expr[] {
  return FILE_COLUMNS.map((column) =>
    missing.includes(column.name)
      ? pl.lit(null).cast(dtypeOf(column)).alias(column.name)
      : pl.col(column.name),
  )
}

/** The same rows in Parquet's Snappy, whatever another program packed them with. @throws Error as `frameOfParquet`. */
export function snappyOf(bytes: Buffer): Buffer {
  return pl.readParquet(bytes).writeParquet({ compression: 'snappy' })
}

/** Delta's statistics of one file: the JSON text of an add action's `stats`. Where all is null there are no bounds. */
export function statsOf(frame: Frame): string {
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
  // A loop by index: a quarter of a million values in a slot make an iterator's price visible.
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as Row
    const value = row[name]
    const fault = faultOf(column, value)
    if (fault) throw new RangeError(`column ${column.name} of ${labelOf(row)} ${fault}`)
    into[at] = toStored(value)
  }
  return into
}

/** Made once for each column table: an expression object costs more than converting a column of a slot. */
const conversions = new WeakMap<readonly Column[], pl.Expr[]>()

function conversionsOf(columns: readonly Column[]): pl.Expr[] {
  const made = conversions.get(columns) ?? columns.map(conversionOf)
  conversions.set(columns, made)
  return made
}

function dtypeOf(column: Column): pl.DataType {
  switch (column.type) {
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

function conversionOf(column: Column): pl.Expr {
  const raw = pl.col(column.name)
  if (column.type === 'string') return raw
  const known = column.nullable ? pl.when(raw.isNotNan()).then(raw).otherwise(pl.lit(null)) : raw
  if (column.type === 'double') return known.alias(column.name)
  const whole = known.cast(pl.Int64)
  // A date is 32 bits wide, and days that are 64 wide would be read as another unit.
  return (column.type === 'date' ? whole.cast(pl.Int32) : whole).cast(dtypeOf(column)).alias(column.name)
}

/** A column's values as the numbers that its conversion expects: microseconds, or days since 1970; NaN for none. */
function storedNumber(column: Column): (value: unknown) => number {
  const step = storageStep(column)
  const number = (value: unknown) =>
    column.type === 'timestamp'
      ? Number(value) * 1000
      : column.type === 'date'
        ? Date.parse(String(value)) / 86_400_000
        : Number(value)
  if (step === null) return (value) => (value === null ? Number.NaN : number(value))
  return (value) => (value === null ? Number.NaN : Math.round(number(value) / step) * step)
}

/** A frame of one row as a record. Of the whole frame at once: every series object costs a quarter of a millisecond. */
function firstRow(frame: pl.DataFrame): Record<string, unknown> {
  return frame.toRecords()[0] as Record<string, unknown>
}

function bounds(frame: pl.DataFrame): Record<string, unknown> {
  const known = Object.entries(firstRow(frame)).filter(([, value]) => value !== null)
  return Object.fromEntries(
    known.map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value]),
  )
}
