import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBValue } from '@duckdb/node-api'
import { EXIT, Failure } from '../failure.ts'
import type { Column } from '../snapshot/column.ts'
import { LEDGER_COLUMNS, type LedgerRow } from '../snapshot/ledger.ts'
import { currentTable, type Lake } from './open.ts'
import { makeSnapshotView, SQL_TYPE } from './scan.ts'
import { ledger } from './slots-table.ts'

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
}

/**
 * Answers one SELECT over the tables `option_snapshots` and `slots`, as of one version of the lake. The database
 * can read the lake's folder and nothing else of the machine, and no statement but SELECT is run: COPY could
 * write even then.
 * @throws Failure EXIT.usage for anything but one SELECT that DuckDB understands; EXIT.io for unreadable data.
 */
export async function sql(lake: Lake, query: string): Promise<SqlResult> {
  const table = await currentTable(lake)
  // The ledger of years is not copied for questions that do not ask for it.
  const slots = /slots/i.test(query) ? await ledger(lake) : []
  return lake.engine.use(async (connection, duckdb) => {
    await makeSnapshotView(connection, lake, [...table.files.values()])
    await makeLedgerTable(connection, slots)
    const statement = await onlySelect(connection, { lake, duckdb, query })
    const reader = await statement.runAndReadAll().catch((error: unknown) => {
      throw refused(lake, error)
    })
    const toPlain = (value: DuckDBValue) => plain(value, duckdb)
    return { columns: reader.columnNames(), rows: reader.getRows().map((row) => row.map(toPlain)) }
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

async function makeLedgerTable(connection: DuckDBConnection, slots: readonly LedgerRow[]): Promise<void> {
  const columns: readonly Column[] = LEDGER_COLUMNS
  const shape = columns.map((column) => `"${column.name}":"${jsonType(column)}"`).join(',')
  const values = columns.map((column) => `${fromJson(column)} AS "${column.name}"`).join(', ')
  const rows = JSON.stringify(slots)
  await connection.run(
    `CREATE TEMP TABLE slots AS SELECT ${values} ` +
      `FROM (SELECT unnest(from_json($rows::JSON, '[{${shape}}]')) AS report)`,
    { rows },
  )
}

function jsonType(column: Column): string {
  return column.type === 'timestamp' ? 'BIGINT' : SQL_TYPE[column.type]
}

function fromJson(column: Column): string {
  const value = `report."${column.name}"`
  return column.type === 'timestamp' ? `make_timestamp(${value} * 1000) AT TIME ZONE 'UTC'` : value
}

function refused(lake: Lake, error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error)
  // A message that names one of our files is the disk's fault, not the asker's.
  const kind = /^IO Error/.test(message) || message.includes(lake.layout.table) ? EXIT.io : EXIT.usage
  return new Failure(kind, `the query failed: ${message.split('\n')[0]}`, error)
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
