import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBValue, DuckDBVector } from '@duckdb/node-api'
import { EXIT, Failure } from '../../process/failure.ts'
import type { DuckDB } from '../engines/duckdb-package.ts'
import { currentState, type Lake } from '../open.ts'
import { deletedFileFailure } from '../tables/deleted-file.ts'
import { folderOf, smallState } from '../tables/loaded-small-tables.ts'
import { SMALL_TABLES } from '../tables/small-tables.ts'
import { sqlFailure } from './sql-failure.ts'
import { createTableViews } from './sql-tables.ts'
import { refuseUnlessReading } from './table-functions.ts'

/** Plain JSON: timestamps as ISO text, dates as YYYY-MM-DD, whole numbers beyond 2^53 as text, no NaN. */
export type SqlValue =
  | string
  | number
  | boolean
  | null
  | readonly SqlValue[]
  | { readonly [key: string]: SqlValue }

export interface SqlResult {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly SqlValue[])[]
  /** True if the query has more rows than `maxRows`. */
  readonly truncated: boolean
}

export interface SqlOptions {
  /** Maximum number of rows to return, by default 10,000. DuckDB computes only what these rows need. */
  readonly maxRows?: number
  /** Stops the query when aborted; `sql` then throws the signal's reason. Can also serve as a timeout. */
  readonly signal?: AbortSignal
}

/** Enough to look at. Use `exportRows` for whole days. */
const DEFAULT_MAX_ROWS = 10_000
/** Items of all lists of one column, in one part of the result: each becomes a JavaScript value of about 60 bytes. */
const MAX_LIST_ITEMS = 1_000_000

/**
 * Runs one SELECT over the tables of the lake and the view `chains`. DuckDB can access the lake's folder and nothing else
 * on the machine. Every statement but SELECT is refused, because COPY could still write to the folder, and every table
 * function that does more than read. DuckDB's limit of memory and an abort take effect while rows are computed, but not while a
 * query is planned: a constant list of a hundred million numbers takes gigabytes first. Queries of strangers belong into a
 * process of their own, as `optionlake sql` runs them.
 * @throws Failure EXIT.usage for anything but one valid SELECT, and for a query that needs too much memory; EXIT.io
 * when data cannot be read. The reason of `signal` when it is aborted.
 */
export async function sql(lake: Lake, query: string, options: SqlOptions = {}): Promise<SqlResult> {
  const { maxRows = DEFAULT_MAX_ROWS, signal } = options
  const rows: SqlValue[][] = []
  const columns = await eachPart(lake, { query, ...(signal && { signal }) }, (part) => {
    for (const row of part) rows.push(row)
    return rows.length <= maxRows
  })
  return { columns, rows: rows.slice(0, maxRows), truncated: rows.length > maxRows }
}

/**
 * Runs a query as `sql` does and passes its rows on in parts of about two thousand, until there are no more or `take` says
 * that it has enough. Returns the names of the columns.
 */
export async function eachPart(
  lake: Lake,
  { query, signal }: { readonly query: string; readonly signal?: AbortSignal },
  take: (rows: SqlValue[][]) => boolean | Promise<boolean>,
): Promise<readonly string[]> {
  return lake.engine.use(async (connection, duckdb) => {
    await createTableViews(connection, lake)
    const statement = await prepareSelect(connection, { lake, duckdb, query })
    const stop = () => connection.interrupt()
    signal?.addEventListener('abort', stop)
    try {
      signal?.throwIfAborted()
      const result = await statement.stream()
      for (;;) {
        const part = await result.fetchChunk()
        if (part === null || part.rowCount === 0) break
        for (let column = 0; column < part.columnCount; column++) {
          refuseLongLists(part.getColumnVector(column), duckdb)
        }
        const rows = part.getRows().map((row) => row.map((value) => plain(value, duckdb)))
        if (!(await take(rows))) break
      }
      return result.columnNames()
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      if (error instanceof Failure) throw error
      throw (await deletedFile(lake)) ?? sqlFailure(lake, query, error)
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  })
}

/** The failure for a file of the tables that was deleted since the lake's version. */
async function deletedFile(lake: Lake): Promise<Failure | null> {
  if (lake.asOf === null) return null
  const { files } = await currentState(lake)
  const deleted = await deletedFileFailure(lake, { folder: lake.layout.table, files: [...files.values()] })
  if (deleted) return deleted
  for (const table of SMALL_TABLES) {
    const state = await smallState(lake, table)
    const own = { folder: folderOf(lake, table), files: [...(state?.files.values() ?? [])] }
    const failure = await deletedFileFailure(lake, own)
    if (failure) return failure
  }
  return null
}

/** Uses DuckDB's parser to count and classify the statements, without running any. */
async function prepareSelect(
  connection: DuckDBConnection,
  { lake, duckdb, query }: { lake: Lake; duckdb: DuckDB; query: string },
): Promise<DuckDBPreparedStatement> {
  const bare = query.replace(/\/\*[\s\S]*?\*\/|--[^\n]*/g, ' ').trim()
  if (bare === '') throw new Failure(EXIT.usage, 'the query is empty: give one SELECT')
  const extracted = await connection.extractStatements(query).catch((error: unknown) => {
    throw sqlFailure(lake, query, error)
  })
  if (extracted.count !== 1) {
    throw new Failure(EXIT.usage, `the query has ${extracted.count} statements: give one SELECT`)
  }
  const verb = bare.split(/\s/, 1)[0]?.toUpperCase() ?? ''
  await refuseUnlessReading(connection, { query, verb })
  const statement = await extracted.prepare(0).catch((error: unknown) => {
    throw sqlFailure(lake, query, error)
  })
  if (statement.statementType !== duckdb.StatementType.SELECT) {
    throw new Failure(EXIT.usage, `${verb} is not allowed here: give one SELECT`)
  }
  return statement
}

/** Lists are counted before they become values: one cell can hold a hundred million items. */
function refuseLongLists(vector: DuckDBVector, duckdb: DuckDB): void {
  if (!(vector instanceof duckdb.DuckDBListVector)) return
  let total = 0
  for (let row = 0; row < vector.itemCount; row++) {
    const items = vector.getItemVector(row)
    if (items === null) continue
    total += items.itemCount
    if (total > MAX_LIST_ITEMS) {
      const most = MAX_LIST_ITEMS.toLocaleString('en-US')
      throw new Failure(
        EXIT.usage,
        `the lists of the result have more than ${most} items: unnest them, or select fewer`,
      )
    }
    refuseLongLists(items, duckdb)
  }
}

function plain(value: DuckDBValue, duckdb: DuckDB): SqlValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (value instanceof duckdb.DuckDBTimestampTZValue) return isoOf(value)
  if (value instanceof duckdb.DuckDBTimestampValue) return String(value).replace(' ', 'T')
  if (value instanceof duckdb.DuckDBDecimalValue) return value.toDouble()
  if (value instanceof duckdb.DuckDBListValue || value instanceof duckdb.DuckDBArrayValue) {
    return value.items.map((item) => plain(item, duckdb))
  }
  if (value instanceof duckdb.DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([key, item]) => [key, plain(item, duckdb)]))
  }
  return String(value)
}

function isoOf(value: { readonly micros: bigint; toString(): string }): string {
  const ms = Number(value.micros / 1000n)
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(value)
}
