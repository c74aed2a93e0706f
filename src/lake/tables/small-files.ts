import type { Column } from '../../snapshot/column.ts'
import { snappyOf, typedFrame } from '../engines/polars.ts'
import { fileColumnsOf, type SmallTable, type TableRow } from './small-tables.ts'

/** Column types with minimum and maximum in the statistics. Bounds of text columns would not be used. */
const BOUNDED: ReadonlySet<string> = new Set(['timestamp', 'date', 'double', 'long', 'integer'])

/**
 * Encodes rows of a small table as Parquet, without the partition column. Compressed with Snappy, which every reader
 * supports without an extra library.
 * @throws RangeError when a value does not fit its column.
 */
export function parquetOfRows<T extends SmallTable>(table: T, rows: readonly TableRow<T>[]): Buffer {
  const labelOf = (row: object) => table.key.map((name) => (row as Record<string, unknown>)[name]).join(' ')
  const frame = typedFrame(fileColumnsOf(table), rows as readonly object[], labelOf)
  return frame.writeParquet({ compression: 'snappy' })
}

/**
 * Decodes one data file. A column added after the file was written is null in all rows. Decodes in JavaScript, like
 * checkpoints, so that reading the ledger does not start a query engine.
 * @param partition value of the partition column, which is not in the file.
 * @throws Error when the bytes are not a complete Parquet file.
 */
export async function rowsOfParquet<T extends SmallTable>(
  table: T,
  bytes: Buffer,
  partition: string | null,
): Promise<TableRow<T>[]> {
  const records = await recordsOf(bytes).catch((error: Error) => {
    // Our files use Snappy. Another program may have rewritten them with a codec that hyparquet does not support.
    if (!error.message.includes('compression codec')) throw error
    return recordsOf(snappyOf(bytes))
  })
  const rows = records.map((record) => {
    const row: Record<string, unknown> = {}
    for (const column of table.columns) {
      row[column.name] = column.name === table.partition ? partition : plain(column, record[column.name])
    }
    return row
  })
  return rows as unknown as TableRow<T>[]
}

async function recordsOf(bytes: Buffer): Promise<Record<string, unknown>[]> {
  const { parquetReadObjects } = await import('hyparquet')
  const whole = new Uint8Array(bytes).buffer
  const file = { byteLength: whole.byteLength, slice: (from: number, to?: number) => whole.slice(from, to) }
  return parquetReadObjects({ file })
}

/** Delta statistics of one file's rows: the JSON text of an add action's `stats`. */
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

/**
 * Converts a decoded value to the form used in rows: times as epoch milliseconds, dates as text, numbers instead of
 * BigInt.
 */
function plain(column: Column, value: unknown): unknown {
  if (value === undefined || value === null) return null
  if (typeof value === 'bigint') return Number(value)
  if (!(value instanceof Date)) return value
  return column.type === 'date' ? value.toISOString().slice(0, 10) : value.getTime()
}
