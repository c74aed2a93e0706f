import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { commitName } from '../lake/layout.ts'
import { EXIT, Failure } from '../process/failure.ts'
import {
  type Action,
  type AddFile,
  addFile,
  commitText,
  type FileOf,
  parseCommit,
  unreadable,
} from './actions.ts'
import { exists, ioFailure, putIfAbsent, UnflushedFailure } from './atomic-file.ts'
import { type CheckpointFault, readLastCheckpoint } from './checkpoint-read.ts'
import { readBase } from './log-segment.ts'
import { type Commit, conflictOf, emptyTable, replay, type Table } from './table.ts'

/** The commit log on disk, and the newest version of the table that was read from it. */
export interface Log<File extends { readonly path: string } = AddFile> {
  readonly folder: string
  /** Names temporary files. */
  readonly unique: () => string
  readonly fileOf: FileOf<File>
  table: Table<File>
  /** Version of the newest checkpoint that is known to be sound; −1 without one. */
  checkpoint: number
  /** Checkpoints that opening had to pass over. The table is whole all the same. */
  faults: readonly CheckpointFault[]
}

export type CommitOutcome<File extends { readonly path: string } = AddFile> =
  | { readonly kind: 'committed'; readonly table: Table<File> }
  /** Nothing was written: prepare the change anew against `table`. */
  | { readonly kind: 'conflict'; readonly reason: string; readonly table: Table<File> }

/**
 * Opens the log of `option_snapshots` and reads it: the newest sound checkpoint, and the commits after it. A folder
 * without commits is a table of version −1.
 * @throws Failure EXIT.io naming the commit or checkpoint that is missing, cut short or unreadable, where the others
 * do not make up for it.
 */
export function openLog(folder: string, unique: () => string): Promise<Log> {
  return openLogOf(folder, { unique, fileOf: addFile })
}

/** The same for a table of any kind. */
export async function openLogOf<File extends { readonly path: string }>(
  folder: string,
  { unique, fileOf }: Pick<Log<File>, 'unique' | 'fileOf'>,
): Promise<Log<File>> {
  let base = await readBase(folder)
  // A writer may have replaced a checkpoint between our reading of its name and of its bytes.
  if (base.faults.length > 0) base = await readBase(folder)
  const { checkpoint, faults, newest } = base
  const table = checkpoint ? replay(emptyTable<File>(), [checkpoint], fileOf) : emptyTable<File>()
  const begun = { ...table, recentFrom: table.version + 1 }
  const log: Log<File> = { folder, unique, fileOf, table: begun, checkpoint: table.version, faults }
  await refresh(log)
  if (log.table.version >= newest) return log
  throw unreadable(join(folder, commitName(log.table.version + 1)), 'it is missing')
}

/** Reads the versions that have come since, only those, and returns the newest table. */
export async function refresh<File extends { readonly path: string }>(log: Log<File>): Promise<Table<File>> {
  const commits = await commitsFrom(log.folder, log.table.version + 1)
  if (commits.length === 0 && (await wasCleaned(log))) return reopen(log)
  return advance(log, commits)
}

function advance<File extends { readonly path: string }>(
  log: Log<File>,
  commits: readonly Commit[],
): Table<File> {
  // A refresh may have come further while these were read or written.
  const news = commits.filter((commit) => commit.version > log.table.version)
  log.table = replay(log.table, news, log.fileOf)
  return log.table
}

/** The commits of this version and later ones; up to `to` where given. @throws Failure EXIT.io */
export async function commitsFrom(
  folder: string,
  from: number,
  to = Number.POSITIVE_INFINITY,
): Promise<Commit[]> {
  const commits: Commit[] = []
  // Usually there is one, or none: only where there are many are several asked for at once.
  for (let first = from, window = 1; first <= to; window = Math.min(2 * window, 16)) {
    const versions = Array.from({ length: Math.min(window, to - first + 1) }, (_, n) => first + n)
    const read = await Promise.all(versions.map((version) => readCommit(folder, version)))
    const end = read.indexOf(null)
    for (const commit of end < 0 ? read : read.slice(0, end)) if (commit) commits.push(commit)
    if (end >= 0) break
    first += versions.length
  }
  return commits
}

