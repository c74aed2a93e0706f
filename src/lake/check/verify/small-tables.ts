import { join } from 'node:path'
import { Failure } from '../../../process/failure.ts'
import type { FutureRow } from '../../../snapshot/future-snapshots.ts'
import { isSmallPath } from '../../layout.ts'
import type { Lake } from '../../open.ts'
import { folderOf, smallState } from '../../tables/loaded-small-tables.ts'
import { fieldOf, rowsOfFiles } from '../../tables/read-rows.ts'
import {
  FUTURE_SNAPSHOTS,
  SMALL_TABLES,
  type SmallFile,
  type SmallTable,
  type TableRow,
} from '../../tables/small-tables.ts'
import type { Finding } from '../findings.ts'
import { findUnknownFiles, type UnknownFile, unknownFinding, verifyDataFile } from './data-files.ts'
import { countFutures, type FutureCounts } from './future-counts.ts'

/** Findings in the data files of one small table. */
export interface SmallTableFindings {
  readonly table: SmallTable
  readonly findings: readonly Finding[]
  readonly bad: readonly SmallFile[]
  readonly unknown: readonly UnknownFile[]
  /** Partitions in which a key is stored more than once. */
  readonly crowded: ReadonlySet<string | null>
  readonly files: number
  readonly bytes: number
  /** Futures in intact files; empty for any table but `future_snapshots`. */
  readonly futures: FutureCounts
}

/**
 * Reads every data file of the small tables. Their logs must be readable.
 * @param without names of tables to leave out.
 */
export async function verifySmallTables(
  lake: Lake,
  { before, without = new Set() }: { before: number; without?: ReadonlySet<string> },
): Promise<SmallTableFindings[]> {
  const found: SmallTableFindings[] = []
  for (const table of SMALL_TABLES) {
    if (!without.has(table.name)) found.push(await verifyTable(lake, table, before))
  }
  return found
}

async function verifyTable(lake: Lake, table: SmallTable, before: number): Promise<SmallTableFindings> {
  const state = await smallState(lake, table)
  if (state === null)
    return {
      ...{ table, findings: [], bad: [], unknown: [], crowded: new Set() },
      ...{ files: 0, bytes: 0, futures: new Map() },
    }
  const folder = folderOf(lake, table)
  const files = [...state.files.values()]
  const findings: Finding[] = []
  const bad: SmallFile[] = []
  const crowded = new Set<string | null>()
  const keys = new Set<string>()
  const futures = new Map<string, number>()
  for (const file of files) {
    const path = join(folder, file.path)
    const found = (await verifyDataFile(path, file)) ?? (await readRows(lake, { table, file, path }))
    if ('kind' in found) {
      findings.push(found)
      bad.push(file)
      continue
    }
    if (table === FUTURE_SNAPSHOTS) {
      // A slot's rows are all in the file of its trade date.
      for (const [slot, count] of countFutures(found.rows as unknown as FutureRow[])) futures.set(slot, count)
    }
    const known = keys.size
    for (const row of found.rows) keys.add(keyOf(table, row))
    const twice = found.rows.length - (keys.size - known)
    if (twice === 0) continue
    crowded.add(file.partition)
    findings.push({ kind: 'duplicate_rows', path, detail: `${twice} of its rows are stored more than once` })
  }
  const unknown = await findUnknownFiles(folder, state, { before, isOurName: isSmallPath })
  findings.push(...unknown.map((file) => unknownFinding(folder, file)))
  return {
    table,
    findings,
    bad,
    unknown,
    crowded,
    files: files.length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    futures,
  }
}

/** The key of a row as text. */
export function keyOf<T extends SmallTable>({ key }: T, row: TableRow<T>): string {
  return JSON.stringify(key.map((name) => fieldOf(row, name)))
}

async function readRows(
  lake: Lake,
  { table, file, path }: { table: SmallTable; file: SmallFile; path: string },
): Promise<Finding | { readonly rows: readonly TableRow<SmallTable>[] }> {
  try {
    const rows = await rowsOfFiles(lake, table, [file])
    if (rows.length === file.rows) return { rows }
    return { kind: 'wrong_rows', path, detail: `it has ${rows.length} rows, the log says ${file.rows}` }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { kind: 'unreadable_file', path, detail: error.message }
  }
}
