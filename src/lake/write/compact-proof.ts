import type { DuckDBConnection } from '@duckdb/node-api'
import type { Column } from '../../snapshot/column.ts'
import { sqlLiteral } from '../engines/duckdb.ts'
import type { Lake } from '../open.ts'
import { snapshotSource } from '../query/snapshot-source.ts'
import type { SnapshotFile } from '../tables/data-files.ts'
import { FILE_COLUMNS } from '../tables/schema.ts'

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
const FINGERPRINT = `count(*)::DOUBLE, coalesce(sum(hash(${NAMES.join(', ')})::HUGEINT), 0)::VARCHAR`

/** The fingerprint of all rows in the data files. Computed by DuckDB, not by Polars, which wrote them. */
export function fingerprintOf(lake: Lake, files: readonly SnapshotFile[]): Promise<Fingerprint> {
  return lake.engine.use(async (connection) => {
    const [rows, hash] = await onlyRow(connection, FINGERPRINT, snapshotSource(lake, files))
    return { rows: Number(rows), hash: String(hash) }
  })
}

/** The fingerprint of one Parquet file, and its Delta statistics from the same read. */
export function describeFile(lake: Lake, path: string): Promise<Fingerprint & { readonly stats: string }> {
  const bounds = FILE_COLUMNS.map((column) => `${asJson(column, 'min')}, ${asJson(column, 'max')}`)
  const nulls = NAMES.map((name) => `(count(*) - count(${name}))::DOUBLE`)
  return lake.engine.use(async (connection) => {
    const source = `read_parquet(${sqlLiteral(path)}, hive_partitioning = false)`
    const values = await onlyRow(connection, [FINGERPRINT, ...bounds, ...nulls].join(', '), source)
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
  return Object.fromEntries(values.filter(([, value]) => value !== null))
}
