import { link, open, realpath, rename, rm } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { discard, flushFolders, TEMPORARY_PREFIX } from '../../delta/index.ts'
import type { Right } from '../../market/contract.ts'
import type { ExpiryDate, SessionDate } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { suggest } from '../../process/suggest.ts'
import type { Column } from '../../snapshot/column.ts'
import { SNAPSHOT_COLUMNS } from '../../snapshot/row.ts'
import { exists, ioFailure } from '../delta.ts'
import { firstLine, openSandbox, sqlLiteral } from '../engines/duckdb.ts'
import type { Lake } from '../open.ts'
import type { ProgressOptions } from '../progress.ts'
import type { StoredFile } from '../tables/data-files.ts'
import { folderOf, smallState } from '../tables/loaded-small-tables.ts'
import { roundedSql } from '../tables/precision.ts'
import { SMALL_TABLES, type SmallTable, schemaOf } from '../tables/small-tables.ts'
import { readFailure } from './errors.ts'
import { snapshotFiles } from './export-files.ts'
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
  /** One or more; all symbols of the table if left out. */
  readonly symbol?: string | readonly string[] | undefined
  /** Trade dates, inclusive; all if left out. */
  readonly from?: SessionDate | undefined
  readonly to?: SessionDate | undefined
  /** All expiries if left out. */
  readonly expiry?: ExpiryDate
  /** Calls and puts if left out. */
  readonly right?: Right
  /** All trading classes if left out. */
  readonly tradingClass?: string
  /** Names of columns, in the order of the file; all if left out. */
  readonly columns?: readonly string[] | undefined
  /** A path in an existing folder. */
  readonly out: string
  /** If left out, `out` ends in `.parquet` or `.csv`, which selects the format. */
  readonly format?: FileFormat | undefined
  /** Whether an existing file may be replaced. */
  readonly replace: boolean
}

/** The formats of one file. */
export const FILE_FORMATS = ['parquet', 'csv'] as const
export type FileFormat = (typeof FILE_FORMATS)[number]

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
 * Writes the rows of symbols to one file, which appears under its name complete and flushed, or not at all.
 * Rows are ordered by symbol and day, and within a day as stored; those of other tables by their keys. Parquet files have the types of the lake. In CSV files, times
 * are ISO text in UTC, and null is an empty cell.
 * @param progress in rows; if its signal is aborted, nothing is left behind.
 * @throws Failure EXIT.usage when the name does not tell the format or exists, or when there are no such rows or columns;
 * EXIT.cannotCreate when the folder does not exist or cannot be written; EXIT.io when a disk operation fails or data
 * cannot be read.
 */
export async function exportRows(
  lake: Lake,
  request: ExportRequest,
  progress: ProgressOptions = {},
): Promise<ExportReport> {
  const format = formatOf(request)
  const path = await targetPath(request)
  const source = await sourceOf(lake, request)
  const columns = chosenColumns(source.columns, request)
  if (source.files.length === 0) throw noRowsFailure(lake, request)
  const temporary = join(dirname(path), `${TEMPORARY_PREFIX}${lake.snapshots.unique()}`)
  try {
    const rows = await copy(lake, { source, columns, temporary, path, format }, progress)
    if (rows === 0) throw noRowsFailure(lake, request)
    const bytes = await publish({ temporary, path, replace: request.replace })
    return { path, rows, bytes }
  } finally {
    await discard(temporary)
  }
}

/** The format of a file, by its name if it is not given. @throws Failure EXIT.usage */
export function formatOf({ out, format }: Pick<ExportRequest, 'out' | 'format'>): FileFormat {
  const named = FILE_FORMATS.find((one) => extname(out) === `.${one}`)
  const chosen = format ?? named
  if (chosen === undefined) {
    throw new Failure(EXIT.usage, `${out} does not end in .parquet or .csv: the extension selects the format`)
  }
  if (named === undefined || named === chosen) return chosen
  throw new Failure(
    EXIT.usage,
    `${out} ends in .${named}, but the format is ${chosen}: leave one of them out`,
  )
}

/** The absolute path of a file to write. @throws Failure as `exportRows`. */
export async function targetPath({ out, replace }: Pick<ExportRequest, 'out' | 'replace'>): Promise<string> {
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
  const { from, to, expiry, right, tradingClass } = request
  const symbols = symbolsOf(request)
  const files = await snapshotFiles(lake, { symbols, from, to })
  const missing = symbols?.find((symbol) => !files.some((file) => file.symbol === symbol))
  if (missing !== undefined && files.length > 0) throw noRowsFailure(lake, { ...request, symbol: missing })
  const conditions = [
    ...(expiry === undefined ? [] : [`expiry = ${sqlLiteral(expiry)}`]),
    ...(right === undefined ? [] : [`"right" = ${sqlLiteral(right)}`]),
    ...(tradingClass === undefined ? [] : [`trading_class = ${sqlLiteral(tradingClass)}`]),
  ]
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
  const rows = files.length === 0 ? '' : `${snapshotSource(lake, files)}${where}`
  return { folder: lake.layout.table, files, columns: SNAPSHOT_COLUMNS, from: rows }
}

