import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { formatTable } from '../../src/commands/terminal/table.ts'
import { sqlLiteral } from '../../src/lake/engines/duckdb.ts'
import { currentState, type Lake } from '../../src/lake/open.ts'
import type { SessionDate } from '../../src/market/units.ts'

/** Prints what each column takes in the compacted files of a day: bytes of its pages a row, largest first. */
export async function printColumnBytes(
  lake: Lake,
  duckdb: DuckDBConnection,
  date: SessionDate,
): Promise<void> {
  const files = [...(await currentState(lake)).files.values()].filter((file) => file.date === date)
  const rows = files.reduce((sum, file) => sum + (file.rows ?? 0), 0)
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  const paths = files.map(({ path }) => sqlLiteral(join(lake.layout.table, path))).join(', ')
  const answer = await duckdb.runAndReadAll(
    `SELECT path_in_schema, sum(total_compressed_size)::DOUBLE FROM parquet_metadata([${paths}]) GROUP BY 1 ORDER BY 2 DESC`,
  )
  const columns = answer.getRows().map(([name, size]) => ({ name: String(name), bytes: Number(size) }))
  const pages = columns.reduce((sum, one) => sum + one.bytes, 0)
  const all = [...columns, { name: 'footers and indexes', bytes: bytes - pages }]
  console.log(
    formatTable(all, [
      { title: 'column', value: ({ name }) => name },
      { title: 'bytes a row', align: 'right', value: (one) => (one.bytes / rows).toFixed(4) },
    ]),
  )
}
