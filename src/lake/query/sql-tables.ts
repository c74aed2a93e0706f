import type { DuckDBConnection } from '@duckdb/node-api'
import type { Column } from '../../snapshot/column.ts'
import { currentState, type Lake } from '../open.ts'
import { ledgerParts } from '../tables/ledger.ts'
import { folderOf, smallState } from '../tables/loaded-small-tables.ts'
import { SLOTS, type SmallFile, type SmallTable, schemaOf, TABLES_OF_ROWS } from '../tables/small-tables.ts'
import { createChainsView } from './chains-view.ts'
import { readFailure } from './errors.ts'
import { nullsSql, parquetSource, SQL_TYPE } from './parquet-source.ts'
import { createSnapshotView } from './snapshot-source.ts'

/** Creates a view of each table's version, and the view `chains`, for one connection. @throws Failure EXIT.io */
export async function createTableViews(connection: DuckDBConnection, lake: Lake): Promise<void> {
  const { files } = await currentState(lake)
  await createSnapshotView(connection, lake, [...files.values()])
  await createChainsView(connection)
  const ledger = await ledgerParts(lake)
  await createView(connection, lake, { table: SLOTS, files: ledger.files, rows: ledger.rows })
  for (const table of TABLES_OF_ROWS) {
    const files = [...((await smallState(lake, table))?.files.values() ?? [])]
    await createView(connection, lake, { table, files, rows: [] })
  }
}

interface SmallView {
  readonly table: SmallTable
  readonly files: readonly SmallFile[]
  /** Rows not yet in a file of the table. */
  readonly rows: readonly object[]
}

/**
 * Starts with an empty relation. It gives the view the columns that older files lack, and types if there are no files.
 */
async function createView(connection: DuckDBConnection, lake: Lake, view: SmallView): Promise<void> {
  const { name, columns } = view.table
  const names = columns.map((column) => `"${column.name}"`).join(', ')
  const parts = [`SELECT ${nullsSql(columns)} WHERE false`]
  if (view.files.length > 0) parts.push(`SELECT * FROM ${filesSql(lake, view)}`)
  if (view.rows.length > 0) parts.push(`SELECT * FROM ${await createRowsTable(connection, view)}`)
  await connection
    .run(`CREATE TEMP VIEW "${name}" AS SELECT ${names} FROM (${parts.join(' UNION ALL BY NAME ')})`)
    .catch(async (error: unknown) => {
      throw await readFailure(lake, { folder: folderOf(lake, view.table), files: view.files }, error)
    })
}

function filesSql(lake: Lake, { table, files }: SmallView): string {
  return parquetSource(
    { folder: folderOf(lake, table), ...schemaOf(table) },
    files.map(({ path, sha256, partition }) => ({
      path,
      sha256,
      partition: table.partition === null ? [] : [partition],
    })),
  )
}

/** Creates a temporary table of the rows and returns its name. Rows are passed as JSON, which is a single parameter. */
async function createRowsTable(connection: DuckDBConnection, { table, rows }: SmallView): Promise<string> {
  const columns = table.columns as readonly Column[]
  const shape = columns.map((column) => `"${column.name}":"${jsonType(column)}"`).join(',')
  const values = columns.map((column) => `${fromJson(column)} AS "${column.name}"`).join(', ')
  // The name is visible in information_schema, so it must not change.
  const name = `"rest of ${table.name}"`
  await connection.run(
    `CREATE TEMP TABLE ${name} AS SELECT ${values} ` +
      `FROM (SELECT unnest(from_json($rows::JSON, '[{${shape}}]')) AS entry)`,
    { rows: JSON.stringify(rows) },
  )
  return name
}

function jsonType(column: Column): string {
  return column.type === 'timestamp' ? 'BIGINT' : SQL_TYPE[column.type]
}

function fromJson(column: Column): string {
  const value = `entry."${column.name}"`
  return column.type === 'timestamp' ? `make_timestamp(${value} * 1000) AT TIME ZONE 'UTC'` : value
}
