import { link, open, realpath, rename, rm } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { AddFile } from '../../delta/actions.ts'
import { discard, exists, flushFolders, ioFailure } from '../../delta/atomic-file.ts'
import type { ExpiryDate, SessionDate } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { Column } from '../../snapshot/column.ts'
import { SNAPSHOT_COLUMNS } from '../../snapshot/row.ts'
import { openSandbox, sqlLiteral } from '../engines/duckdb.ts'
import { TEMPORARY_PREFIX } from '../layout.ts'
import { currentTable, type Lake } from '../open.ts'
import { roundedSql } from '../tables/precision.ts'
import { firstLine, readFailure } from './errors.ts'
import { filesOf } from './file-index.ts'
import { snapshotSource } from './scan.ts'

/** What is exported, and where to. */
export interface ExportRequest {
  readonly symbol: string
  /** New York dates, both included. */
  readonly from: SessionDate
  readonly to: SessionDate
  /** Only this one; all if left out. */
  readonly expiry?: ExpiryDate
  /** A file whose name ends in `.parquet` or `.csv`; its folder must be there. */
  readonly out: string
  /** Whether a file of that name may be replaced. */
  readonly replace: boolean
}

export interface ExportReport {
  /** Absolute. */
  readonly path: string
  readonly rows: number
  readonly bytes: number
}

export interface ExportEnv {
  /** Stops it when aborted: nothing is left behind, and the signal's reason is thrown. */
  readonly signal: AbortSignal
  /** Rows read so far, and rows there are to read. */
  onProgress?(done: number, total: number): void
}

const PROGRESS_EVERY_MS = 250
/** DuckDB counts rows only where it would draw a bar. */
const SETTINGS = ['SET enable_progress_bar = true', 'SET enable_progress_bar_print = false']

/**
 * Writes the rows of a symbol, every column, into one file: whole and flushed under its name, or not at all. One day
 * after another; within a day as they are stored. Parquet as in the lake (timestamps with their zone); in CSV times
 * are ISO text in UTC and null is nothing between two commas.
 * @throws Failure EXIT.usage when the name has another ending, is taken, or there are no such rows; EXIT.cannotCreate
 * when the folder is not there or not writable; EXIT.io when the disk refuses or data cannot be read.
 */
export async function exportRows(lake: Lake, request: ExportRequest, env: ExportEnv): Promise<ExportReport> {
  const path = await target(request)
  const files = filesOf(await currentTable(lake), request.symbol).filter(
    (file) => file.date >= request.from && file.date <= request.to,
  )
  if (files.length === 0) throw nothingToExport(lake, request)
  const temporary = join(dirname(path), `${TEMPORARY_PREFIX}${lake.log.unique()}`)
  try {
    const rows = await copy(lake, { request, files, temporary, path }, env)
    if (rows === 0) throw nothingToExport(lake, request)
    const bytes = await reveal({ temporary, path, replace: request.replace })
    return { path, rows, bytes }
  } finally {
    await discard(temporary)
  }
}

async function target({ out, replace }: ExportRequest): Promise<string> {
  if (!['.parquet', '.csv'].includes(extname(out))) {
    throw new Failure(EXIT.usage, `${out} does not end in .parquet or .csv: the ending says what to write`)
  }
  const folder = await realpath(dirname(resolve(out))).catch((error: NodeJS.ErrnoException) => {
    throw new Failure(
      EXIT.cannotCreate,
      `the folder of ${resolve(out)} cannot be found (${error.code}): make it first`,
    )
  })
  const path = join(folder, basename(out))
  if (!replace && (await exists(path))) throw taken(path)
  return path
}

interface Copy {
  readonly request: ExportRequest
  readonly files: readonly AddFile[]
  readonly temporary: string
  readonly path: string
}

/** In a database of its own, which may write into the target's folder; returns the rows written. */
async function copy(lake: Lake, work: Copy, env: ExportEnv): Promise<number> {
  env.signal.throwIfAborted()
  const { instance, connection } = await openSandbox([lake.layout.root, dirname(work.path)], SETTINGS)
  const stop = () => connection.interrupt()
  env.signal.addEventListener('abort', stop)
  const watching = watchProgress(connection, work.files, env)
  try {
    const done = await connection.runAndReadAll(copySql(lake, work))
    return Number(done.getRows()[0]?.[0] ?? 0)
  } catch (error) {
    if (env.signal.aborted) throw env.signal.reason
    if (firstLine(error).includes(work.temporary)) throw refusedByDisk(work.path, error)
    throw await readFailure(lake, work.files, error)
  } finally {
    clearInterval(watching)
    env.signal.removeEventListener('abort', stop)
    connection.closeSync()
    instance.closeSync()
  }
}

function watchProgress(connection: DuckDBConnection, files: readonly AddFile[], env: ExportEnv) {
  const total = files.reduce((sum, file) => sum + file.rows, 0)
  return setInterval(() => {
    const { percentage } = connection.progress
    if (percentage >= 0) env.onProgress?.(Math.round((Math.min(100, percentage) / 100) * total), total)
  }, PROGRESS_EVERY_MS)
}

function copySql(lake: Lake, { request, files, temporary, path }: Copy): string {
  const isCsv = extname(path) === '.csv'
  const columns = (SNAPSHOT_COLUMNS as readonly Column[]).map((column) =>
    isCsv && column.type === 'timestamp'
      ? `strftime(${roundedSql(column)} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%gZ') AS "${column.name}"`
      : `${roundedSql(column)} AS "${column.name}"`,
  )
  const where = request.expiry === undefined ? '' : ` WHERE expiry = ${sqlLiteral(request.expiry)}`
  const how = isCsv ? 'FORMAT csv, HEADER' : 'FORMAT parquet, COMPRESSION zstd'
  const select = `SELECT ${columns.join(', ')} FROM ${snapshotSource(lake, files)}${where}`
  return `COPY (${select}) TO ${sqlLiteral(temporary)} (${how})`
}

async function reveal({
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
    // A link, unlike a rename, does not replace what came there in the meantime.
    if (replace) await rename(temporary, path)
    else await link(temporary, path).then(() => rm(temporary))
    await flushFolders(dirname(path), dirname(path))
    return size
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? taken(path) : ioFailure('write', path, error)
  }
}

function taken(path: string): Failure {
  return new Failure(EXIT.usage, `${path} is there already: choose another name, or replace it with --force`)
}

function refusedByDisk(path: string, error: unknown): Failure {
  const message = firstLine(error)
  const kind = /permission denied|read-only/i.test(message) ? EXIT.cannotCreate : EXIT.io
  return new Failure(kind, `cannot write ${path}: ${message}`, error)
}

function nothingToExport(lake: Lake, { symbol, from, to, expiry }: ExportRequest): Failure {
  const what = `${symbol} from ${from} to ${to}${expiry === undefined ? '' : ` of expiry ${expiry}`}`
  return new Failure(
    EXIT.usage,
    `no rows of ${what} in ${lake.layout.root}; optionlake status shows what there is`,
  )
}
