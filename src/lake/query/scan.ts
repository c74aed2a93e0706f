import { join } from 'node:path'
import type { DuckDBConnection, DuckDBMaterializedResult, DuckDBValue } from '@duckdb/node-api'
import type { AddFile } from '../../delta/actions.ts'
import type { Column } from '../../snapshot/column.ts'
import { SNAPSHOT_COLUMNS, type SnapshotRow } from '../../snapshot/row.ts'
import { sqlLiteral } from '../engines/duckdb.ts'
import type { Lake } from '../open.ts'
import { roundedSql } from '../tables/precision.ts'
import { readFailure } from './errors.ts'
import {
  ALL_COLUMNS,
  type Constants,
  type DecodeOptions,
  decodeRows,
  encodedColumnSql,
  type SnapshotColumn,
} from './scan-rows.ts'

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
  .map((column) => `${sqlLiteral(column.name)}: ${SQL_TYPE[column.type]}`)
  .join(', ')

/** A question about some files of one symbol. */
export interface ScanQuery<C extends SnapshotColumn> {
  readonly files: readonly AddFile[]
  readonly symbol: string
  /** A condition on columns of the files; its parameters are `$name`. */
  readonly where: string
  readonly values: Readonly<Record<string, DuckDBValue>>
  /** What the rows are to have; all of it if left out. Each costs time. */
  readonly columns?: readonly C[] | undefined
  /** Which of the rows found are made, as soon as that is known; all if left out. */
  readonly choose?: Promise<DecodeOptions<C>['choose']>
}

/**
 * Rows of some data files, sorted by slot, expiry, strike and right. No files, no rows.
 * @throws Failure EXIT.io when a file is missing or damaged.
 */
export async function scan<C extends SnapshotColumn = SnapshotColumn>(
  lake: Lake,
  question: ScanQuery<C>,
): Promise<Pick<SnapshotRow, C>[]> {
  if (question.files.length === 0) return []
  const wanted = question.columns ?? (ALL_COLUMNS as readonly C[])
  const constants = constantsOf(question)
  const names = ALL_COLUMNS.filter(
    (name) => !(name in constants) && (wanted as readonly string[]).includes(name),
  )
  const select = names.map((name) => `${encodedColumnSql(name)} AS "${name}"`).join(', ')
  const sql = `SELECT ${select || '1'} FROM ${snapshotSource(lake, question.files)} WHERE ${question.where}`
  return run(lake, { ...question, sql }, async (result) =>
    decodeRows(result, names, { wanted, constants, choose: await question.choose }),
  )
}

/** A question with an answer of its own shape: an aggregate FROM `files`, a table of all columns. */
export async function aggregate(
  lake: Lake,
  question: { readonly files: readonly AddFile[]; readonly values: ScanQuery<never>['values'] },
  select: string,
): Promise<DuckDBValue[][]> {
  if (question.files.length === 0) return []
  const sql = `WITH files AS NOT MATERIALIZED (SELECT * FROM ${snapshotSource(lake, question.files)})${select}`
  return run(lake, { ...question, sql }, (result) => result.getRows())
}

interface Run {
  readonly sql: string
  readonly files: readonly AddFile[]
  readonly values: ScanQuery<never>['values']
}

/** `read` takes what it wants of the result: afterwards the database that holds it may be gone. */
async function run<T>(
  lake: Lake,
  { sql, files, values }: Run,
  read: (result: DuckDBMaterializedResult) => T | Promise<T>,
): Promise<T> {
  return lake.engine.use(async (connection) => {
    // With no parameters DuckDB plans once; with an empty list of them twice.
    const bound = Object.keys(values).length > 0 ? { ...values } : undefined
    const result = await connection.run(sql, bound).catch(async (error: unknown) => {
      throw await readFailure(lake, files, error)
    })
    return read(result)
  })
}

/** The table `option_snapshots` over some files, for one connection; a table without files has columns and no rows. */
export async function createSnapshotView(
  connection: DuckDBConnection,
  lake: Lake,
  files: readonly AddFile[],
): Promise<void> {
  const names = COLUMNS.map((column) => `${roundedSql(column)} AS "${column.name}"`).join(', ')
  const nothing = COLUMNS.map((column) => `NULL::${SQL_TYPE[column.type]} AS "${column.name}"`).join(', ')
  const body =
    files.length === 0
      ? `SELECT ${nothing} WHERE false`
      : `SELECT ${names} FROM ${snapshotSource(lake, files)}`
  await connection.run(`CREATE TEMP VIEW option_snapshots AS ${body}`).catch(async (error: unknown) => {
    throw await readFailure(lake, files, error)
  })
}

/**
 * Some files as a FROM clause that has all columns, those that came after the files were written as nulls. Only
 * files of different shapes are put together by name, which reads every footer first.
 */
export function snapshotSource(lake: Lake, files: readonly AddFile[]): string {
  const paths = files.map((file) => sqlLiteral(join(lake.layout.table, file.path))).join(', ')
  const shapes = new Set(files.map((file) => file.missingColumns.join()))
  const byName = shapes.size > 1 ? ', union_by_name = true' : ''
  const read = `read_parquet([${paths}], hive_partitioning = true, hive_types = {${PARTITIONS}}${byName})`
  const absent = COLUMNS.filter(({ name }) => files.every((file) => file.missingColumns.includes(name)))
  if (absent.length === 0) return read
  const nulls = absent.map((column) => `NULL::${SQL_TYPE[column.type]} AS "${column.name}"`).join(', ')
  return `(SELECT *, ${nulls} FROM ${read})`
}

/** What is the same in all rows by the log alone. */
function constantsOf({ files, symbol }: ScanQuery<SnapshotColumn>): Constants {
  const [first] = files as readonly [AddFile, ...AddFile[]]
  const oneDate = files.every((file) => file.date === first.date)
  const oneSlot = files.every((file) => file.minSlot === first.minSlot && file.maxSlot === first.minSlot)
  return {
    symbol,
    ...(oneDate && { date: first.date }),
    ...(oneSlot && { timestamp: first.minSlot }),
  }
}
