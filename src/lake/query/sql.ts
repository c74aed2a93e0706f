import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBValue } from '@duckdb/node-api'
import { EXIT, Failure } from '../../process/failure.ts'
import type { Lake } from '../open.ts'
import { firstLine } from './errors.ts'
import { createTableViews } from './sql-tables.ts'

type DuckDB = typeof import('@duckdb/node-api')

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
  /** True where there were more rows than `maxRows`. */
  readonly truncated: boolean
}

export interface SqlOptions {
  /** Rows that are answered at most, 10,000 if left out; the rest is not computed where DuckDB can help it. */
  readonly maxRows?: number
  /** Stops the query when aborted, for a time-out as well: `sql` then throws the signal's reason. */
  readonly signal?: AbortSignal
}

/** Enough to look at; whole days are what `export` is for. */
const MOST_ROWS = 10_000

/**
 * Answers one SELECT over the tables `option_snapshots`, `slots`, `market_metrics` and `daily_observations`. The
 * database can read the lake's folder and nothing else of the machine, and no statement but SELECT is run: COPY
 * could write even then.
 * @throws Failure EXIT.usage for anything but one SELECT that DuckDB understands, or that needs more memory than a
 * query may have; EXIT.io for unreadable data; the reason of `signal`.
 */
export async function sql(lake: Lake, query: string, options: SqlOptions = {}): Promise<SqlResult> {
  const { maxRows = MOST_ROWS, signal } = options
  return lake.engine.use(async (connection, duckdb) => {
    await createTableViews(connection, lake)
    const statement = await onlySelect(connection, { lake, duckdb, query })
    const stop = () => connection.interrupt()
    signal?.addEventListener('abort', stop)
    try {
      signal?.throwIfAborted()
      const reader = await statement.streamAndReadUntil(maxRows + 1)
      const toPlain = (value: DuckDBValue) => plain(value, duckdb)
      const rows = reader.getRows().slice(0, maxRows)
      return {
        columns: reader.columnNames(),
        rows: rows.map((row) => row.map(toPlain)),
        truncated: reader.currentRowCount > maxRows,
      }
    } catch (error) {
      throw signal?.aborted ? signal.reason : refused(lake, error)
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  })
}

/** DuckDB's own parser says how many statements there are and what they do; none has run by then. */
async function onlySelect(
  connection: DuckDBConnection,
  { lake, duckdb, query }: { lake: Lake; duckdb: DuckDB; query: string },
): Promise<DuckDBPreparedStatement> {
  const bare = query.replace(/\/\*[\s\S]*?\*\/|--[^\n]*/g, ' ').trim()
  if (bare === '') throw new Failure(EXIT.usage, 'the query is empty: give one SELECT')
  const extracted = await connection.extractStatements(query).catch((error: unknown) => {
    throw refused(lake, error)
  })
  if (extracted.count !== 1) {
    throw new Failure(EXIT.usage, `the query has ${extracted.count} statements: give one SELECT`)
  }
  const statement = await extracted.prepare(0).catch((error: unknown) => {
    throw refused(lake, error)
  })
  // DuckDB turns some PRAGMAs into a SELECT before it names them.
  const isSelect = statement.statementType === duckdb.StatementType.SELECT && !/^pragma\b/i.test(bare)
  if (!isSelect) {
    const verb = bare.split(/\s/, 1)[0]?.toUpperCase()
    throw new Failure(EXIT.usage, `${verb} is not allowed here: give one SELECT`)
  }
  return statement
}

/** What only the query can be blamed for, even where it names a path of the lake. */
const ASKERS_FAULT = /^(Parser|Binder|Catalog|Permission) Error/
/** What DuckDB says of a page that does not unpack; it seldom says of which file. */
const DAMAGE = /^IO Error|decompress|thrift|TProtocol|corrupt/i

function refused(lake: Lake, error: unknown): Failure {
  const message = firstLine(error)
  if (!ASKERS_FAULT.test(message) && (DAMAGE.test(message) || message.includes(lake.layout.root))) {
    return new Failure(
      EXIT.io,
      `the query failed: ${message}; optionlake verify tells what is damaged`,
      error,
    )
  }
  return new Failure(EXIT.usage, `the query failed: ${message}`, error)
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
