import { join } from 'node:path'
import { type Action, type Add, SEALED } from '../../delta/actions.ts'
import { discard, publish } from '../../delta/atomic-file.ts'
import { commitAnew, type Log, type Prepared } from '../../delta/log.ts'
import { type MaintenanceReport, maintain } from '../../delta/maintenance.ts'
import type { Table } from '../../delta/table.ts'
import { sha256Of } from '../checksum.ts'
import { pathToLog, smallPath } from '../layout.ts'
import type { Lake } from '../open.ts'
import { fieldOf, rowsOfFiles, sortedByKey } from '../tables/read-rows.ts'
import { ENGINE } from '../tables/schema.ts'
import { bytesOfRows, statsOfRows } from '../tables/small-files.ts'
import { folderOf, tableLog } from '../tables/small-logs.ts'
import type { SmallFile, SmallTable, TableRow } from '../tables/small-tables.ts'
import { ROWS_TAG, SHA256_TAG } from './data-file.ts'

/** What became of a write to a small table. */
export interface SmallWrite {
  /** The version that holds it. */
  readonly version: number
  readonly upkeep: MaintenanceReport
}

/** What is to become of the rows of each partition that changes. `null` is the partition of a table without them. */
export interface Rewrite<T extends SmallTable> {
  readonly next: ReadonlyMap<string | null, (stored: readonly TableRow<T>[]) => readonly TableRow<T>[]>
  /** How far another log is taken in by this: nothing is written when the table is that far already. */
  readonly transaction?: { readonly appId: string; readonly version: number }
}

/**
 * Writes rows into a small table: each replaces the stored one of its key, and the others stay. All become visible in
 * one commit, and once this returns they outlive a power cut.
 * @throws Failure EXIT.io when the disk refuses: then nothing of it is visible. RangeError when a value does not fit
 * its column.
 */
export async function upsert<T extends SmallTable>(
  lake: Lake,
  table: T,
  rows: readonly TableRow<T>[],
): Promise<SmallWrite> {
  const next = new Map(
    [...partsOf(table, rows)].map(([part, fresh]) => [
      part,
      (stored: readonly TableRow<T>[]) => merged(table, stored, fresh),
    ]),
  )
  return rewrite(lake, table, { next })
}

/** Makes these the rows of one New York date, whatever was stored of it before. Otherwise as `upsert`. */
export async function replaceDay<T extends SmallTable>(
  lake: Lake,
  table: T,
  { date, rows }: { readonly date: string; readonly rows: readonly TableRow<T>[] },
): Promise<SmallWrite> {
  const dateOf = (row: TableRow<T>) => (row as { date?: string }).date
  const stranger = rows.find((row) => dateOf(row) !== date)
  if (stranger) throw new RangeError(`a row of ${dateOf(stranger)} is not of ${date}`)
  const part = table.partition === 'date' ? date : null
  const next = (stored: readonly TableRow<T>[]) =>
    merged(
      table,
      stored.filter((row) => dateOf(row) !== date),
      rows,
    )
  return rewrite(lake, table, { next: new Map([[part, next]]) })
}

/** The common part of both, and of the ledger's: one new file for each partition, one commit. */
export async function rewrite<T extends SmallTable>(
  lake: Lake,
  table: T,
  change: Rewrite<T>,
): Promise<SmallWrite> {
  if (lake.mode !== 'write') throw new RangeError(`${lake.layout.root} is open for reading only`)
  const log = (await tableLog(lake, table)) as Log<SmallFile>
  const done = await commitAnew(log, (current) => prepare(lake, table, { current, change }))
  return { version: done.table.version, upkeep: await maintain(lake, log) }
}

/** Rows by the partition they belong to. */
export function partsOf<T extends SmallTable>(
  table: T,
  rows: readonly TableRow<T>[],
): Map<string | null, TableRow<T>[]> {
  const parts = new Map<string | null, TableRow<T>[]>()
  for (const row of rows) {
    const part = table.partition === null ? null : String(fieldOf(row, table.partition))
    parts.set(part, [...(parts.get(part) ?? []), row])
  }
  return parts
}

async function prepare<T extends SmallTable>(
  lake: Lake,
  table: T,
  { current, change }: { current: Table<SmallFile>; change: Rewrite<T> },
): Promise<Prepared | null> {
  const { transaction, next } = change
  const known = transaction ? (current.transactions.get(transaction.appId) ?? -1) : -1
  if (transaction ? known >= transaction.version : next.size === 0) return null
  const now = lake.clock.now()
  const actions: Action[] = [
    { commitInfo: { timestamp: now, operation: 'WRITE', engineInfo: ENGINE, optionlake: SEALED } },
  ]
  if (transaction) actions.push({ txn: { ...transaction, lastUpdated: now } })
  const written: string[] = []
  const withdraw = async () => void (await Promise.all(written.map(discard)))
  try {
    for (const [part, nextOf] of next) {
      const files = [...current.files.values()].filter((file) => file.partition === part)
      const stored = await rowsOfFiles(lake, table, files)
      const rows = nextOf(stored)
      actions.push(...files.map((file) => removalOf(table, file, now)))
      if (rows.length === 0) continue
      const { add, path } = await writeFile(lake, table, { part, rows })
      written.push(path)
      actions.push({ add })
    }
  } catch (error) {
    await withdraw()
    throw error
  }
  return { actions, withdraw }
}

async function writeFile<T extends SmallTable>(
  lake: Lake,
  table: T,
  { part, rows }: { part: string | null; rows: readonly TableRow<T>[] },
): Promise<{ add: Add; path: string }> {
  const partition = part === null || table.partition === null ? null : { name: table.partition, value: part }
  const below = folderOf(lake, table)
  const relative = smallPath(partition, lake.log.unique())
  const path = join(below, relative)
  const bytes = bytesOfRows(table, rows)
  await publish({ path, bytes, unique: lake.log.unique(), below })
  const add = {
    path: pathToLog(relative),
    partitionValues: partitionValues(table, part),
    size: bytes.length,
    modificationTime: lake.clock.now(),
    dataChange: true,
    stats: statsOfRows(table, rows),
    tags: {
      [SHA256_TAG]: sha256Of(bytes),
      [ROWS_TAG]: String(rows.length),
      ...table.tagsOf?.(rows),
    },
  }
  return { add, path }
}

function removalOf(table: SmallTable, file: SmallFile, now: number): Action {
  return {
    remove: {
      path: pathToLog(file.path),
      deletionTimestamp: now,
      dataChange: true,
      extendedFileMetadata: true,
      partitionValues: partitionValues(table, file.partition),
      size: file.size,
    },
  }
}

function partitionValues(table: SmallTable, part: string | null): Record<string, string> {
  return table.partition === null || part === null ? {} : { [table.partition]: part }
}

/** Both, sorted by key; of rows with the same key the fresh one, and of fresh ones the last. */
function merged<T extends SmallTable>(
  table: T,
  stored: readonly TableRow<T>[],
  fresh: readonly TableRow<T>[],
): TableRow<T>[] {
  const keyOf = (row: TableRow<T>) => JSON.stringify(table.key.map((name) => fieldOf(row, name)))
  return sortedByKey(table, [...new Map([...stored, ...fresh].map((row) => [keyOf(row), row])).values()])
}
