import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import * as z from 'zod'
import { logFolderOf, TEMPORARY_PREFIX } from '../../delta/index.ts'
import type { Clock } from '../../market/clock.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { verify } from '../check/verify/verify.ts'
import { ioFailure, loadWholeTable, lockForWriting, parseJson, writeAtomically } from '../delta.ts'
import { BACKUP_FILE, layoutOf, RESTORING_FILE, tableFolder } from '../layout.ts'
import { makeFolder } from '../open.ts'
import type { ProgressOptions } from '../progress.ts'
import type { LakeSource } from '../tables/schema.ts'
import {
  type BackupIdentity,
  backupFolderOf,
  checkApart,
  currentGeneration,
  isEmptyFolder,
  namesIn,
  readIdentity,
  realPathOf,
  TABLES,
} from './backup-folder.ts'
import { copyData, type FileCount } from './copy-data.ts'
import { type PinnedTable, pinLake } from './pinned-lake.ts'
import { flushNewNames, isMissing, VanishedError } from './transfer.ts'

export interface RestoreBackupOptions extends ProgressOptions {
  readonly clock: Clock
  /** Copies files even where hard links are possible. */
  readonly copy: boolean
  /** Moves a damaged lake aside. Without it, a lake in the folder is never touched. */
  readonly replaceDamaged: boolean
  /** Returns a name never used before in the lake; random by default. */
  readonly unique?: () => string
}

export interface RestoreBackupReport {
  /** The version of each table. */
  readonly versions: Readonly<Record<string, number>>
  readonly files: number
  readonly bytes: number
  readonly linked: FileCount
  readonly copied: FileCount
  /** Files that an interrupted run had restored. */
  readonly unchanged: FileCount
  readonly verified: number
  readonly unproven: number
  /** Where the damaged lake was moved to; null if there was none. */
  readonly movedTo: string | null
}

/** The source of the lake that a backup is of. @throws Failure EXIT.configuration when the folder is no backup. */
export async function sourceOfBackup(folder: string): Promise<LakeSource> {
  return (await identityOf(folder)).source
}

async function identityOf(folder: string): Promise<BackupIdentity> {
  const root = await realPathOf(folder)
  const who = await readIdentity(root)
  if (who !== null) return who
  throw new Failure(EXIT.configuration, `no backup at ${root}: make one with optionlake backup ${root}`)
}

/**
 * Brings a lake back from a backup. The folder must be new or empty; `.state` with its journals may be there. Until
 * everything is restored and flushed, a marker keeps programs from opening the lake, and the next run continues.
 * @throws Failure EXIT.configuration when there is no complete backup; EXIT.usage when one folder contains the other;
 * EXIT.cannotCreate when the folder has a lake or other files; EXIT.tryLater when another process uses one of them;
 * EXIT.io when a file of the backup is damaged or a disk operation fails.
 */
export async function restoreBackup(
  from: string,
  root: string,
  options: RestoreBackupOptions,
): Promise<RestoreBackupReport> {
  const { table } = await identityOf(from)
  await checkApart(root, from)
  const folder = backupFolderOf(await realPathOf(from))
  const backupLock = await lockForWriting(folder.root)
  try {
    if ((await currentGeneration(folder)) === null) {
      throw new Failure(
        EXIT.configuration,
        `${folder.root} has no complete backup: the first one was interrupted`,
      )
    }
    const target = await createFolder(root)
    const lock = await lockForWriting(target)
    try {
      return await restoreInto(target, { root: folder.root, table }, options)
    } finally {
      await lock.release()
    }
  } finally {
    await backupLock.release()
  }
}

async function restoreInto(
  root: string,
  { root: from, table }: { readonly root: string; readonly table: string },
  { clock, copy, replaceDamaged, unique = randomUUID, ...progress }: RestoreBackupOptions,
): Promise<RestoreBackupReport> {
  const movedTo = await claim(root, table, { clock, replaceDamaged, unique })
  const transfer = { link: !copy, unique }
  await deleteUnfinished(root)
  const logs = join(root, '.restoring')
  await deleteAll(logs)
  try {
    const tables = await pinLake(from, logs, { ...transfer, former: null })
    const data = await copyData(from, root, { ...transfer, ...progress, verify: false, tables })
    for (const { name } of tables) await placeLog(root, logs, name)
    await deleteOthers(root, tables)
    await flushNewNames(
      [...data.folders, ...tables.map(({ name }) => logFolderOf(tableFolder(root, name)))],
      root,
    )
    for (const { name } of tables) await loadWholeTable(tableFolder(root, name))
    await deleteAll(logs)
    await deleteAll(join(root, RESTORING_FILE))
    await flushNewNames([root], root)
    const { linked, copied, unchanged, verified, unproven } = data
    const all = [linked, copied, unchanged]
    return {
      versions: Object.fromEntries(tables.map(({ name, version }) => [name, version])),
      files: all.reduce((sum, { files }) => sum + files, 0),
      bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
      linked,
      copied,
      unchanged,
      verified,
      unproven,
      movedTo,
    }
  } catch (error) {
    if (!(error instanceof VanishedError)) throw error
    throw new Failure(
      EXIT.io,
      `cannot restore ${error.path}: it is missing from the backup; use another backup`,
    )
  }
}

/**
 * The state of a restore, in the file that keeps programs from opening the lake. `movedTo`: where the damaged lake goes,
 * null if there was none. While `isMoving`, some of its tables may still be in their place.
 */
const progressOfRestore = z.object({
  format: z.literal(1),
  /** Id of the table `option_snapshots` of the backup. */
  table: z.string(),
  movedTo: z.string().nullable(),
  isMoving: z.boolean(),
})
type RestoreProgress = z.infer<typeof progressOfRestore>

