import { join } from 'node:path'
import { Failure } from '../../../process/failure.ts'
import type { Lake } from '../../open.ts'
import { folderOf, smallDeltaTable } from '../../tables/loaded-small-tables.ts'
import { rowsOfFiles } from '../../tables/read-rows.ts'
import { SMALL_TABLES, type SmallFile, type SmallTable } from '../../tables/small-tables.ts'
import type { Finding } from '../findings.ts'
import { findUnknownFiles, verifyDataFile } from './data-files.ts'

/** Findings in the data files of one small table. */
export interface SmallTableFindings {
  readonly table: SmallTable
  readonly findings: readonly Finding[]
  readonly bad: readonly SmallFile[]
  /** Paths below the table's folder. */
  readonly unknown: readonly string[]
  readonly files: number
  readonly bytes: number
}

/** Reads every data file of the small tables. Their logs must be readable. */
export async function verifySmallTables(lake: Lake, before: number): Promise<SmallTableFindings[]> {
  const found: SmallTableFindings[] = []
  for (const table of SMALL_TABLES) found.push(await verifyTable(lake, table, before))
  return found
}

async function verifyTable(lake: Lake, table: SmallTable, before: number): Promise<SmallTableFindings> {
  const log = await smallDeltaTable(lake, table)
  if (log === null) return { table, findings: [], bad: [], unknown: [], files: 0, bytes: 0 }
  const folder = folderOf(lake, table)
  const files = [...log.state.files.values()]
  const findings: Finding[] = []
  const bad: SmallFile[] = []
  for (const file of files) {
    const path = join(folder, file.path)
    const finding = (await verifyDataFile(path, file)) ?? (await rowsFinding(lake, { table, file, path }))
    if (finding === null) continue
    findings.push(finding)
    bad.push(file)
  }
  const unknown = await findUnknownFiles(folder, log.state, before)
  for (const path of unknown) {
    findings.push({ kind: 'unknown_file', path: join(folder, path), detail: 'no commit names it' })
  }
  return {
    table,
    findings,
    bad,
    unknown,
    files: files.length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
  }
}

async function rowsFinding(
  lake: Lake,
  { table, file, path }: { table: SmallTable; file: SmallFile; path: string },
): Promise<Finding | null> {
  try {
    const rows = await rowsOfFiles(lake, table, [file])
    if (rows.length === file.rows) return null
    return { kind: 'wrong_rows', path, detail: `it has ${rows.length} rows, the log says ${file.rows}` }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { kind: 'unreadable_file', path, detail: error.message }
  }
}
