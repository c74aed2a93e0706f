import type { DuckDBConnection } from '@duckdb/node-api'
import type { Column } from '../../snapshot/column.ts'
import { sqlLiteral } from '../engines/duckdb.ts'
import type { FileShape } from '../engines/polars.ts'
import type { Lake } from '../open.ts'
import { SQL_TYPE } from '../query/parquet-source.ts'
import { snapshotSource } from '../query/snapshot-source.ts'
import type { SnapshotFile } from '../tables/data-files.ts'
import { FILE_COLUMNS } from '../tables/schema.ts'
import type { AddedColumn } from '../tables/schema-evolution.ts'
import type { ExpiryRows } from './compact-plan.ts'

/** Must be the same before and after rows move to another file. */
interface Fingerprint {
  readonly rows: number
  /**
   * Sum over the rows of a 64-bit hash of all columns. It does not depend on the order of rows, and a duplicate changes
   * it.
   */
  readonly hash: string
}

const NAMES = FILE_COLUMNS.map((column) => `"${column.name}"`)

/** Shapes of the files by path; null if all are ours. See `mergeParquet`. */
type Shapes = ReadonlyMap<string, FileShape> | null

/** The fingerprint of all rows in the data files. Computed by DuckDB, not by Polars, which wrote them. */
export function fingerprintOf(
  lake: Lake,
  files: readonly SnapshotFile[],
  shapes: Shapes,
): Promise<Fingerprint> {
  const source = shapes === null ? snapshotSource(lake, files) : sourceOf(shapes)
  return lake.engine.use(async (connection) => {
    const [rows, hash] = await onlyRow(connection, fingerprintSql(shapes), source)
    return { rows: Number(rows), hash: String(hash) }
  })
}

/** The number of rows of each expiry in the data files, in order. */
export function rowsByExpiry(
  lake: Lake,
  files: readonly SnapshotFile[],
  shapes: Shapes,
): Promise<ExpiryRows[]> {
  const source = shapes === null ? snapshotSource(lake, files) : sourceOf(shapes)
  return lake.engine.use(async (connection) => {
    const select = `SELECT expiry, count(*)::DOUBLE FROM ${source}`
    const reader = await connection.runAndReadAll(`${select} WHERE expiry IS NOT NULL GROUP BY expiry`)
    const counts = reader.getRows().map(([expiry, rows]) => ({ expiry: String(expiry), rows: Number(rows) }))
    return counts.sort((a, b) => (a.expiry < b.expiry ? -1 : 1))
  })
}

/** The files as a FROM clause with our columns, in our types, and those that another program has added. */
function sourceOf(shapes: NonNullable<Shapes>): string {
  const isStored = (name: string) => [...shapes.values()].some(({ missing }) => !missing.includes(name))
  const ours = FILE_COLUMNS.map(({ name, type }) => {
    const value = isStored(name) ? `"${name}"` : 'NULL'
    return `${value}::${SQL_TYPE[type]} AS "${name}"`
  })
  const added = addedIn(shapes).map(({ name, type }) =>
    type === 'timestamp' ? `${quoted(name)}::TIMESTAMPTZ AS ${quoted(name)}` : quoted(name),
  )
  const paths = [...shapes.keys()].map(sqlLiteral).join(', ')
  const read = `read_parquet([${paths}], hive_partitioning = false, union_by_name = true)`
  return `(SELECT ${[...ours, ...added].join(', ')} FROM ${read})`
}

function addedIn(shapes: Shapes): AddedColumn[] {
  const all = [...(shapes?.values() ?? [])].flatMap(({ added }) => added)
  return [...new Map(all.map((column) => [column.name, column])).values()]
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function fingerprintSql(shapes: Shapes): string {
  const names = [...NAMES, ...addedIn(shapes).map(({ name }) => quoted(name))]
  return `count(*)::DOUBLE, coalesce(sum(hash(${names.join(', ')})::HUGEINT), 0)::VARCHAR`
}

/** The fingerprint of the merged file, and its Delta statistics from the same read. */
export function describeFile(
  lake: Lake,
  path: string,
  shapes: Shapes,
): Promise<Fingerprint & { readonly stats: string }> {
  const bounds = FILE_COLUMNS.map((column) => `${asJson(column, 'min')}, ${asJson(column, 'max')}`)
  const nulls = NAMES.map((name) => `(count(*) - count(${name}))::DOUBLE`)
  return lake.engine.use(async (connection) => {
    const source = `read_parquet(${sqlLiteral(path)}, hive_partitioning = false)`
    const select = [fingerprintSql(shapes), ...bounds, ...nulls].join(', ')
    const values = await onlyRow(connection, select, source)
    const rows = Number(values[0])
    const column = (from: number, step: number) =>
      FILE_COLUMNS.map(({ name }, at) => [name, values[from + at * step]] as const)
    const stats = JSON.stringify({
      numRecords: rows,
      minValues: known(column(2, 2)),
      maxValues: known(column(3, 2)),
      nullCount: Object.fromEntries(column(2 + 2 * FILE_COLUMNS.length, 1)),
    })
    return { rows, hash: String(values[1]), stats }
  })
}

async function onlyRow(connection: DuckDBConnection, select: string, source: string) {
  const reader = await connection.runAndReadAll(`SELECT ${select} FROM ${source}`)
  return reader.getRows()[0] ?? []
}

function asJson(column: Column, bound: 'min' | 'max'): string {
  const value = `${bound}("${column.name}")`
  if (column.type === 'timestamp') return `strftime(${value}, '%Y-%m-%dT%H:%M:%S.%gZ')`
  return column.type === 'string' ? value : `${value}::DOUBLE`
}

function known(values: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(values.filter(([, value]) => value !== null && !Number.isNaN(value)))
}
