import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Action, TableState } from '../../delta/index.ts'
import type { Frame } from '../engines/polars.ts'
import { smallPath } from '../layout.ts'
import type { Lake } from '../open.ts'
import { commitInfo } from '../tables/commit-info.ts'
import { folderOf, writableSmallTable } from '../tables/loaded-small-tables.ts'
import { fieldOf, rowsOfFiles, sortedByKey } from '../tables/read-rows.ts'
import { addedColumns } from '../tables/schema-evolution.ts'
import { addedValues, parquetOfRows, statsOfRows } from '../tables/small-files.ts'
import { type SmallFile, type SmallTable, schemaOf, type TableRow } from '../tables/small-tables.ts'
import { changedFiles } from './changed-files.ts'
import { checkDate, checkSmallRows } from './check-rows.ts'
import { checkWriting, commitChange, type TableChange } from './commit-change.ts'
import { named, removalOf, type StagedFile, stageFile, withdraw } from './data-file.ts'
import { type MaintenanceReport, maintain } from './maintenance.ts'

/** The result of a write to a small table. */
interface SmallWrite {
  /** The version of the table that contains the write. */
  readonly version: number
  readonly maintenance: MaintenanceReport
}

/** The new rows of each partition that changes. `null` is the partition of a table without partitions. */
interface Rewrite<T extends SmallTable> {
  readonly next: ReadonlyMap<string | null, (stored: readonly TableRow<T>[]) => readonly TableRow<T>[]>
  /** Those of a partition's files that are read and replaced; left out: all. */
  readonly choose?: (part: string | null, files: readonly SmallFile[]) => readonly SmallFile[]
  /** The version of another log that this change includes. Nothing is written if the table already includes it. */
  readonly transaction?: { readonly appId: string; readonly version: number }
}

/**
 * Writes rows to a small table. Each replaces the stored row with the same key; other rows are kept. All become visible
 * in one commit. Once this returns, they survive a power cut.
 * @throws Failure EXIT.io when a disk operation fails: nothing is then visible. RangeError when a value does not fit
 * its column.
 */
export async function upsert<T extends SmallTable>(
  lake: Lake,
  table: T,
  rows: readonly TableRow<T>[],
): Promise<SmallWrite> {
  checkSmallRows(rows)
  const fresh = rowsByPartition(table, rows)
  const next = new Map(
    [...fresh].map(([part, own]) => [part, (stored: readonly TableRow<T>[]) => merged(table, stored, own)]),
  )
  const choose = (part: string | null, files: readonly SmallFile[]) =>
    changedFiles(table, files, fresh.get(part) ?? [])
  return rewrite(lake, table, { next, choose })
}

/** Replaces all rows of one trade date. Otherwise like `upsert`. */
export async function replaceDay<T extends SmallTable>(
  lake: Lake,
  table: T,
  { date, rows }: { readonly date: string; readonly rows: readonly TableRow<T>[] },
): Promise<SmallWrite> {
  checkDate(date)
  checkSmallRows(rows)
  const dateOf = (row: TableRow<T>) => (row as { date?: string }).date
  const misplaced = rows.find((row) => dateOf(row) !== date)
  if (misplaced) throw new RangeError(`a row of ${dateOf(misplaced)} is not of ${date}`)
  const part = table.partition === 'date' ? date : null
  const next = (stored: readonly TableRow<T>[]) =>
    merged(
      table,
      stored.filter((row) => dateOf(row) !== date),
      rows,
    )
  return rewrite(lake, table, { next: new Map([[part, next]]) })
}

/** Rewrites partitions of a small table: one new file for each, one commit. */
export async function rewrite<T extends SmallTable>(
  lake: Lake,
  table: T,
  change: Rewrite<T>,
): Promise<SmallWrite> {
  checkWriting(lake)
  const stored = await writableSmallTable(lake, table)
  const { state } = await commitChange(lake, {
    table: stored,
    what: 'the same rows',
    prepare: (state) => prepare(lake, table, { state, change }),
  })
  return { version: state.version, maintenance: await maintain(lake, stored) }
}

/** Groups rows by their partition. */
export function rowsByPartition<T extends SmallTable>(
  table: T,
  rows: readonly TableRow<T>[],
): Map<string | null, TableRow<T>[]> {
  const parts = new Map<string | null, TableRow<T>[]>()
  for (const row of rows) {
    const part = table.partition === null ? null : String(fieldOf(row, table.partition))
    const own = parts.get(part)
    if (own) own.push(row)
    else parts.set(part, [row])
  }
  return parts
}

