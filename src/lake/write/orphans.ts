import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import type { Located, TableState } from '../../delta/index.ts'
import { TEMPORARY_PREFIX } from '../../delta/index.ts'
import { ioFailure } from '../delta.ts'
import type { Layout } from '../layout.ts'

/** A table's folder, and its quarantine for files that no commit names. */
interface TableFolders {
  readonly table: string
  readonly quarantine: string
}

/** Files left behind by a killed writer and removed. Paths are relative to the table's folder. */
export interface Clearance {
  /** Temporary files, deleted. */
  readonly deleted: readonly string[]
  /** Complete data files that no commit names, moved to the quarantine. */
  readonly quarantined: readonly string[]
}

/**
 * Removes files that no commit names from a table's folder. Keeps files that a commit has replaced, because readers of
 * older versions may still use them, and data files newer than `before`, because another writer may be about to commit
 * them. Requires the writer lock.
 * @param before epoch milliseconds of the file system's clock.
 * @throws Failure EXIT.io
 */
export async function clearOrphans(
  folders: TableFolders,
  table: Pick<TableState<Located, unknown>, 'files' | 'removed'>,
  before: number,
): Promise<Clearance> {
  const entries = await readdir(folders.table, { recursive: true, withFileTypes: true }).catch((error) => {
    throw ioFailure('read', folders.table, error)
  })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folders.table, join(entry.parentPath, entry.name)).split(sep).join('/'))
  const deleted = paths.filter((path) => nameOf(path).startsWith(TEMPORARY_PREFIX))
  const unknown = paths.filter(
    (path) => path.endsWith('.parquet') && !path.startsWith('_') && !isKnown(table, path),
  )
  const quarantined: string[] = []
  for (const path of deleted) await orFailure(rm(join(folders.table, path)), 'delete', path)
  for (const path of unknown) {
    const from = join(folders.table, path)
    if ((await orFailure(stat(from), 'look at', from)).mtimeMs >= before) continue
    const to = join(folders.quarantine, path)
    await orFailure(mkdir(dirname(to), { recursive: true }), 'make', dirname(to))
    await orFailure(rename(from, to), 'move', from)
    quarantined.push(path)
  }
  return { deleted, quarantined }
}

/**
 * Deletes temporary files of the small tables, whose logs are not read on opening. Returns their paths, relative to the
 * folder of `option_snapshots`. Requires the writer lock.
 * @throws Failure EXIT.io
 */
export async function clearUnfinished({ root, table }: Layout): Promise<string[]> {
  const tables = await readdir(root, { withFileTypes: true }).catch((error) => {
    throw ioFailure('read', root, error)
  })
  const deleted: string[] = []
  for (const { name } of tables.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))) {
    const folder = join(root, name)
    if (folder === table) continue
    const paths = await orFailure(readdir(folder, { recursive: true }), 'read', folder)
    for (const path of paths.filter((path) => nameOf(path).startsWith(TEMPORARY_PREFIX))) {
      await orFailure(rm(join(folder, path)), 'delete', join(folder, path))
      deleted.push(relative(table, join(folder, path)))
    }
  }
  return deleted
}

function isKnown(table: Pick<TableState<Located, unknown>, 'files' | 'removed'>, path: string): boolean {
  return table.files.has(path) || table.removed.has(path)
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

async function orFailure<T>(work: Promise<T>, verb: string, path: string): Promise<T> {
  return work.catch((error: unknown) => {
    throw ioFailure(verb, path, error)
  })
}
