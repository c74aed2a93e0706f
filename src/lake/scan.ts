import { join } from 'node:path'
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import { EXIT, Failure } from '../failure.ts'
import type { Column } from '../snapshot/column.ts'
import { SNAPSHOT_COLUMNS, type SnapshotRow } from '../snapshot/row.ts'
import type { AddFile } from './actions.ts'
import { quoted } from './engine.ts'
import type { Lake } from './open.ts'

/** The SQL type of a column as DuckDB sees it in our files. */
export const SQL_TYPE: Record<Column['type'], string> = {
  string: 'VARCHAR',
  double: 'DOUBLE',
  long: 'BIGINT',
  integer: 'INTEGER',
  timestamp: 'TIMESTAMPTZ',
  date: 'DATE',
}

const COLUMNS: readonly Column[] = SNAPSHOT_COLUMNS
const PARTITIONS = COLUMNS.filter((column) => column.partition)
  .map((column) => `${quoted(column.name)}: ${SQL_TYPE[column.type]}`)
  .join(', ')
const READ_OPTIONS = `hive_partitioning = true, hive_types = {${PARTITIONS}}`

/** What makes DuckDB's row a SnapshotRow: epoch milliseconds, and numbers instead of BigInt. */
const AS_ROW = COLUMNS.map((column) => `${asJs(column)} AS "${column.name}"`).join(', ')

/** A question about some files. */
export interface Scan {
  readonly files: readonly AddFile[]
  /** A SELECT of whole rows FROM `snapshots`; its parameters are `$name`. */
  readonly select: string
  readonly values: Readonly<Record<string, DuckDBValue>>
}

/** Rows of some data files. No files, no rows. @throws Failure EXIT.io when a file is missing or damaged. */
export async function scan(lake: Lake, question: Scan): Promise<SnapshotRow[]> {
  if (question.files.length === 0) return []
  // Not materialised: a table that is named twice would else be read whole before it is filtered.
  const sql =
    `WITH snapshots AS NOT MATERIALIZED (SELECT * FROM read_parquet($files, ${READ_OPTIONS})), ` +
    `chosen AS (${question.select}) ` +
    `SELECT ${AS_ROW} FROM chosen ORDER BY chosen.timestamp, expiry, strike, "right"`
  return lake.engine.use(async (connection, { listValue }) => {
    const files = listValue(question.files.map((file) => join(lake.layout.table, file.path)))
    const reader = await connection
      .runAndReadAll(sql, { files, ...question.values })
      .catch((error: unknown) => {
        throw unreadableFiles(lake, error)
      })
    return rowsOf(reader.columnNames(), reader.getColumns()) as unknown as SnapshotRow[]
  })
}

/** The table `option_snapshots` over some files, for one connection; a table without files has columns and no rows. */
export async function makeSnapshotView(
  connection: DuckDBConnection,
  lake: Lake,
  files: readonly AddFile[],
): Promise<void> {
  const names = COLUMNS.map((column) => `"${column.name}"`).join(', ')
  const nothing = COLUMNS.map((column) => `NULL::${SQL_TYPE[column.type]} AS "${column.name}"`).join(', ')
  const paths = files.map((file) => quoted(join(lake.layout.table, file.path))).join(', ')
  const body =
    files.length === 0
      ? `SELECT ${nothing} WHERE false`
      : `SELECT ${names} FROM read_parquet([${paths}], ${READ_OPTIONS})`
  await connection.run(`CREATE TEMP VIEW option_snapshots AS ${body}`).catch((error: unknown) => {
    throw unreadableFiles(lake, error)
  })
}

/** Row by row from whole columns: half the time of DuckDB's own row objects. */
function rowsOf(names: readonly string[], columns: readonly DuckDBValue[][]): Record<string, DuckDBValue>[] {
  const named = names.map((name, index) => [name, columns[index] ?? []] as const)
  return (columns[0] ?? []).map((_, at) => {
    const row: Record<string, DuckDBValue> = {}
    for (const [name, values] of named) row[name] = values[at] ?? null
    return row
  })
}

function unreadableFiles(lake: Lake, error: unknown): unknown {
  const message = error instanceof Error ? error.message : String(error)
  // A question that DuckDB cannot understand is our defect, and shows its stack.
  if (/^(Parser|Binder|Catalog) Error/.test(message)) return error
  return new Failure(EXIT.io, `cannot read ${lake.layout.table}: ${message.split('\n')[0]}`, error)
}

function asJs(column: Column): string {
  const value = `chosen."${column.name}"`
  if (column.type === 'timestamp') return `epoch_ms(${value})::DOUBLE`
  if (column.type === 'long') return `${value}::DOUBLE`
  return column.type === 'date' ? `${value}::VARCHAR` : value
}
