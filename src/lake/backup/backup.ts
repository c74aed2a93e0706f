import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { commitName, commitVersionOf, logFolderOf, TEMPORARY_PREFIX } from '../../delta/index.ts'
import type { Clock } from '../../market/clock.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { Finding } from '../check/findings.ts'
import { verify } from '../check/verify/verify.ts'
import { ioFailure, lockForWriting } from '../delta.ts'
import { layoutOf, tableFolder } from '../layout.ts'
import { makeFolder, openLake } from '../open.ts'
import type { ProgressOptions } from '../progress.ts'
import {
  type BackupFolder,
  type BackupIdentity,
  backupFolderOf,
  checkApart,
  currentGeneration,
  deleteOtherGenerations,
  generationTable,
  isEmptyFolder,
  namesIn,
  readIdentity,
  realPathOf,
  switchTo,
  TABLES,
  writeIdentity,
} from './backup-folder.ts'
import { copyData, type DataCopy, type FileCount } from './copy-data.ts'
import { type PinnedTable, pinLake } from './pinned-lake.ts'
import { flushNewNames, isMissing, VanishedError } from './transfer.ts'

export interface BackupOptions extends ProgressOptions {
  readonly clock: Clock
  /** Copies files even where hard links are possible. */
  readonly copy: boolean
  /** Reads the whole backup afterwards, as `optionlake verify` does. */
  readonly verify: boolean
  /** Deletes files from the backup that the lake has deleted. */
  readonly prune: boolean
  /** Returns a name never used before in the backup; random by default. */
  readonly unique?: () => string
}

export interface BackupReport {
  /** The version of each table that the backup has now. */
  readonly versions: Readonly<Record<string, number>>
  /** Data files of these versions, and replaced files that the lake still has. */
  readonly files: number
  readonly bytes: number
  readonly linked: FileCount
  readonly copied: FileCount
  /** Files that the backup had already. */
  readonly unchanged: FileCount
  /** Files whose bytes were compared with the checksum in the log in this run. */
  readonly verified: number
  /** Files of other programs, which have no checksum in the log. */
  readonly unproven: number
  /** Files in the backup that the lake has deleted. */
  readonly kept: FileCount
  /** Files deleted from the backup. */
  readonly pruned: FileCount
  /** Findings of the verification; null without one. */
  readonly findings: readonly Finding[] | null
}

/** How often the lake may delete a file that is being copied. Each time the backup continues with a newer version. */
const MAX_ATTEMPTS = 5

/**
 * Brings a backup of a lake up to date: copies one version of each table, consistent with each other, while a writer may
 * continue. Data files first; then all tables switch to their new versions in one step. If the process is killed, the
 * backup has its former versions or the new ones, and the next run continues.
 * @throws Failure EXIT.usage when one folder contains the other; EXIT.cannotCreate when the folder has other files or
 * cannot be created; EXIT.configuration when there is no lake, or the backup is of another lake; EXIT.tryLater when
 * another backup to the folder is running; EXIT.io when a file is damaged or a disk operation fails.
 */
export async function backup(root: string, target: string, options: BackupOptions): Promise<BackupReport> {
  const who = await identityOf(root, options.clock)
  await checkApart(root, target)
  const folder = backupFolderOf(await realPathOf(target))
  await checkIsBackup(folder, who)
  await create(folder)
  const lock = await lockForWriting(folder.root)
  try {
    // Again, because another backup may have ended meanwhile.
    await checkIsBackup(folder, who)
    // Written before anything else, so that an interrupted first run leaves an empty folder or a backup.
    if ((await readIdentity(folder.root)) === null) {
      await writeIdentity(folder, who, options.unique ?? randomUUID)
    }
    await inFailure('make', folder.store, mkdir(folder.store, { recursive: true }))
    return await update(layoutOf(await realPathOf(root)).root, folder, options)
  } finally {
    await lock.release()
  }
}

