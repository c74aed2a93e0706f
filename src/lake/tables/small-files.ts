import type { Column } from '../../snapshot/column.ts'
import { addedColumnsOf, type Frame, leftJoin, snappyOf, typedFrame } from '../engines/polars.ts'
import type { AddedColumn } from './schema-evolution.ts'
import { fileColumnsOf, type SmallTable, type TableRow } from './small-tables.ts'

/** Longer texts are cut in the statistics, at the length that other Delta writers use. */
const BOUND_CHARACTERS = 32
/** Follows a cut upper bound, so that it is not below the text. */
const LAST_CHARACTER = '\u{10FFFF}'

/**
 * Encodes rows of a small table as Parquet, without the partition column. Compressed with Snappy, which every reader
 * supports without an extra library.
 * @param added values of columns that another program has added, by the key of the row.
 * @throws RangeError when a value does not fit its column.
 */
export function parquetOfRows<T extends SmallTable>(
  table: T,
  rows: readonly TableRow<T>[],
  added: Frame | null = null,
): Buffer {
  const labelOf = (row: object) => table.key.map((name) => (row as Record<string, unknown>)[name]).join(' ')
  const frame = typedFrame(fileColumnsOf(table), rows as readonly object[], labelOf)
  const whole = added === null ? frame : leftJoin(frame, added, table.key)
  return whole.writeParquet({ compression: 'snappy' })
}

/**
 * The values of columns that another program has added to a table, with the keys of the given rows.
 * @param files the bytes of the data files that hold the rows.
 * @returns null if no file has such a column.
 */
export function addedValues<T extends SmallTable>(
  table: T,
  files: readonly Buffer[],
  { rows, added }: { rows: readonly TableRow<T>[]; added: readonly AddedColumn[] },
): Frame | null {
  const keys = fileColumnsOf(table).filter(({ name }) => (table.key as readonly string[]).includes(name))
  return addedColumnsOf(files, { keys, of: rows as readonly object[], added })
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
  const names = fileColumnsOf(table).map(({ name }) => name)
  const { count, values } = await columnsOf(bytes, names).catch((error: Error) => {
    // Our files use Snappy. Another program may have rewritten them with a codec that hyparquet does not support.
    if (!error.message.includes('compression codec')) throw error
    return columnsOf(snappyOf(bytes), names)
  })
  // Copies of one object, filled column by column: adding the properties to each row takes ten times as long.
  const empty = Object.fromEntries(
    table.columns.map(({ name }) => [name, name === table.partition ? partition : null]),
  ) as Record<string, unknown>
  const rows = Array.from({ length: count }, () => ({ ...empty }))
  for (const column of fileColumnsOf(table)) {
    const { name } = column
    const stored = values.get(name)
    if (stored === undefined) continue
    for (let at = 0; at < count; at++) (rows[at] as Record<string, unknown>)[name] = plain(column, stored[at])
  }
  return rows as unknown as TableRow<T>[]
}

/** The values of those of the columns that a Parquet file has. */
async function columnsOf(
  bytes: Buffer,
  names: readonly string[],
): Promise<{ count: number; values: ReadonlyMap<string, readonly unknown[]> }> {
  const { parquetMetadata, parquetRead, parquetSchema } = await import('hyparquet')
  const whole = new Uint8Array(bytes).buffer
  const file = { byteLength: whole.byteLength, slice: (from: number, to?: number) => whole.slice(from, to) }
  const metadata = parquetMetadata(whole)
  const count = Number(metadata.num_rows)
  const stored = new Set(parquetSchema(metadata).children.map(({ element }) => element.name))
  const columns = names.filter((name) => stored.has(name))
  const values = new Map(columns.map((name) => [name, new Array<unknown>(count)]))
  if (columns.length === 0) return { count, values }
  const onChunk = ({ columnName, columnData, rowStart }: ColumnChunk) => {
    const into = values.get(columnName)
    for (let at = 0; into && at < columnData.length; at++) into[rowStart + at] = columnData[at]
  }
  await parquetRead({ file, metadata, columns, onChunk })
  return { count, values }
}

interface ColumnChunk {
  readonly columnName: string
  readonly columnData: ArrayLike<unknown>
  readonly rowStart: number
}

/**
 * Delta statistics of one file's rows: the JSON text of an add action's `stats`. Every column with a value has bounds:
 * delta-rs with pyarrow finds no row at all through a filter on a column that has a null count but no bounds.
 */
export function statsOfRows<T extends SmallTable>(table: T, rows: readonly TableRow<T>[]): string {
  const minValues: Record<string, unknown> = {}
  const maxValues: Record<string, unknown> = {}
  const nullCount: Record<string, number> = {}
  for (const column of fileColumnsOf(table)) {
    const { nulls, lowest, highest } = boundsOf(rows, column.name)
    nullCount[column.name] = nulls
    if (lowest === null || highest === null) continue
    minValues[column.name] = written(column, cut(lowest, ''))
    maxValues[column.name] = written(column, cut(highest, LAST_CHARACTER))
  }
  return JSON.stringify({ numRecords: rows.length, minValues, maxValues, nullCount })
}

type Value = string | number

/** Least and greatest value; null if all are null. Equal texts, which are usual, are compared once. */
function boundsOf(rows: readonly object[], name: string) {
  let nulls = 0
  let lowest: Value | null = null
  let highest: Value | null = null
  const texts = new Set<string>()
  for (const row of rows) {
    const value = (row as Record<string, Value | null>)[name] as Value | null
    if (value === null) nulls++
    else if (typeof value === 'string' && texts.has(value)) continue
    else {
      if (typeof value === 'string') texts.add(value)
      if (lowest === null || isBelow(value, lowest)) lowest = value
      if (highest === null || isBelow(highest, value)) highest = value
    }
  }
  return { nulls, lowest, highest }
}

/** Compares texts by their bytes in UTF-8, as other engines do. */
function isBelow(a: string | number, b: string | number): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a < b
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0
}

function cut(value: string | number, end: string): string | number {
  if (typeof value === 'number' || value.length <= BOUND_CHARACTERS) return value
  const characters = [...value]
  return characters.length <= BOUND_CHARACTERS ? value : characters.slice(0, BOUND_CHARACTERS).join('') + end
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
  // Other programs may store NaN for a value that is not known.
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (!(value instanceof Date)) return value
  return column.type === 'date' ? value.toISOString().slice(0, 10) : value.getTime()
}
