import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { flushFolders, logFolderOf, type TableState } from '../../delta/index.ts'
import { exists, ioFailure, loadTable, refresh } from '../delta.ts'
import { tableFolder } from '../layout.ts'
import { checkOpen, type Lake } from '../open.ts'
import { clearSmallOrphans } from '../write/orphans.ts'
import {
  SMALL_FILES,
  type SmallDeltaTable,
  type SmallFile,
  type SmallTable,
  schemaOf,
} from './small-tables.ts'
import { rowsConflict } from './snapshot-table.ts'
import { setUpTable } from './table-setup.ts'

/** The folder of a small table, absolute. */
export function folderOf(lake: Lake, table: SmallTable): string {
  return tableFolder(lake.layout.root, table.name)
}

/**
 * A small table of the lake; null if it does not exist. If it lacks columns, a writer adds them.
 * @throws Failure as `openLake` does; RangeError when the lake is closed.
 */
export async function smallDeltaTable(lake: Lake, table: SmallTable): Promise<SmallDeltaTable | null> {
  return loadOnce(lake, table, () => load(lake, table))
}

/** The same for a table that is about to be written, which is created if it does not exist. */
export async function writableSmallTable(lake: Lake, table: SmallTable): Promise<SmallDeltaTable> {
  const create = async () => {
    await makeFolder(lake, logFolderOf(folderOf(lake, table)))
    return load(lake, table)
  }
  const loaded = (await smallDeltaTable(lake, table)) ?? (await loadOnce(lake, table, create))
  if (loaded === null) throw new RangeError(`${table.name} was not created`)
  return loaded
}

async function loadOnce(
  lake: Lake,
  table: SmallTable,
  load: () => Promise<SmallDeltaTable | null>,
): Promise<SmallDeltaTable | null> {
  checkOpen(lake)
  const loading = lake.smallTables.get(table.name) ?? load()
  lake.smallTables.set(table.name, loading)
  // A table that does not exist yet, or could not be loaded, is tried again next time.
  const forget = () => {
    if (lake.smallTables.get(table.name) === loading) lake.smallTables.delete(table.name)
  }
  const loaded = await loading.catch((error: unknown) => {
    forget()
    throw error
  })
  if (loaded === null) forget()
  return loaded
}

/**
 * The newest state of a small table, or the state at the version that `lakeAsOf` chose; null if it does not exist.
 * @throws Failure as `smallDeltaTable`.
 */
export async function smallState(lake: Lake, table: SmallTable): Promise<TableState<SmallFile> | null> {
  if (lake.asOf !== null) return lake.asOf.smallState(table)
  const loaded = await smallDeltaTable(lake, table)
  return loaded === null ? null : refresh(loaded)
}

async function load(lake: Lake, table: SmallTable): Promise<SmallDeltaTable | null> {
  const folder = folderOf(lake, table)
  const logFolder = logFolderOf(folder)
  const { mode, source } = lake
  if (!(await exists(logFolder))) return null
  const loaded = await loadTable(folder, SMALL_FILES, {
    unique: lake.snapshots.unique,
    conflict: rowsConflict,
  })
  if (mode === 'read' && loaded.state.version < 0) return null
  await setUpTable(loaded, { schema: schemaOf(table), mode, source, now: lake.clock.now() })
  if (mode === 'write') {
    const quarantine = join(lake.layout.quarantine, table.name)
    await clearSmallOrphans({ table: folder, quarantine }, loaded.state, loaded.unique)
  }
  return loaded
}

async function makeFolder(lake: Lake, path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
    await flushFolders(path, lake.layout.root)
  } catch (error) {
    throw ioFailure('make', path, error)
  }
}
