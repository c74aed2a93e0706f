import { link, open, realpath, rename, rm } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { discard, flushFolders, TEMPORARY_PREFIX } from '../../delta/index.ts'
import type { ExpiryDate, SessionDate } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { Column } from '../../snapshot/column.ts'
import { SNAPSHOT_COLUMNS } from '../../snapshot/row.ts'
import { exists, ioFailure } from '../delta.ts'
import { firstLine, openSandbox, sqlLiteral } from '../engines/duckdb.ts'
import { currentState, type Lake } from '../open.ts'
import type { ProgressOptions } from '../progress.ts'
import type { StoredFile } from '../tables/data-files.ts'
import { folderOf, smallState } from '../tables/loaded-small-tables.ts'
import { roundedSql } from '../tables/precision.ts'
import { SMALL_TABLES, type SmallTable, schemaOf } from '../tables/small-tables.ts'
import { readFailure } from './errors.ts'
import { filesOf } from './file-index.ts'
import { parquetSource } from './parquet-source.ts'
import { snapshotSource } from './snapshot-source.ts'

/** The tables that can be exported: all but the ledger, whose newest part is in the log. */
export const EXPORT_TABLES: readonly string[] = [
  'option_snapshots',
  ...SMALL_TABLES.map(({ name }) => name).filter((name) => name !== 'slots'),
]

/** What to export, and to which file. */
export interface ExportRequest {
  /** One of `EXPORT_TABLES`; `option_snapshots` if left out. */
  readonly table?: string
  readonly symbol: string
  /** Trade dates, inclusive. */
  readonly from: SessionDate
  readonly to: SessionDate
  /** All expiries if left out. */
  readonly expiry?: ExpiryDate
  /** All trading classes if left out. */
  readonly tradingClass?: string
  /** A path that ends in `.parquet` or `.csv`, in an existing folder. */
  readonly out: string
  /** Whether an existing file may be replaced. */
  readonly replace: boolean
}

export interface ExportReport {
  /** Absolute. */
  readonly path: string
  readonly rows: number
  readonly bytes: number
}

const PROGRESS_EVERY_MS = 250
/** DuckDB measures its progress only with the progress bar enabled. */
const SETTINGS = ['SET enable_progress_bar = true', 'SET enable_progress_bar_print = false']

/**
 * Writes all columns of a symbol's rows to one file, which appears under its name complete and flushed, or not at all.
 * Rows are ordered by day, and within a day as stored. Parquet files have the types of the lake. In CSV files, times
 * are ISO text in UTC, and null is an empty cell.
 * @param progress in rows; if its signal is aborted, nothing is left behind.
 * @throws Failure EXIT.usage when the name has another extension or exists, or when there are no such rows;
 * EXIT.cannotCreate when the folder does not exist or cannot be written; EXIT.io when a disk operation fails or data
 * cannot be read.
 */
export async function exportRows(
  lake: Lake,
  request: ExportRequest,
  progress: ProgressOptions = {},
): Promise<ExportReport> {
  const path = await targetPath(request)
  const source = await sourceOf(lake, request)
  if (source.files.length === 0) throw noRowsFailure(lake, request)
  const temporary = join(dirname(path), `${TEMPORARY_PREFIX}${lake.snapshots.unique()}`)
  try {
    const rows = await copy(lake, { source, temporary, path }, progress)
    if (rows === 0) throw noRowsFailure(lake, request)
    const bytes = await publish({ temporary, path, replace: request.replace })
    return { path, rows, bytes }
  } finally {
    await discard(temporary)
  }
}

/** The absolute path of a file to write. @throws Failure as `exportRows`. */
export async function targetPath({ out, replace }: Pick<ExportRequest, 'out' | 'replace'>): Promise<string> {
  if (!['.parquet', '.csv'].includes(extname(out))) {
    throw new Failure(EXIT.usage, `${out} does not end in .parquet or .csv: the extension selects the format`)
  }
  const folder = await realpath(dirname(resolve(out))).catch((error: NodeJS.ErrnoException) => {
    throw new Failure(
      EXIT.cannotCreate,
      `the folder of ${resolve(out)} cannot be found (${error.code}): create it first`,
    )
  })
  const path = join(folder, basename(out))
  if (!replace && (await exists(path))) throw existsFailure(path)
  return path
}

/** The rows to copy. */
interface Source {
  readonly folder: string
  readonly files: readonly StoredFile[]
  readonly columns: readonly Column[]
  /** SQL after the FROM of a query. */
  readonly from: string
}

async function sourceOf(lake: Lake, request: ExportRequest): Promise<Source> {
  const { table = 'option_snapshots' } = request
  const small = SMALL_TABLES.find(({ name }) => name === table && EXPORT_TABLES.includes(name))
  if (small) return smallSource(lake, small, request)
  if (table !== 'option_snapshots') {
    throw new Failure(EXIT.usage, `no table ${table} to export: choose one of ${EXPORT_TABLES.join(', ')}`)
  }
  const { symbol, from, to, expiry, tradingClass } = request
  const files = filesOf(await currentState(lake), symbol).filter(
    (file) => file.date >= from && file.date <= to,
  )
  const conditions = [
    ...(expiry === undefined ? [] : [`expiry = ${sqlLiteral(expiry)}`]),
    ...(tradingClass === undefined ? [] : [`trading_class = ${sqlLiteral(tradingClass)}`]),
  ]
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
  const rows = files.length === 0 ? '' : `${snapshotSource(lake, files)}${where}`
  return { folder: lake.layout.table, files, columns: SNAPSHOT_COLUMNS, from: rows }
}

