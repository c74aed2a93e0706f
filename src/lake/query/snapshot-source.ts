import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Column } from '../../snapshot/column.ts'
import { SNAPSHOT_COLUMNS } from '../../snapshot/row.ts'
import { sqlLiteral } from '../engines/duckdb.ts'
import type { Lake } from '../open.ts'
import type { SnapshotFile } from '../tables/data-files.ts'
import { roundedSql } from '../tables/precision.ts'
import { readFailure } from './errors.ts'

/** The SQL type of a column in DuckDB. */
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
  .map((column) => `${sqlLiteral(column.name)}: ${SQL_TYPE[column.type]}`)
  .join(', ')

/**
 * Data files of `option_snapshots` as a FROM clause with all columns. A column added after a file was written is null
 * in the file's rows. Files are united by name only if they lack different columns, because DuckDB then reads every
 * footer first.
 */
export function snapshotSource(lake: Lake, files: readonly SnapshotFile[]): string {
  const paths = files.map((file) => sqlLiteral(join(lake.layout.table, file.path))).join(', ')
  const shapes = new Set(files.map((file) => file.missingColumns.join()))
  const byName = shapes.size > 1 ? ', union_by_name = true' : ''
  const read = `read_parquet([${paths}], hive_partitioning = true, hive_types = {${PARTITIONS}}${byName})`
  const absent = COLUMNS.filter(({ name }) => files.every((file) => file.missingColumns.includes(name)))
  return absent.length === 0 ? read : `(SELECT *, ${nullsSql(absent)} FROM ${read})`
}

/** Creates the view `option_snapshots` of data files for one connection. Without files the view has no rows. */
export async function createSnapshotView(
  connection: DuckDBConnection,
  lake: Lake,
  files: readonly SnapshotFile[],
): Promise<void> {
  const names = COLUMNS.map((column) => `${roundedSql(column)} AS "${column.name}"`).join(', ')
  const body =
    files.length === 0
      ? `SELECT ${nullsSql(COLUMNS)} WHERE false`
      : `SELECT ${names} FROM ${snapshotSource(lake, files)}`
  await connection.run(`CREATE TEMP VIEW option_snapshots AS ${body}`).catch(async (error: unknown) => {
    throw await readFailure(lake, { folder: lake.layout.table, files }, error)
  })
}

/** SQL for typed nulls with the names of the columns. */
export function nullsSql(columns: readonly Column[]): string {
  return columns.map((column) => `NULL::${SQL_TYPE[column.type]} AS "${column.name}"`).join(', ')
}
