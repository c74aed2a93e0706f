import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import {
  commitVersionOf,
  discard,
  type Located,
  logFolderOf,
  pathFromLog,
  type TableState,
  TEMPORARY_PREFIX,
} from '../../delta/index.ts'
import { ioFailure, parseCommit } from '../delta.ts'
import { isDataPath, isSmallPath, type Layout, tableFolder } from '../layout.ts'
import { SMALL_TABLES } from '../tables/small-tables.ts'

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

/** The temporary files of this program, and the parts of a merge; other programs use other names. */
const TEMPORARY = /(?:^|\/)\.tmp-[A-Za-z0-9-]+(?:\.part\d+)?$/

/** Younger files may belong to a writer that is still running, such as one in a container, whose lock is not seen here. */
const MIN_AGE_MS = 24 * 3_600_000

type Files = Pick<TableState<Located, unknown>, 'files' | 'removed'>

/** Clears `option_snapshots`. @throws Failure EXIT.io */
export function clearSnapshotOrphans(
  folders: TableFolders,
  table: Files,
  unique: () => string,
): Promise<Clearance> {
  return clearOrphans(folders, table, { isOurs: isDataPath, unique })
}

/** Clears a small table. @throws Failure EXIT.io */
export function clearSmallOrphans(
  folders: TableFolders,
  table: Files,
  unique: () => string,
): Promise<Clearance> {
  return clearOrphans(folders, table, { isOurs: isSmallPath, unique })
}

/**
 * Removes what a killed writer of this program left in a table's folder: its temporary files, and its data files that no
 * commit names. Leaves every file that may be another writer's, or that a version still in the log needs: files with
 * other names, files less than a day old, and files that a commit has replaced. Requires the writer lock.
 */
async function clearOrphans(
  folders: TableFolders,
  table: Files,
  { isOurs, unique }: { isOurs: (path: string) => boolean; unique: () => string },
): Promise<Clearance> {
  const paths = await filesBelow(folders.table)
  const unfinished = paths.filter((path) => TEMPORARY.test(path))
  const unknown = paths.filter((path) => isOurs(path) && !table.files.has(path) && !table.removed.has(path))
  const isClear = unfinished.length + unknown.length === 0
  const before = isClear ? null : await oldBefore(folders.table, unique())
  if (before === null) return { deleted: [], quarantined: [] }
  const deleted = await olderThan(before, folders.table, unfinished)
  for (const path of deleted) await orFailure(rm(join(folders.table, path)), 'delete', path)
  const quarantined = await withoutCommit(folders.table, await olderThan(before, folders.table, unknown))
  for (const path of quarantined) {
    const to = join(folders.quarantine, path)
    await orFailure(mkdir(dirname(to), { recursive: true }), 'make', dirname(to))
    await orFailure(rename(join(folders.table, path), to), 'move', join(folders.table, path))
  }
  return { deleted, quarantined }
}

/**
 * Deletes old temporary files of the small tables, whose logs are not read on opening. Returns their paths, relative to
 * the folder of `option_snapshots`. Requires the writer lock.
 * @throws Failure EXIT.io
 */
export async function clearUnfinished({ root, table }: Layout, unique: () => string): Promise<string[]> {
  const deleted: string[] = []
  for (const { name } of SMALL_TABLES) {
    const folder = tableFolder(root, name)
    const unfinished = (await filesBelow(folder)).filter((path) => TEMPORARY.test(path))
    const before = unfinished.length === 0 ? null : await oldBefore(folder, unique())
    if (before === null) continue
    for (const path of await olderThan(before, folder, unfinished)) {
      await orFailure(rm(join(folder, path)), 'delete', join(folder, path))
      deleted.push(relative(table, join(folder, path)))
    }
  }
  return deleted
}

/** Paths of the files below a folder; none if there is no folder. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error) => {
    if (error.code === 'ENOENT') return []
    throw ioFailure('read', folder, error)
  })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
}

/**
 * The time before which a file is old, by the file system's clock, which is not ours on a network disk. Null if no file
 * can be made to read that clock, as on a full disk: nothing is then cleared.
 */
async function oldBefore(folder: string, unique: string): Promise<number | null> {
  const path = join(folder, `${TEMPORARY_PREFIX}${unique}`)
  try {
    const file = await open(path, 'wx')
    const { mtimeMs } = await file.stat().finally(() => file.close())
    return mtimeMs - MIN_AGE_MS
  } catch {
    return null
  } finally {
    await discard(path)
  }
}

async function olderThan(before: number, folder: string, paths: readonly string[]): Promise<string[]> {
  const older: string[] = []
  for (const path of paths) {
    const found = await stat(join(folder, path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw ioFailure('look at', join(folder, path), error)
    })
    if (found && found.mtimeMs < before) older.push(path)
  }
  return older
}

/** The files that no commit in the log names. None if a commit is damaged: it may have named any of them. */
async function withoutCommit(folder: string, paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0) return []
  const named = await pathsInCommits(logFolderOf(folder))
  return named === null ? [] : paths.filter((path) => !named.has(path))
}

async function pathsInCommits(logFolder: string): Promise<Set<string> | null> {
  const names = await orFailure(readdir(logFolder), 'read', logFolder)
  const paths = new Set<string>()
  for (const name of names.filter((name) => commitVersionOf(name) !== null)) {
    const text = await readFile(join(logFolder, name), 'utf8').catch(() => null)
    if (text === null) return null
    try {
      for (const action of parseCommit(text, name)) {
        const file = 'add' in action ? action.add : 'remove' in action ? action.remove : null
        if (file) paths.add(pathFromLog(file.path) ?? file.path)
      }
    } catch {
      return null
    }
  }
  return paths
}

async function orFailure<T>(work: Promise<T>, verb: string, path: string): Promise<T> {
  return work.catch((error: unknown) => {
    throw ioFailure(verb, path, error)
  })
}