async function smallSource(lake: Lake, table: SmallTable, request: ExportRequest): Promise<Source> {
  const { symbol, from, to, expiry, tradingClass } = request
  const has = (column: string) => table.columns.some(({ name }) => name === column)
  for (const [column, value] of [['expiry', expiry] as const, ['trading_class', tradingClass] as const]) {
    if (value === undefined || has(column)) continue
    throw new Failure(EXIT.usage, `${table.name} has no column ${column}: leave it out`)
  }
  const all = [...((await smallState(lake, table))?.files.values() ?? [])]
  const files = all.filter(({ partition }) => partition === null || (partition >= from && partition <= to))
  const source = { folder: folderOf(lake, table), ...schemaOf(table) }
  const parts = files.map(({ path, sha256, partition }) => ({
    ...{ path, sha256 },
    partition: table.partition === null ? [] : [partition],
  }))
  const conditions = [
    `symbol = ${sqlLiteral(symbol)}`,
    `date BETWEEN ${sqlLiteral(from)} AND ${sqlLiteral(to)}`,
    ...(expiry === undefined ? [] : [`expiry = ${sqlLiteral(expiry)}`]),
    ...(tradingClass === undefined ? [] : [`trading_class = ${sqlLiteral(tradingClass)}`]),
  ].join(' AND ')
  const order = table.key.map((name) => `"${name}"`).join(', ')
  const rows =
    files.length === 0 ? '' : `${parquetSource(source, parts)} WHERE ${conditions} ORDER BY ${order}`
  return { folder: source.folder, files, columns: table.columns, from: rows }
}

interface Copy {
  readonly source: Source
  readonly temporary: string
  readonly path: string
}

/** Copies in a sandbox that includes the target's folder. Returns the number of rows written. */
async function copy(lake: Lake, work: Copy, progress: ProgressOptions): Promise<number> {
  const { signal } = progress
  signal?.throwIfAborted()
  const { connection, close } = await openSandbox([lake.layout.root, dirname(work.path)], SETTINGS)
  const stop = () => connection.interrupt()
  signal?.addEventListener('abort', stop)
  const timer = startProgress(connection, work.source.files, progress)
  try {
    const done = await connection.runAndReadAll(copySql(work))
    return Number(done.getRows()[0]?.[0] ?? 0)
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    if (firstLine(error).includes(work.temporary)) throw writeFailure(work.path, error)
    throw await readFailure(lake, work.source, error)
  } finally {
    clearInterval(timer)
    signal?.removeEventListener('abort', stop)
    close()
  }
}

function startProgress(
  connection: DuckDBConnection,
  files: readonly StoredFile[],
  { onProgress }: ProgressOptions,
) {
  const total = files.reduce((sum, file) => sum + (file.rows ?? 0), 0)
  return setInterval(() => {
    const { percentage } = connection.progress
    if (percentage >= 0) onProgress?.(Math.round((Math.min(100, percentage) / 100) * total), total)
  }, PROGRESS_EVERY_MS)
}

function copySql({ source, temporary, path }: Copy): string {
  const isCsv = extname(path) === '.csv'
  const columns = source.columns.map((column) =>
    isCsv && column.type === 'timestamp'
      ? `strftime(${roundedSql(column)} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%gZ') AS "${column.name}"`
      : `${roundedSql(column)} AS "${column.name}"`,
  )
  const how = isCsv ? 'FORMAT csv, HEADER' : 'FORMAT parquet, COMPRESSION zstd'
  const select = `SELECT ${columns.join(', ')} FROM ${source.from}`
  return `COPY (${select}) TO ${sqlLiteral(temporary)} (${how})`
}

/** Gives a complete temporary file its name, flushed; returns its size. @throws Failure as `exportRows`. */
export async function publish({
  temporary,
  path,
  replace,
}: {
  temporary: string
  path: string
  replace: boolean
}): Promise<number> {
  try {
    const handle = await open(temporary, 'r')
    const { size } = await handle.stat()
    await handle.sync().finally(() => handle.close())
    // A link, unlike a rename, does not replace a file that was created in the meantime.
    if (replace) await rename(temporary, path)
    else await link(temporary, path).then(() => rm(temporary))
    await flushFolders(dirname(path), dirname(path))
    return size
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST'
      ? existsFailure(path)
      : ioFailure('write', path, error)
  }
}

function existsFailure(path: string): Failure {
  return new Failure(EXIT.usage, `${path} exists already: choose another name, or replace it with --force`)
}

/** The failure of a file that DuckDB could not write. */
export function writeFailure(path: string, error: unknown): Failure {
  const message = firstLine(error)
  const kind = /permission denied|read-only/i.test(message) ? EXIT.cannotCreate : EXIT.io
  return new Failure(kind, `cannot write ${path}: ${message}`, error)
}

function noRowsFailure(
  lake: Lake,
  { table = 'option_snapshots', symbol, from, to, expiry, tradingClass }: ExportRequest,
): Failure {
  const ofExpiry = expiry === undefined ? '' : ` of expiry ${expiry}`
  const ofClass = tradingClass === undefined ? '' : ` of class ${tradingClass}`
  const what = `${symbol} from ${from} to ${to}${ofExpiry}${ofClass}`
  return new Failure(
    EXIT.usage,
    `no rows of ${what} in ${table} of ${lake.layout.root}; optionlake status shows what it holds`,
  )
}
