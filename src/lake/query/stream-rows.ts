import type { DuckDBValue } from '@duckdb/node-api'
import type { SnapshotRow } from '../../snapshot/row.ts'
import type { Lake } from '../open.ts'
import type { SnapshotFile } from '../tables/data-files.ts'
import { readFailure } from './errors.ts'
import { encodedColumnSql, type SnapshotColumn } from './scan-rows.ts'
import { snapshotSource } from './snapshot-source.ts'

/** Which rows of some data files to read, and in which order. */
export interface RowStream<C extends SnapshotColumn> {
  readonly files: readonly SnapshotFile[]
  readonly columns: readonly C[]
  /** SQL condition on columns of the files. `values` has its parameters, written `$name`. */
  readonly where: string
  readonly values?: Readonly<Record<string, DuckDBValue>>
  /** Columns of the files, most significant first. */
  readonly orderBy: readonly SnapshotColumn[]
}

/**
 * Hands over the rows of data files one after the other, so that only a chunk of them and what DuckDB sorts is in memory.
 * Values are those of `SnapshotRow`.
 * @param onRow may keep the row. It is called synchronously; a promise that it returns is awaited before the next row.
 * @throws Failure EXIT.io when a file is missing or damaged; what `onRow` throws.
 */
export async function streamRows<C extends SnapshotColumn>(
  lake: Lake,
  { files, columns, where, values, orderBy }: RowStream<C>,
  onRow: (row: Pick<SnapshotRow, C>) => Promise<void> | undefined,
): Promise<void> {
  if (files.length === 0) return
  const select = columns.map((name) => `${encodedColumnSql(name)} AS "${name}"`).join(', ')
  const order = orderBy.map((name) => `"${name}"`).join(', ')
  const sql = `SELECT ${select} FROM (SELECT * FROM ${snapshotSource(lake, files)} WHERE ${where} ORDER BY ${order})`
  const empty = Object.fromEntries(columns.map((name) => [name, null])) as Pick<SnapshotRow, C>
  await lake.engine.use(async (connection) => {
    const failed = async (error: unknown) => {
      throw await readFailure(lake, { folder: lake.layout.table, files }, error)
    }
    const result = await connection.stream(sql, values && { ...values }).catch(failed)
    for (;;) {
      const chunk = await result.fetchChunk().catch(failed)
      if (!chunk || chunk.rowCount === 0) return
      const decoded = columns.map((name, at) => decoder(name, chunk.getColumnValues(at)))
      for (let at = 0; at < chunk.rowCount; at++) {
        const row = { ...empty }
        for (const [index, name] of columns.entries()) row[name] = decoded[index]?.(at) as never
        const waiting = onRow(row)
        if (waiting) await waiting
      }
    }
  })
}

/** Reads a value of a column that `encodedColumnSql` encoded. */
function decoder(name: SnapshotColumn, values: readonly DuckDBValue[]): (at: number) => DuckDBValue {
  if (name === 'expiry' || name === 'yearmonth') return (at) => String(values[at])
  if (name === 'date') {
    return (at) => new Date(Number(values[at]) * 86_400_000).toISOString().slice(0, 10)
  }
  return (at) => {
    const value = values[at] as DuckDBValue
    return Number.isNaN(value) ? null : value
  }
}