async function update(root: string, folder: BackupFolder, options: BackupOptions): Promise<BackupReport> {
  const { unique = randomUUID } = options
  await deleteOtherGenerations(folder)
  await deleteUnfinished(folder)
  const generation = join(folder.store, unique())
  const { tables, data } = await copyConsistently(root, folder, { ...options, unique, generation })
  await flushNewNames(data.folders, folder.root)
  const logs = tables.map(({ name }) => logFolderOf(generationTable(generation, name)))
  await flushNewNames(logs, folder.root)
  await switchTo(folder, generation, unique)
  await deleteOtherGenerations(folder)
  await setAside(folder, tables)
  const pruned = options.prune ? await prune(folder, data) : NOTHING
  const findings = options.verify ? (await verify(folder.root, options)).findings : null
  const { linked, copied, unchanged, verified, unproven } = data
  const all = [linked, copied, unchanged].reduce(plus)
  return {
    versions: Object.fromEntries(tables.map(({ name, version }) => [name, version])),
    ...all,
    linked,
    copied,
    unchanged,
    verified,
    unproven,
    kept: options.prune ? NOTHING : plus(await countFiles(folder.kept), await countAbsent(folder, data)),
    pruned,
    findings,
  }
}

/** Copies logs and data files. If a file vanishes in between, starts again with the versions of then. */
async function copyConsistently(
  root: string,
  folder: BackupFolder,
  {
    generation,
    copy,
    unique,
    ...options
  }: BackupOptions & { readonly generation: string; readonly unique: () => string },
): Promise<{ tables: readonly PinnedTable[]; data: DataCopy }> {
  const former = await currentGeneration(folder)
  const transfer = { link: !copy, unique }
  let last: { readonly versions: string; readonly path: string } | null = null
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    let versions = ''
    try {
      // With --verify nothing is taken from the former generation, whose files may be damaged by now.
      const tables = await pinLake(root, generation, { ...transfer, former: options.verify ? null : former })
      versions = tables.map(({ name, version }) => `${name} ${version}`).join()
      await checkSuccessor(root, { former, generation, tables })
      const data = await copyData(root, folder.root, { ...transfer, ...options, tables })
      return { tables, data }
    } catch (error) {
      if (!(error instanceof VanishedError)) throw error
      if (last !== null && versions !== '' && last.versions === versions && last.path === error.path) {
        const message = `cannot copy ${error.path}: it is missing; run optionlake repair, then try again`
        throw new Failure(EXIT.io, message)
      }
      last = { versions, path: error.path }
      await rm(generation, { recursive: true, force: true })
    }
  }
  throw new Failure(
    EXIT.tryLater,
    `${root}: files are deleted faster than they can be copied: try again later`,
  )
}

/**
 * A backup only moves forward: after the lake was restored from an older backup, this one has newer rows, which would be
 * lost.
 * @throws Failure EXIT.configuration
 */
async function checkSuccessor(
  root: string,
  {
    former,
    generation,
    tables,
  }: { former: string | null; generation: string; tables: readonly PinnedTable[] },
): Promise<void> {
  if (former === null) return
  for (const { name, version } of tables) {
    const [ours, theirs] = [former, generation].map((one) => logFolderOf(generationTable(one, name))) as [
      string,
      string,
    ]
    const before = newestVersion(await namesIn(ours))
    const isOlder = version < before
    if (!isOlder && (await isSameCommit(join(ours, commitName(before)), join(theirs, commitName(before)))))
      continue
    const what = isOlder ? `is at version ${version}` : `has another version ${before}`
    throw new Failure(
      EXIT.configuration,
      `${tableFolder(root, name)} ${what}, the backup is at version ${before}, so it has rows that the lake lacks: ` +
        'use another folder for the backup',
    )
  }
}

function newestVersion(names: readonly string[]): number {
  return names.reduce((newest, name) => Math.max(newest, commitVersionOf(name) ?? -1), -1)
}

/** False only if both commits exist and differ. */
async function isSameCommit(one: string, other: string): Promise<boolean> {
  const [ours, theirs] = await Promise.all([one, other].map((path) => readFile(path).catch(() => null)))
  return !ours || !theirs || ours.equals(theirs)
}

/** The lake's identity. Checks that it can be read. @throws Failure as `openLake` */
async function identityOf(root: string, clock: Clock): Promise<BackupIdentity> {
  const lake = await openLake(root, { mode: 'read', clock })
  await lake.close()
  const { metaData } = lake.snapshots.state
  return { format: 1, source: lake.source, table: metaData?.id ?? '' }
}

