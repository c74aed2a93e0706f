import { mkdir, readdir, readFile, readlink, realpath, rename, rm, symlink } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import * as z from 'zod'
import { discard, flushFolders, logFolderOf, TEMPORARY_PREFIX } from '../../delta/index.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { exists, ioFailure, writeAtomically } from '../delta.ts'
import { BACKUP_FILE, tableFolder } from '../layout.ts'
import { SMALL_TABLES, type SmallTable } from '../tables/small-tables.ts'
import { isMissing } from './transfer.ts'

/**
 * The tables in the order in which their versions are chosen, which is against the order in which a slot is stored.
 * Tables written after the slot come before `option_snapshots`: they then have nothing of slots that the backup lacks, and
 * its log has every report that `slots` lacks. Tables written before the slot come after it: they then have the rows of
 * every slot in the backup. This is what a daemon killed between its commits leaves.
 */
export const TABLES: readonly string[] = [
  ...SMALL_TABLES.filter((table) => !isStoredBeforeSlot(table)).map(({ name }) => name),
  'option_snapshots',
  ...SMALL_TABLES.filter(isStoredBeforeSlot).map(({ name }) => name),
]

function isStoredBeforeSlot(table: SmallTable): boolean {
  return table.isStoredBeforeSlot === true
}

/** Which lake a backup is of. */
const identity = z.object({
  format: z.literal(1),
  /** Source of the rows. */
  source: z.enum(['ib', 'simulated']),
  /** Id of the table `option_snapshots`. */
  table: z.string(),
})
export type BackupIdentity = z.infer<typeof identity>

/**
 * The paths of a backup, absolute. A backup is a lake: its data files are where they are in the lake. The logs of all
 * tables are in one folder, a generation, and `current` is a symbolic link to it. Each table's `_delta_log` is a link
 * through `current`. Replacing `current` switches all tables to their new versions at once.
 */
export interface BackupFolder {
  readonly root: string
  /** Generations, `current`, and files that the log no longer names. */
  readonly store: string
  readonly current: string
  readonly kept: string
}

export function backupFolderOf(root: string): BackupFolder {
  const store = join(root, '.backup')
  return { root, store, current: join(store, 'current'), kept: join(store, 'kept') }
}

/** The folder of one table in a generation. It contains only `_delta_log`. */
export function generationTable(generation: string, table: string): string {
  return join(generation, table)
}

/** What the folder says it is a backup of; null when it has no such file. @throws Failure EXIT.configuration, EXIT.io */
export async function readIdentity(root: string): Promise<BackupIdentity | null> {
  const path = join(root, BACKUP_FILE)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === 'ENOTDIR') return null
    throw ioFailure('read', path, error)
  })
  if (text === null) return null
  const parsed = identity.safeParse(jsonOrNull(text))
  if (parsed.success) return parsed.data
  throw new Failure(
    EXIT.configuration,
    `${path} is damaged or of a newer version: update optionlake, or use another folder for the backup`,
  )
}

/** Makes an empty folder a backup. */
export async function writeIdentity(
  { root }: BackupFolder,
  who: BackupIdentity,
  unique: () => string,
): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify(who)}\n`)
  await writeAtomically({ path: join(root, BACKUP_FILE), bytes, unique: unique(), below: root })
}

/** The generation in use; null before the first backup is complete. */
export async function currentGeneration({ store, current }: BackupFolder): Promise<string | null> {
  return readlink(current).then(
    (name) => join(store, basename(name)),
    (error: unknown) => {
      if (isMissing(error)) return null
      throw ioFailure('read', current, error)
    },
  )
}

/**
 * Makes a finished generation the current one, in one rename. The generation and the data files must be flushed.
 * @throws Failure EXIT.io; the former generation is then still the current one.
 */
export async function switchTo(
  folder: BackupFolder,
  generation: string,
  unique: () => string,
): Promise<void> {
  for (const table of TABLES) {
    if (await exists(logFolderOf(generationTable(generation, table)))) await linkLog(folder, table, unique())
  }
  await replaceLink(folder.current, basename(generation), unique())
}

/** Deletes generations that are not in use, left by this or a killed backup. @throws Failure EXIT.io */
export async function deleteOtherGenerations(folder: BackupFolder): Promise<void> {
  const inUse = await currentGeneration(folder)
  for (const name of await namesIn(folder.store)) {
    const path = join(folder.store, name)
    if (path === inUse || path === folder.current || path === folder.kept) continue
    await rm(path, { recursive: true, force: true }).catch((error: unknown) => {
      throw ioFailure('delete', path, error)
    })
  }
}

/** @throws Failure EXIT.usage when the lake and the backup are the same folder, or one is inside the other. */
export async function checkApart(lake: string, backup: string): Promise<void> {
  const [lakePath, backupPath] = [await realPathOf(lake), await realPathOf(backup)]
  const wrong =
    lakePath === backupPath
      ? 'is the lake itself'
      : backupPath.startsWith(`${lakePath}/`)
        ? `is inside the lake ${lakePath}`
        : lakePath.startsWith(`${backupPath}/`)
          ? `contains the lake ${lakePath}`
          : null
  if (wrong === null) return
  const message = `the backup folder ${backupPath} ${wrong}: use a folder elsewhere, best on another disk`
  throw new Failure(EXIT.usage, message)
}

/** Whether a folder has nothing in it, apart from unfinished files of a killed run. A missing folder is empty. */
export async function isEmptyFolder(root: string, ignored: readonly string[] = []): Promise<boolean> {
  const names = await namesIn(root)
  return names.every((name) => name.startsWith(TEMPORARY_PREFIX) || ignored.includes(name))
}

/** The names in a folder; none if it does not exist. @throws Failure EXIT.io */
export async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw ioFailure('read', folder, error)
  })
}

/** The real path of a folder that may not exist yet. */
export async function realPathOf(path: string): Promise<string> {
  const whole = resolve(path)
  return realpath(whole).catch(async () =>
    dirname(whole) === whole ? whole : join(await realPathOf(dirname(whole)), basename(whole)),
  )
}

/** Links a table's `_delta_log` to its log in the current generation. */
async function linkLog({ root, current }: BackupFolder, table: string, unique: string): Promise<void> {
  const path = logFolderOf(tableFolder(root, table))
  const target = relative(dirname(path), logFolderOf(generationTable(current, table)))
  if ((await readlink(path).catch(() => null)) === target) return
  await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => {
    throw ioFailure('make', dirname(path), error)
  })
  await replaceLink(path, target, unique)
  await flush(dirname(path), root)
}

async function replaceLink(path: string, target: string, unique: string): Promise<void> {
  const temporary = join(dirname(path), `${TEMPORARY_PREFIX}${unique}`)
  try {
    await symlink(target, temporary)
    await rename(temporary, path)
  } catch (error) {
    await discard(temporary)
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EPERM' && code !== 'ENOSYS' && code !== 'ENOTSUP') throw ioFailure('write', path, error)
    throw new Failure(
      EXIT.cannotCreate,
      `the file system of ${dirname(path)} has no symbolic links, which a backup needs: use ext4, XFS or the like`,
      error,
    )
  }
  await flush(dirname(path), dirname(path))
}

async function flush(folder: string, top: string): Promise<void> {
  await flushFolders(folder, top).catch((error: unknown) => {
    throw ioFailure('flush', folder, error)
  })
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
