import type { DuckDBMaterializedResult, DuckDBValue } from '@duckdb/node-api'
import type { SnapshotRow } from '../../snapshot/row.ts'
import type { Lake } from '../open.ts'
import type { FileConstants, SnapshotFile } from '../tables/data-files.ts'
import { readFailure } from './errors.ts'
import {
  ALL_COLUMNS,
  type ColumnSelection,
  type Constants,
  type DecodeOptions,
  decodeRows,
  encodedColumnSql,
  type SnapshotColumn,
} from './scan-rows.ts'
import { snapshotSource } from './snapshot-source.ts'

/** Data files to read, and parameters for the SQL that reads them. */
interface FilesQuery {
  readonly files: readonly SnapshotFile[]
  readonly values: Readonly<Record<string, DuckDBValue>>
}

/** Which rows to read from files of one symbol. */
interface ScanQuery<C extends SnapshotColumn> extends FilesQuery, ColumnSelection<C> {
  readonly symbol: string
  /** SQL condition on columns of the files. `values` has its parameters, written `$name`. */
  readonly where: string
  /** Resolves to a function that chooses among the rows found; all rows if left out. */
  readonly choose?: Promise<DecodeOptions<C>['choose']>
}

/**
 * Rows of the given data files, sorted by slot, expiry, strike, right and trading class. No files give no rows.
 * @throws Failure EXIT.io when a file is missing or damaged.
 */
export async function scan<C extends SnapshotColumn = SnapshotColumn>(
  lake: Lake,
  query: ScanQuery<C>,
): Promise<Pick<SnapshotRow, C>[]> {
  if (query.files.length === 0) return []
  const columns = query.columns ?? (ALL_COLUMNS as readonly C[])
  const constants = constantsOf(query)
  const names = ALL_COLUMNS.filter(
    (name) => !(name in constants) && (columns as readonly string[]).includes(name),
  )
  const select = names.map((name) => `${encodedColumnSql(name)} AS "${name}"`).join(', ')
  const sql = `SELECT ${select || '1'} FROM ${snapshotSource(lake, query.files)} WHERE ${query.where}`
  return run(lake, { ...query, sql }, async (result) =>
    decodeRows(result, names, { columns, constants, choose: await query.choose }),
  )
}

/**
 * The values of a query with its own columns, such as an aggregate.
 * @param select reads FROM `files`, which has all columns of `option_snapshots`.
 */
export async function aggregate(lake: Lake, query: FilesQuery, select: string): Promise<DuckDBValue[][]> {
  if (query.files.length === 0) return []
  const sql = `WITH files AS NOT MATERIALIZED (SELECT * FROM ${snapshotSource(lake, query.files)})${select}`
  return run(lake, { ...query, sql }, (result) => result.getRows())
}

/** `read` must copy what it needs: the database may be closed afterwards. */
async function run<T>(
  lake: Lake,
  { sql, files, values }: FilesQuery & { readonly sql: string },
  read: (result: DuckDBMaterializedResult) => T | Promise<T>,
): Promise<T> {
  return lake.engine.use(async (connection) => {
    // With an empty list of parameters, DuckDB plans the query twice.
    const parameters = Object.keys(values).length > 0 ? { ...values } : undefined
    const result = await connection.run(sql, parameters).catch(async (error: unknown) => {
      throw await readFailure(lake, { folder: lake.layout.table, files }, error)
    })
    return read(result)
  })
}

/** Columns that have the same value in all rows, as the log proves. */
function constantsOf({ files, symbol }: ScanQuery<SnapshotColumn>): Constants {
  const [first, ...others] = files as readonly [SnapshotFile, ...SnapshotFile[]]
  const oneDate = files.every((file) => file.date === first.date)
  const oneSlot = files.every((file) => file.minSlot === first.minSlot && file.maxSlot === first.minSlot)
  const shared = Object.entries(constantsIn(first)).filter(([name, value]) =>
    others.every((file) => constantsIn(file)[name] === value),
  )
  return {
    ...Object.fromEntries(shared),
    symbol,
    ...(oneDate && { date: first.date }),
    ...(oneSlot && { timestamp: first.minSlot }),
  }
}

function constantsIn({ constants, missingColumns }: SnapshotFile): FileConstants {
  if (missingColumns.length === 0) return constants
  return { ...constants, ...Object.fromEntries(missingColumns.map((name) => [name, null])) }
}