async function smallSource(lake: Lake, table: SmallTable, request: ExportRequest): Promise<Source> {
  const { from, to, expiry, right, tradingClass } = request
  const symbols = symbolsOf(request)
  const named = [
    ['expiry', expiry],
    ['right', right],
    ['trading_class', tradingClass],
  ] as const
  for (const [column, value] of named) {
    if (value === undefined || table.columns.some(({ name }) => name === column)) continue
    throw new Failure(EXIT.usage, `${table.name} has no column ${column}: leave it out`)
  }
  const all = [...((await smallState(lake, table))?.files.values() ?? [])]
  const inDates = (date: string) => (from === undefined || date >= from) && (to === undefined || date <= to)
  const files = all.filter(({ partition }) => partition === null || inDates(partition))
  const source = { folder: folderOf(lake, table), ...schemaOf(table) }
  const parts = files.map(({ path, sha256, partition }) => ({
    ...{ path, sha256 },
    partition: table.partition === null ? [] : [partition],
  }))
  const conditions = [
    ...(symbols === undefined ? [] : [`symbol IN (${symbols.map(sqlLiteral).join(', ')})`]),
    ...(from === undefined ? [] : [`date >= ${sqlLiteral(from)}`]),
    ...(to === undefined ? [] : [`date <= ${sqlLiteral(to)}`]),
    ...named.flatMap(([column, value]) =>
      value === undefined ? [] : [`"${column}" = ${sqlLiteral(value)}`],
    ),
  ]
  const where = conditions.join(' AND ') || 'true'
  const order = table.key.map((name) => `"${name}"`).join(', ')
  const rows = files.length === 0 ? '' : `${parquetSource(source, parts)} WHERE ${where} ORDER BY ${order}`
  return { folder: source.folder, files, columns: table.columns, from: rows }
}

/** The symbols of a request; undefined for all. */
function symbolsOf({ symbol }: ExportRequest): readonly string[] | undefined {
  return typeof symbol === 'string' ? [symbol] : symbol
}

/** @throws Failure EXIT.usage for a name that the table does not have. */
function chosenColumns(all: readonly Column[], { columns, table }: ExportRequest): readonly Column[] {
  return (
    columns?.map((name) => {
      const column = all.find((one) => one.name === name)
      if (column) return column
      const names = all.map((one) => one.name)
      throw new Failure(
        EXIT.usage,
        `${table ?? 'option_snapshots'} has no column ${name}: did you mean ${suggest(name, names)}?`,
      )
    }) ?? all
  )
}

interface Copy {
  readonly source: Source
  readonly columns: readonly Column[]
  readonly format: FileFormat
  readonly temporary: string
  readonly path: string
}

/** Copies in a sandbox that includes the target's folder. Returns the number of rows written. */
async function copy(lake: Lake, work: Copy, progress: ProgressOptions): Promise<number> {
  const { signal } = progress
  signal?.throwIfAborted()
  // What a sort needs above the memory limit is beside the target, which has room for the rows.
  const spill = `${work.temporary}.sort`
  const settings = [...SETTINGS, `SET GLOBAL temp_directory = ${sqlLiteral(spill)}`]
  const { connection, close } = await openSandbox([lake.layout.root, dirname(work.path)], settings)
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
    await rm(spill, { recursive: true, force: true })
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

function copySql({ source, columns: chosen, temporary, format }: Copy): string {
  const isCsv = format === 'csv'
  const columns = chosen.map((column) =>
    isCsv && column.type === 'timestamp'
      ? `${isoSql(roundedSql(column))} AS "${column.name}"`
      : `${roundedSql(column)} AS "${column.name}"`,
  )
  const how = isCsv ? 'FORMAT csv, HEADER' : 'FORMAT parquet, COMPRESSION zstd'
  const select = `SELECT ${columns.join(', ')} FROM ${source.from}`
  return `COPY (${select}) TO ${sqlLiteral(temporary)} (${how})`
}

/** A `timestamptz` as ISO text in UTC. A time zone, even UTC, would take a third longer. */
function isoSql(time: string): string {
  return `strftime(make_timestamp(epoch_us(${time})), '%Y-%m-%dT%H:%M:%S.%gZ')`
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

function noRowsFailure(lake: Lake, request: ExportRequest): Failure {
  const { table = 'option_snapshots', from, to, expiry, right, tradingClass } = request
  const parts = [
    symbolsOf(request)?.join(', ') ?? 'any symbol',
    ...(from === undefined ? [] : [`from ${from}`]),
    ...(to === undefined ? [] : [`to ${to}`]),
    ...(expiry === undefined ? [] : [`of expiry ${expiry}`]),
    ...(right === undefined ? [] : [right === 'C' ? 'of calls' : 'of puts']),
    ...(tradingClass === undefined ? [] : [`of class ${tradingClass}`]),
  ]
  return new Failure(
    EXIT.usage,
    `no rows of ${parts.join(' ')} in ${table} of ${lake.layout.root}; optionlake status shows what it holds`,
  )
}
