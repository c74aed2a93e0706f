import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { EpochMs, SessionDate } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { matchesChecksum } from '../checksum.ts'
import { ioFailure } from '../delta.ts'
import type { Lake } from '../open.ts'
import { deletedFileFailure } from './deleted-file.ts'
import { keptRowsOf } from './kept-rows.ts'
import { folderOf, smallState } from './loaded-small-tables.ts'
import { rowsOfParquet } from './small-files.ts'
import { type SmallFile, type SmallTable, slotRange, type TableRow } from './small-tables.ts'

/** Selects rows of a small table; selects all if empty. Dates are trade dates, inclusive. */
interface RowFilter {
  readonly symbol?: string
  readonly from?: SessionDate
  readonly to?: SessionDate
  /** Only rows of this slot. */
  readonly slot?: EpochMs
}

/**
 * The rows of a small table, sorted by its key. Timestamps are epoch milliseconds; absent values are null. Empty if
 * nothing has been written yet. The rows are the caller's own.
 * @throws Failure EXIT.io when the log or a data file cannot be read.
 */
export async function readRows<T extends SmallTable>(
  lake: Lake,
  table: T,
  only: RowFilter = {},
): Promise<TableRow<T>[]> {
  const state = await smallState(lake, table)
  if (state === null) return []
  const { files } = state
  const inDates = (date: string) =>
    (only.from === undefined || date >= only.from) && (only.to === undefined || date <= only.to)
  const wanted = [...files.values()].filter(
    (file) =>
      (table.partition !== 'date' || file.partition === null || inDates(file.partition)) &&
      (only.slot === undefined || mayHaveSlot(file, only.slot)),
  )
  const rows = await keptRowsOfFiles(lake, table, wanted)
  const chosen = rows.filter((row) => {
    const { date, symbol, timestamp } = row as { date?: string; symbol?: string; timestamp?: number }
    return (
      (date === undefined || inDates(date)) &&
      (only.symbol === undefined || symbol === only.symbol) &&
      (only.slot === undefined || timestamp === only.slot)
    )
  })
  // Copies, so that a caller that changes a row does not change the next answer.
  return sortedByKey(
    table,
    chosen.map((row) => ({ ...row })),
  )
}

function mayHaveSlot(file: SmallFile, slot: EpochMs): boolean {
  const range = slotRange(file)
  return range === null || (range.first <= slot && slot <= range.last)
}

/**
 * All rows of the given data files, of those that were read lately from memory. The rows belong to all callers: copy a row
 * before it is given out. Checks of the lake read the files themselves.
 * @throws Failure EXIT.io naming the file.
 */
export async function keptRowsOfFiles<T extends SmallTable>(
  lake: Lake,
  table: T,
  files: readonly SmallFile[],
): Promise<readonly TableRow<T>[]> {
  const rows: (readonly TableRow<T>[])[] = []
  for (const file of files) {
    rows.push(await keptRowsOf(lake, { table, file }, () => rowsOfFiles(lake, table, [file])))
  }
  return rows.flat()
}

/** All rows of the given data files. Verifies each file's checksum. @throws Failure EXIT.io naming the file. */
export async function rowsOfFiles<T extends SmallTable>(
  lake: Lake,
  table: T,
  files: readonly SmallFile[],
): Promise<TableRow<T>[]> {
  const rows: TableRow<T>[][] = []
  for (const file of files) {
    const path = join(folderOf(lake, table), file.path)
    const bytes = await readFile(path).catch(async (error: unknown) => {
      throw (
        (await deletedFileFailure(lake, { folder: folderOf(lake, table), files: [file] })) ??
        ioFailure('read', path, error)
      )
    })
    if (!matchesChecksum(bytes, file.sha256)) throw damaged(path, 'its checksum differs')
    rows.push(await rowsOrFail(table, { bytes, path, partition: file.partition }))
  }
  return rows.flat()
}

export function sortedByKey<T extends SmallTable>(table: T, rows: readonly TableRow<T>[]): TableRow<T>[] {
  return [...rows].sort((a, b) => {
    for (const name of table.key) {
      const [one, other] = [fieldOf(a, name), fieldOf(b, name)] as [string, string]
      if (one !== other) return one < other ? -1 : 1
    }
    return 0
  })
}

export function fieldOf(row: object, name: string): unknown {
  return (row as Record<string, unknown>)[name]
}

async function rowsOrFail<T extends SmallTable>(
  table: T,
  { bytes, path, partition }: { bytes: Buffer; path: string; partition: string | null },
): Promise<TableRow<T>[]> {
  try {
    return await rowsOfParquet(table, bytes, partition)
  } catch (error) {
    throw damaged(path, (error as Error).message.split('\n')[0] ?? 'it is not a Parquet file')
  }
}

function damaged(path: string, why: string): Failure {
  return new Failure(EXIT.io, `cannot read ${path}: it is damaged, ${why}; restore it from a copy`)
}