interface ClaimOptions extends Pick<RestoreBackupOptions, 'clock' | 'replaceDamaged'> {
  unique(): string
}

/** Makes the folder's contents ours: writes the marker, and moves a damaged lake aside if that is wanted. */
async function claim(root: string, table: string, options: ClaimOptions): Promise<string | null> {
  const begun = (await readProgress(root, table)) ?? (await begin(root, table, options))
  if (!begun.isMoving || begun.movedTo === null) return begun.movedTo
  await moveTables(root, begun.movedTo)
  await writeProgress(root, { ...begun, isMoving: false }, options.unique())
  return begun.movedTo
}

/** How far an interrupted restore came; null if there was none. */
async function readProgress(root: string, table: string): Promise<RestoreProgress | null> {
  const path = join(root, RESTORING_FILE)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return null
    throw ioFailure('read', path, error)
  })
  if (text === null) return null
  const parsed = progressOfRestore.safeParse(parseJson(text, path))
  if (parsed.success && parsed.data.table === table) return parsed.data
  throw new Failure(
    EXIT.cannotCreate,
    `${root} is being restored from another backup: run that restore again, or use another folder`,
  )
}

async function begin(
  root: string,
  table: string,
  { clock, replaceDamaged, unique }: ClaimOptions,
): Promise<RestoreProgress> {
  const isNew = await isEmptyFolder(root, ['.state', 'lost+found'])
  if (!isNew) await checkMayReplace(root, { clock, replaceDamaged })
  const time = new Date(clock.now()).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const movedTo = isNew ? null : join(layoutOf(root).state, 'replaced', time)
  const progress: RestoreProgress = { format: 1, table, movedTo, isMoving: !isNew }
  await writeProgress(root, progress, unique())
  return progress
}

/** @throws Failure EXIT.cannotCreate unless the folder has a damaged lake that may be replaced. */
async function checkMayReplace(
  root: string,
  { clock, replaceDamaged }: { clock: Clock; replaceDamaged: boolean },
): Promise<void> {
  const names = await namesIn(root)
  const isLake = names.some((name) => TABLES.includes(name)) && !names.includes(BACKUP_FILE)
  const wrong = !isLake
    ? 'has other files: restore into an empty or a new folder'
    : !replaceDamaged
      ? 'has a lake: restore into another folder with --lake, or, if it is damaged, add --replace-damaged'
      : (await isDamaged(root, clock))
        ? null
        : 'has a lake in which verify finds nothing: move it away yourself, or restore into another folder with --lake'
  if (wrong !== null) throw new Failure(EXIT.cannotCreate, `${root} ${wrong}`)
}

async function isDamaged(root: string, clock: Clock): Promise<boolean> {
  try {
    return (await verify(root, { clock })).findings.length > 0
  } catch (error) {
    if (error instanceof Failure) return true
    throw error
  }
}

/** Moves the tables of a lake to a folder below `.state`, where the lake's programs do not look. */
async function moveTables(root: string, to: string): Promise<void> {
  await inFailure('make', to, mkdir(to, { recursive: true }))
  for (const name of TABLES) {
    const table = tableFolder(root, name)
    await rename(table, join(to, name)).catch((error: unknown) => {
      if (!isMissing(error)) throw ioFailure('move', table, error)
    })
  }
  await flushNewNames([to, root], root)
}

async function writeProgress(root: string, progress: RestoreProgress, unique: string): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify(progress)}\n`)
  await writeAtomically({ path: join(root, RESTORING_FILE), bytes, unique, below: root })
}

/** Puts a copied log in its place, instead of one that an interrupted run left there. */
async function placeLog(root: string, logs: string, name: string): Promise<void> {
  const place = logFolderOf(tableFolder(root, name))
  await deleteAll(place)
  await inFailure('make', dirname(place), mkdir(dirname(place), { recursive: true }))
  await inFailure('move', place, rename(logFolderOf(join(logs, name)), place))
}

/** Deletes files that an interrupted run restored from an earlier state of the backup, and unfinished ones. */
async function deleteOthers(root: string, tables: readonly PinnedTable[]): Promise<void> {
  for (const { name, files } of tables) {
    const table = tableFolder(root, name)
    const known = new Set(files.map(({ path }) => path))
    const entries = await inFailure('read', table, readdir(table, { recursive: true, withFileTypes: true }))
    for (const entry of entries.filter((one) => one.isFile())) {
      const path = join(entry.parentPath, entry.name)
      const below = relative(table, path).split(sep).join('/')
      if (!below.startsWith('_delta_log/') && !known.has(below)) await deleteAll(path)
    }
  }
}

/** Deletes unfinished files of an interrupted run in the lake's folder itself. */
async function deleteUnfinished(root: string): Promise<void> {
  for (const name of await namesIn(root)) {
    if (name.startsWith(TEMPORARY_PREFIX)) await deleteAll(join(root, name))
  }
}

async function createFolder(folder: string): Promise<string> {
  const path = await realPathOf(folder)
  try {
    const made = await makeFolder(path)
    if (made !== undefined) await flushNewNames([path], dirname(made))
    return path
  } catch (error) {
    if (error instanceof Failure) throw error
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    const message = `cannot make or write the lake folder ${path} (${code}): choose another, or change its owner`
    throw new Failure(EXIT.cannotCreate, message, error)
  }
}

async function deleteAll(path: string): Promise<void> {
  await inFailure('delete', path, rm(path, { recursive: true, force: true }))
}

async function inFailure<T>(verb: string, path: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw ioFailure(verb, path, error)
  })
}
