import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { exists, flushFolders, ioFailure } from '../../delta/atomic-file.ts'
import { type Log, openLogOf } from '../../delta/log.ts'
import { logFolder, tableFolder } from '../layout.ts'
import type { Lake } from '../open.ts'
import { clearOrphans } from '../write/orphans.ts'
import { type SmallFile, type SmallTable, schemaOf, smallFile } from './small-tables.ts'
import { setUpTable } from './table-setup.ts'

/** The logs of a lake's small tables, each opened when it is first asked for. */
export type SmallLogs = Map<string, Promise<Log<SmallFile> | null>>

/** The folder of a small table, absolute. */
export function folderOf(lake: Lake, table: SmallTable): string {
  return tableFolder(lake.layout.root, table.name)
}

/**
 * The log of a small table. One who writes makes it if absent; for one who reads, a table that nobody has made yet is
 * null.
 * @throws Failure as `openLake` does.
 */
export async function tableLog(lake: Lake, table: SmallTable): Promise<Log<SmallFile> | null> {
  const opening = lake.smallLogs.get(table.name) ?? openTable(lake, table)
  lake.smallLogs.set(table.name, opening)
  // What is not there yet, or could not be opened, is looked for again at the next question.
  const log = await opening.catch((error: unknown) => {
    lake.smallLogs.delete(table.name)
    throw error
  })
  if (log === null) lake.smallLogs.delete(table.name)
  return log
}

async function openTable(lake: Lake, table: SmallTable): Promise<Log<SmallFile> | null> {
  const folder = folderOf(lake, table)
  const path = logFolder(folder)
  const { mode, source } = lake
  if (mode === 'write') await makeFolder(lake, path)
  else if (!(await exists(path))) return null
  const log = await openLogOf(path, { unique: lake.log.unique, fileOf: smallFile })
  if (mode === 'read' && log.table.version < 0) return null
  await setUpTable(log, { folder, schema: schemaOf(table), mode, source, now: lake.clock.now() })
  if (mode === 'write') {
    const quarantine = join(lake.layout.quarantine, table.name)
    await clearOrphans({ table: folder, quarantine }, log.table, performance.timeOrigin)
  }
  return log
}

async function makeFolder(lake: Lake, path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
    await flushFolders(path, lake.layout.root)
  } catch (error) {
    throw ioFailure('make', path, error)
  }
}
