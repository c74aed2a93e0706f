import pl from 'nodejs-polars'
import type { Column } from '../snapshot/column.ts'
import { parquetOf, typedFrame } from './frame.ts'
import { fileColumnsOf, type SmallTable, type TableRow } from './tables.ts'

/** Columns of text that tell nothing by their bounds are left out of the statistics. */
const BOUNDED: ReadonlySet<string> = new Set(['timestamp', 'date', 'double', 'long', 'integer'])

/**
 * Rows of a small table → the bytes of its Parquet file, without the partition column.
 * @throws RangeError when a value does not fit its column.
 */
export function bytesOfRows<T extends SmallTable>(table: T, rows: readonly TableRow<T>[]): Buffer {
  const labelOf = (row: object) => table.key.map((name) => (row as Record<string, unknown>)[name]).join(' ')
  return parquetOf(typedFrame(fileColumnsOf(table), rows as readonly object[], labelOf))
}

/**
 * The bytes of one data file → rows. A column that came after the file was written is null in all of them.
 * @param partition value of the partition column, which is not in the file.
 * @throws Error when the bytes are not a whole Parquet file.
 */
export function rowsOfBytes<T extends SmallTable>(
  table: T,
  bytes: Buffer,
  partition: string | null,
): TableRow<T>[] {
  const frame = pl.readParquet(bytes)
  const there = fileColumnsOf(table).filter((column) => frame.columns.includes(column.name))
  const absent = table.columns.filter((column) => !frame.columns.includes(column.name))
  const rest = Object.fromEntries(
    absent.map(({ name }) => [name, name === table.partition ? partition : null]),
  )
  const records = frame.select(...there.map(plainOf)).toRecords()
  return records.map((record) => ({ ...record, ...rest })) as unknown as TableRow<T>[]
}

/** Delta's statistics of the rows of one file: the JSON text of an add action's `stats`. */
export function statsOfRows<T extends SmallTable>(table: T, rows: readonly TableRow<T>[]): string {
  const minValues: Record<string, unknown> = {}
  const maxValues: Record<string, unknown> = {}
  const nullCount: Record<string, number> = {}
  for (const column of fileColumnsOf(table)) {
    const all = rows.map((row) => (row as Record<string, unknown>)[column.name] as string | number | null)
    const known = all.filter((value) => value !== null)
    nullCount[column.name] = all.length - known.length
    const [first] = known
    if (first === undefined || !BOUNDED.has(column.type)) continue
    minValues[column.name] = written(
      column,
      known.reduce((a, b) => (b < a ? b : a), first),
    )
    maxValues[column.name] = written(
      column,
      known.reduce((a, b) => (b > a ? b : a), first),
    )
  }
  return JSON.stringify({ numRecords: rows.length, minValues, maxValues, nullCount })
}

function written(column: Column, value: string | number): string | number {
  return column.type === 'timestamp' ? new Date(value).toISOString() : value
}

/** A column as rows hold it: times as epoch milliseconds, dates as text. */
function plainOf(column: Column): pl.Expr {
  const raw = pl.col(column.name)
  if (column.type === 'timestamp') return raw.cast(pl.Int64).div(pl.lit(1000)).alias(column.name)
  return column.type === 'date' ? raw.cast(pl.Utf8).alias(column.name) : raw
}
