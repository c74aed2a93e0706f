import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Action, commitText, parseCommit, unreadable } from './actions.ts'
import { ioFailure, putIfAbsent } from './durable.ts'
import { commitName, versionOf } from './layout.ts'
import { type Commit, conflictOf, EMPTY_TABLE, replay, type Table } from './table.ts'

/** The commit log on disk, and the newest version of the table that was read from it. */
export interface Log {
  readonly folder: string
  /** Names temporary files. */
  readonly unique: () => string
  table: Table
}

export type CommitOutcome =
  | { readonly kind: 'committed'; readonly table: Table }
  /** Nothing was written: prepare the change anew against `table`. */
  | { readonly kind: 'conflict'; readonly reason: string; readonly table: Table }

/**
 * Opens the log of a table and reads all of it. A folder without commits is a table of version −1.
 * @throws Failure EXIT.io naming the commit that is missing, cut short or unreadable.
 */
export async function openLog(folder: string, unique: () => string): Promise<Log> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw ioFailure('read', folder, error)
  })
  const versions = names.flatMap((name) => versionOf(name) ?? []).sort((a, b) => a - b)
  const hole = versions.findIndex((version, index) => version !== index)
  if (hole >= 0) throw unreadable(join(folder, commitName(hole)), 'it is missing')
  const log: Log = { folder, unique, table: EMPTY_TABLE }
  await refresh(log)
  return log
}

/** Reads the versions that have come since, only those, and returns the newest table. */
export async function refresh(log: Log): Promise<Table> {
  const commits: Commit[] = []
  for (let version = log.table.version + 1; ; version++) {
    const commit = await readCommit(log.folder, version)
    if (!commit) break
    commits.push(commit)
  }
  // Another refresh may have come further while this one was reading.
  const news = commits.filter((commit) => commit.version > log.table.version)
  log.table = replay(log.table, news)
  return log.table
}

/**
 * Adds one commit after `readVersion`, the version the change was prepared against. Commits of other writers
 * that came in between are accepted where they do not touch the same rows: ours then follows theirs.
 * Once this returns 'committed', the change outlives a power cut.
 * @throws Failure EXIT.io when the disk refuses.
 */
export async function commit(
  log: Log,
  readVersion: number,
  actions: readonly Action[],
): Promise<CommitOutcome> {
  const bytes = Buffer.from(commitText(actions))
  for (let version = readVersion + 1; ; version++) {
    const path = join(log.folder, commitName(version))
    const outcome = await putIfAbsent({ path, bytes, unique: log.unique(), below: log.folder })
    if (outcome === 'written') return { kind: 'committed', table: await refresh(log) }
    const theirs = await readCommit(log.folder, version)
    if (!theirs) throw unreadable(path, 'it is there and cannot be found')
    const reason = conflictOf(actions, theirs.actions)
    if (reason !== null) return { kind: 'conflict', reason, table: await refresh(log) }
  }
}

async function readCommit(folder: string, version: number): Promise<Commit | null> {
  const path = join(folder, commitName(version))
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw ioFailure('read', path, error)
  })
  return text === null ? null : { version, actions: parseCommit(text, path) }
}
