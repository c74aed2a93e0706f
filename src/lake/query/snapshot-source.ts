import type { DuckDBConnection } from '@duckdb/node-api'
import type { Column } from '../../snapshot/column.ts'
import { SNAPSHOT_COLUMNS } from '../../snapshot/row.ts'
import type { Lake } from '../open.ts'
import type { SnapshotFile } from '../tables/data-files.ts'
import { roundedSql } from '../tables/precision.ts'
import { SNAPSHOT_SCHEMA } from '../tables/schema.ts'
import { readFailure } from './errors.ts'
import { nullsSql, parquetSource } from './parquet-source.ts'

const COLUMNS: readonly Column[] = SNAPSHOT_COLUMNS

/** Data files of `option_snapshots` as a FROM clause with all columns. */
export function snapshotSource(lake: Lake, files: readonly SnapshotFile[]): string {
  return parquetSource(
    { folder: lake.layout.table, ...SNAPSHOT_SCHEMA },
    files.map(({ path, sha256, missingColumns, symbol, date }) => ({
      path,
      sha256,
      missingColumns,
      partition: [symbol, date],
    })),
  )
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
