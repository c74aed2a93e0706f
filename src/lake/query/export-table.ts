import { createWriteStream } from 'node:fs'
import { rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { discard, TEMPORARY_PREFIX } from '../../delta/index.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { Column } from '../../snapshot/column.ts'
import { ioFailure } from '../delta.ts'
import { openSandbox, sqlLiteral } from '../engines/duckdb.ts'
import type { Lake } from '../open.ts'
import { type ExportReport, type FileFormat, formatOf, publish, targetPath, writeFailure } from './export.ts'
import { SQL_TYPE } from './parquet-source.ts'

/** Computed rows and the file that they go to. */
export interface TableExport {
  /** In the order of the file; `timestamp` values are epoch milliseconds. */
  readonly columns: readonly Column[]
  readonly rows: AsyncIterable<Readonly<Record<string, string | number | null>>>
  /** A path in an existing folder. */
  readonly out: string
  /** If left out, the ending of `out` selects it. */
  readonly format?: FileFormat | undefined
  /** Whether an existing file may be replaced. */
  readonly replace: boolean
}

/**
 * Writes rows to one Parquet or CSV file as they come, so that memory does not grow with their number. The file appears
 * under its name complete and flushed, or not at all. In CSV files, times are ISO text in UTC, and null is an empty cell.
 * @throws Failure as `exportRows`, EXIT.usage where there are no rows; the reason of `signal` when it is aborted.
 */
export async function exportTable(
  lake: Pick<Lake, 'snapshots'>,
  { columns, rows, out, format, replace }: TableExport,
  signal: AbortSignal,
): Promise<ExportReport> {
  const isCsv = formatOf({ out, format }) === 'csv'
  const path = await targetPath({ out, replace })
  const temporary = join(dirname(path), `${TEMPORARY_PREFIX}${lake.snapshots.unique()}`)
  const csv = `${temporary}.csv`
  let count = 0
  async function* lines() {
    yield `${columns.map(({ name }) => name).join(',')}\n`
    for await (const row of rows) {
      signal.throwIfAborted()
      count++
      yield `${columns.map((column) => cellOf(column, row[column.name] ?? null)).join(',')}\n`
    }
  }
  try {
    await pipeline(Readable.from(lines()), createWriteStream(csv, { flags: 'wx' }), { signal }).catch(
      (error: unknown) => {
        if (signal.aborted) throw signal.reason
        throw error instanceof Failure ? error : ioFailure('write', path, error)
      },
    )
    if (count === 0)
      throw new Failure(EXIT.usage, `there are no rows for ${path}: choose other dates or symbols`)
    if (isCsv) await rename(csv, temporary)
    else await parquetOf(csv, { columns, temporary, path })
    const bytes = await publish({ temporary, path, replace })
    return { path, rows: count, bytes }
  } finally {
    await discard(csv)
    await discard(temporary)
  }
}

async function parquetOf(
  csv: string,
  { columns, temporary, path }: { columns: readonly Column[]; temporary: string; path: string },
): Promise<void> {
  const types = columns.map(({ name, type }) => `${sqlLiteral(name)}: ${sqlLiteral(SQL_TYPE[type])}`)
  const source = `read_csv(${sqlLiteral(csv)}, header = true, auto_detect = false, delim = ',', quote = '"', columns = {${types.join(', ')}})`
  const { connection, close } = await openSandbox([dirname(path)])
  try {
    await connection.run(
      `COPY (SELECT * FROM ${source}) TO ${sqlLiteral(temporary)} (FORMAT parquet, COMPRESSION zstd)`,
    )
  } catch (error) {
    throw writeFailure(path, error)
  } finally {
    close()
  }
}

function cellOf({ type }: Column, value: string | number | null): string {
  if (value === null) return ''
  if (type === 'timestamp') return new Date(value).toISOString()
  const text = String(value)
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