/**
 * Adds one commit after `readVersion`, the version the change was prepared against. Commits of other writers
 * that came in between are accepted where they do not touch the same rows: ours then follows theirs.
 * Once this returns 'committed', the change outlives a power cut.
 * @throws Failure EXIT.io when the disk refuses.
 */
export async function commit<File extends { readonly path: string }>(
  log: Log<File>,
  readVersion: number,
  actions: readonly Action[],
): Promise<CommitOutcome<File>> {
  const bytes = Buffer.from(commitText(actions))
  const between: Commit[] = []
  for (let version = readVersion + 1; ; version++) {
    const path = join(log.folder, commitName(version))
    const outcome = await putIfAbsent({ path, bytes, unique: log.unique(), below: log.folder })
    // Nothing is read from here on: a disk that fails now must not make what is written look unwritten.
    if (outcome === 'written') {
      return { kind: 'committed', table: advance(log, [...between, { version, actions }]) }
    }
    const theirs = await readCommit(log.folder, version)
    if (!theirs) throw unreadable(path, 'it is there and cannot be found')
    const reason = conflictOf(actions, theirs.actions)
    if (reason !== null) return { kind: 'conflict', reason, table: await refresh(log) }
    between.push(theirs)
  }
}

/** A change that was prepared against one version of a table. */
export interface Prepared {
  readonly actions: readonly Action[]
  /** Takes back what was written for it and now belongs to nobody. */
  withdraw(): Promise<void>
}

/** A foreign writer that wins this often against us is not going to let us in. */
const MOST_ATTEMPTS = 5

/**
 * Prepares a change and commits it; where another writer touched the same rows meanwhile, prepares it anew against the
 * newer table. Null from `prepare` means that nothing is to be done.
 * @throws Failure EXIT.tryLater when another writer keeps changing the same rows; whatever `prepare` throws.
 */
export async function commitAnew<File extends { readonly path: string }, Change extends Prepared>(
  log: Log<File>,
  prepare: (table: Table<File>) => Promise<Change | null>,
): Promise<{ readonly table: Table<File>; readonly change: Change | null }> {
  let table = await refresh(log)
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const change = await prepare(table)
    if (change === null) return { table, change }
    const outcome = await commit(log, table.version, change.actions).catch(async (error: unknown) => {
      if (!(error instanceof UnflushedFailure)) await change.withdraw()
      throw error
    })
    if (outcome.kind === 'committed') return { table: outcome.table, change }
    await change.withdraw()
    table = outcome.table
  }
  throw new Failure(
    EXIT.tryLater,
    `${log.folder}: another writer changed the same rows ${MOST_ATTEMPTS} times over: stop it`,
  )
}

/** Whether the log was cleaned while we looked away: then what we read last is gone, and a checkpoint is newer. */
async function wasCleaned(log: Log<{ readonly path: string }>): Promise<boolean> {
  const { version } = log.table
  if (version < 0 || (await exists(join(log.folder, commitName(version))))) return false
  const last = await readLastCheckpoint(log.folder)
  return last?.kind === 'read' && last.last.version > version
}

async function reopen<File extends { readonly path: string }>(log: Log<File>): Promise<Table<File>> {
  const { table, checkpoint, faults } = await openLogOf(log.folder, log)
  Object.assign(log, { table, checkpoint, faults })
  return table
}

async function readCommit(folder: string, version: number): Promise<Commit | null> {
  const path = join(folder, commitName(version))
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw ioFailure('read', path, error)
  })
  return text === null ? null : { version, actions: parseCommit(text, path) }
}
