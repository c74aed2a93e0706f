import pl from 'nodejs-polars'
import type { EpochMs } from '../market/units.ts'
import type { Column } from '../snapshot/column.ts'
import { SNAPSHOT_KEY, type SnapshotRow } from '../snapshot/row.ts'
import { FILE_COLUMNS, faultOf, PARTITION_COLUMNS } from './schema.ts'

/** The columns of a data file, typed, in the order of the column table. */
export type Frame = pl.DataFrame

/** Key columns that are in the data files: within one file the partition columns have one value. */
const FILE_KEY = SNAPSHOT_KEY.filter((name) => !PARTITION_COLUMNS.includes(name))

/**
 * Rows → frame, one typed series for each column: built by name, because a frame made from a schema maps by
 * position, and from plain arrays, because a dtype given with a typed array is ignored.
 * @throws RangeError when a value does not fit its column: what Polars would turn into a null without a word.
 */
export function frameOf(rows: readonly SnapshotRow[]): Frame {
  return pl.DataFrame(FILE_COLUMNS.map((column) => seriesOf(column, rows)))
}

/** Of rows with the same key, the last one. */
export function keepLast(frame: Frame): Frame {
  return frame.unique({ subset: FILE_KEY, keep: 'last', maintainOrder: true })
}

/** The stored rows that the fresh ones do not replace. */
export function survivors(stored: Frame, fresh: Frame): Frame {
  return stored.join(fresh, { on: FILE_KEY, how: 'anti' })
}

/** Both, one under the other, in the order of a contract's history: expiry, right, strike, then time. */
export function sorted(frames: readonly [Frame, ...Frame[]]): Frame {
  const [first, ...others] = frames
  const all = others.reduce((whole, frame) => (frame.height === 0 ? whole : whole.vstack(frame)), first)
  return all.sort(['expiry', 'right', 'strike', 'timestamp'])
}

/** How many rows belong to a slot. */
export function rowsOfSlot(frame: Frame, slot: EpochMs): number {
  return frame.filter(
    pl
      .col('timestamp')
      .cast(pl.Int64)
      .eq(pl.lit(slot * 1000)),
  ).height
}

/**
 * The bytes of a Parquet file: zstd, with minimum, maximum and null count for every column chunk, which this
 * writer (Polars 0.24.1) always adds. In memory, so that the file on disk is ours to flush, name and check.
 */
export function parquetOf(frame: Frame): Buffer {
  return frame.writeParquet({ compression: 'zstd' })
}

/** @throws Error when the bytes are not a whole Parquet file, or lack one of our columns. */
export function frameOfParquet(bytes: Buffer): Frame {
  return pl.readParquet(bytes).select(...FILE_COLUMNS.map((column) => column.name))
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

function seriesOf(column: Column, rows: readonly SnapshotRow[]): pl.Series {
  const name = column.name as keyof SnapshotRow
  const values = rows.map((row) => {
    const value = row[name]
    const fault = faultOf(column, value)
    if (fault)
      throw new RangeError(`column ${name} of ${row.symbol} ${row.expiry} ${row.strike}${row.right} ${fault}`)
    return column.type === 'timestamp' && value !== null ? Number(value) * 1000 : value
  })
  return pl.Series(name, values, dtypeOf(column))
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