async function checkIsBackup({ root }: BackupFolder, who: BackupIdentity): Promise<void> {
  const known = await readIdentity(root)
  if (known === null) {
    if (await isEmptyFolder(root)) return
    const message = `${root} has other files and is not a backup: use an empty or a new folder`
    throw new Failure(EXIT.cannotCreate, message)
  }
  const other =
    known.source !== who.source
      ? `a lake of source "${known.source}", this one has source "${who.source}"`
      : known.table !== who.table
        ? 'another lake'
        : null
  if (other === null) return
  throw new Failure(EXIT.configuration, `${root} is the backup of ${other}: use another folder`)
}

async function create({ root }: BackupFolder): Promise<void> {
  try {
    const made = await makeFolder(root)
    if (made !== undefined) await flushNewNames([root], dirname(made))
  } catch (error) {
    if (error instanceof Failure) throw error
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    if (code === 'EIO' || code === 'ENOSPC' || code === 'EDQUOT') throw ioFailure('make', root, error)
    const message = `cannot make or write the backup folder ${root} (${code}): choose another, or change its owner`
    throw new Failure(EXIT.cannotCreate, message, error)
  }
}

/** Deletes unfinished files of a killed backup. */
async function deleteUnfinished({ root, store }: BackupFolder): Promise<void> {
  const folders = [root, store]
  for (const table of TABLES) {
    for (const path of await filesBelow(tableFolder(root, table))) folders.push(dirname(path))
  }
  for (const folder of new Set(folders)) {
    for (const name of await namesIn(folder)) {
      if (name.startsWith(TEMPORARY_PREFIX))
        await inFailure('delete', join(folder, name), rm(join(folder, name)))
    }
  }
}

/**
 * Moves files that no version in the log names out of the tables: the lake has deleted them and forgotten them, or a
 * backup was interrupted.
 */
async function setAside({ root, kept }: BackupFolder, tables: readonly PinnedTable[]): Promise<void> {
  const folders = new Set<string>()
  for (const { name, files } of tables) {
    const table = tableFolder(root, name)
    const known = new Set(files.map(({ path }) => path))
    for (const path of await filesBelow(table)) {
      const below = relative(table, path).split(sep).join('/')
      if (known.has(below)) continue
      const to = join(kept, name, below)
      await inFailure('make', dirname(to), mkdir(dirname(to), { recursive: true }))
      await inFailure('move', path, rename(path, to))
      folders.add(dirname(to)).add(dirname(path))
    }
  }
  await flushNewNames(folders, root)
}

/** Deletes what the lake no longer has. */
async function prune(folder: BackupFolder, data: DataCopy): Promise<FileCount> {
  const gone = plus(await countFiles(folder.kept), await countAbsent(folder, data))
  for (const path of data.absent) {
    await inFailure('delete', join(folder.root, path), rm(join(folder.root, path), { force: true }))
  }
  await inFailure('delete', folder.kept, rm(folder.kept, { recursive: true, force: true }))
  return gone
}

/** Replaced files that the lake has deleted and the backup still has. */
async function countAbsent({ root }: BackupFolder, { absent }: DataCopy): Promise<FileCount> {
  const sizes = await Promise.all(absent.map((path) => sizeOf(join(root, path))))
  return sizes.reduce((sum, size) => (size === null ? sum : plus(sum, { files: 1, bytes: size })), NOTHING)
}

async function countFiles(folder: string): Promise<FileCount> {
  const sizes = await Promise.all((await filesBelow(folder)).map(sizeOf))
  return sizes.reduce<FileCount>((sum, size) => plus(sum, { files: 1, bytes: size ?? 0 }), NOTHING)
}

/** The data files below a folder, as absolute paths. Logs, which are symbolic links here, are left out. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw ioFailure('read', folder, error)
  })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

async function sizeOf(path: string): Promise<number | null> {
  return stat(path).then(
    ({ size }) => size,
    (error: unknown) => {
      if (isMissing(error)) return null
      throw ioFailure('look at', path, error)
    },
  )
}

async function inFailure<T>(verb: string, path: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw ioFailure(verb, path, error)
  })
}

function plus(a: FileCount, b: FileCount): FileCount {
  return { files: a.files + b.files, bytes: a.bytes + b.bytes }
}

const NOTHING: FileCount = { files: 0, bytes: 0 }