async function prepare<T extends SmallTable>(
  lake: Lake,
  table: T,
  { state, change }: { state: TableState<SmallFile>; change: Rewrite<T> },
): Promise<TableChange | null> {
  const { transaction, next, choose } = change
  const known = transaction ? (state.transactions.get(transaction.appId) ?? -1) : -1
  if (transaction ? known >= transaction.version : next.size === 0) return null
  const now = lake.clock.now()
  const actions: Action[] = [commitInfo('WRITE', { timestamp: now })]
  if (transaction) actions.push({ txn: { ...transaction, lastUpdated: now } })
  const staged: StagedFile[] = []
  const byPartition = filesByPartition(state.files.values())
  try {
    for (const [part, nextOf] of next) {
      const all = byPartition.get(part) ?? []
      const files = choose ? choose(part, all) : all
      const stored = await rowsOfFiles(lake, table, files)
      const rows = nextOf(stored)
      const kept = new Set(stored)
      const added = await addedOf(lake, table, { state, files, rows: rows.filter((row) => kept.has(row)) })
      const values = partitionValues(table, part)
      const removals = files.map((file) =>
        removalOf(file, { partitionValues: values, now, dataChange: true }),
      )
      actions.push(...removals)
      if (rows.length === 0) continue
      const file = await stageRows(lake, table, { part, rows, added })
      staged.push(file)
      actions.push({ add: file.add })
    }
  } catch (error) {
    await withdraw(staged)
    throw error
  }
  return { actions, staged }
}

/** Data files by the value of their partition column. */
export function filesByPartition(
  files: Iterable<SmallFile>,
): ReadonlyMap<string | null, readonly SmallFile[]> {
  const parts = new Map<string | null, SmallFile[]>()
  for (const file of files) {
    const own = parts.get(file.partition)
    if (own) own.push(file)
    else parts.set(file.partition, [file])
  }
  return parts
}

/**
 * The values that kept rows have in columns of another program. New rows, and rows that replace others, have null there.
 */
async function addedOf<T extends SmallTable>(
  lake: Lake,
  table: T,
  {
    state,
    files,
    rows,
  }: { state: TableState<SmallFile>; files: readonly SmallFile[]; rows: readonly TableRow<T>[] },
): Promise<Frame | null> {
  const folder = folderOf(lake, table)
  const added = addedColumns(state.metaData, schemaOf(table), folder)
  if (added.length === 0 || rows.length === 0) return null
  const bytes = await Promise.all(files.map((file) => readFile(join(folder, file.path))))
  return addedValues(table, bytes, { rows, added })
}

/** Stages rows as the data file of one partition. @throws as `stageFile` */
export async function stageRows<T extends SmallTable>(
  lake: Lake,
  table: T,
  { part, rows, added = null }: { part: string | null; rows: readonly TableRow<T>[]; added?: Frame | null },
): Promise<StagedFile> {
  const bytes = parquetOfRows(table, rows, added)
  const partition = part === null || table.partition === null ? null : { name: table.partition, value: part }
  const file = {
    folder: folderOf(lake, table),
    // The checksum in the name proves the file's contents if the log is lost.
    pathOf: (sha256: string) => smallPath(partition, named(sha256, lake.snapshots.unique())),
    partitionValues: partitionValues(table, part),
    dataChange: true,
  }
  return stageFile(lake, file, async (temporary) => {
    await writeFile(temporary, bytes)
    return { rows: rows.length, stats: statsOfRows(table, rows), tags: table.tagsOf?.(rows) ?? {} }
  })
}

export function partitionValues(table: SmallTable, part: string | null): Record<string, string> {
  return table.partition === null || part === null ? {} : { [table.partition]: part }
}

/** Merges rows, sorted by key. Of rows with the same key, the last fresh one is kept. */
function merged<T extends SmallTable>(
  table: T,
  stored: readonly TableRow<T>[],
  fresh: readonly TableRow<T>[],
): TableRow<T>[] {
  const keyOf = (row: TableRow<T>) => JSON.stringify(table.key.map((name) => fieldOf(row, name)))
  return sortedByKey(table, [...new Map([...stored, ...fresh].map((row) => [keyOf(row), row])).values()])
}
