import { readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  type Action,
  type Add,
  type Commit,
  type CommitInfo,
  emptyState,
  type Located,
  type Projection,
  pathFromLog,
  type TableState,
} from '../../../delta/index.ts'
import { ioFailure, parseAction, replay, withCompletedFiles } from '../../delta.ts'
import { SHA256_TAG } from '../../tables/data-files.ts'
import type { FoundCommit } from '../verify/table-log.ts'
import type { TableLogFindings } from '../verify/verify.ts'

/** When a file was written, to tell which of two rows with the same key is newer. */
export interface Rank {
  /** Epoch milliseconds. Later commits never have an earlier time, even if the clock was set back. */
  readonly time: number
  /** Version of the commit that added the file; infinite for a file that no commit names. */
  readonly version: number
}

/** A file that a surviving action names. */
export interface KnownAdd {
  readonly add: Add
  readonly rank: Rank
}

/** What is left of a table's log: the newest intact checkpoint and the intact commits. */
export interface SurvivingLog {
  readonly name: string
  /** The table's folder, absolute. */
  readonly folder: string
  readonly found: TableLogFindings
  readonly checkpoint: Commit | null
  /** Every version after the checkpoint. Lost commits have no actions. */
  readonly commits: readonly Commit[]
  /** Commits that are missing or damaged. */
  readonly lost: readonly FoundCommit[]
  /** The newest version that exists or existed. */
  readonly version: number
  /** Files by their path on disk, also those removed since. Lines of damaged commits are included. */
  readonly adds: ReadonlyMap<string, KnownAdd>
  /** Files that were removed without being replaced, so that their rows are not missed. */
  readonly withdrawn: ReadonlySet<string>
  /** Lines of damaged commits. Only those that name a file with its checksum can be proven. */
  readonly remains: readonly Action[]
}

/** Collects what is left of a log. @throws Failure EXIT.io when a damaged commit cannot be read. */
export async function survivingLog(found: TableLogFindings): Promise<SurvivingLog> {
  const { name, commits, checkpoints } = found
  const checkpoint = checkpoints.reduce<Commit | null>(
    (newest, one) => (newest === null || one.version > newest.version ? one : newest),
    null,
  )
  const from = (checkpoint?.version ?? -1) + 1
  const adds = new Map<string, KnownAdd>()
  const remains: { actions: readonly Action[]; rank: Rank }[] = []
  let time = Number.NEGATIVE_INFINITY
  for (const { version, path, actions } of commits) {
    time = Math.max(time, timeOf(actions ?? []) ?? time)
    const rank = { time, version }
    if (actions) addKnown(adds, actions, () => rank)
    else remains.push({ rank, actions: (await linesOf(path)).flatMap((line) => actionsIn(line, path)) })
  }
  // A checkpoint does not say which commit added a file. Commits that do have been read above.
  for (const { version, actions } of checkpoints) {
    addKnown(adds, actions, ({ modificationTime }) => ({ time: modificationTime, version }))
  }
  for (const { actions, rank } of remains) addKnown(adds, actions, () => rank)
  return {
    name,
    folder: dirname(found.folder),
    found,
    checkpoint,
    commits: commits
      .filter(({ version }) => version >= from)
      .map(({ version, actions }) => ({ version, actions: actions ?? [] })),
    lost: commits.filter(({ actions }) => actions === null),
    version: Math.max(checkpoint?.version ?? -1, commits.at(-1)?.version ?? -1),
    adds,
    withdrawn: withdrawnBy(commits),
    remains: remains.flatMap(({ actions }) => actions),
  }
}

/** The state that the surviving log gives. Actions of lost commits are missing. @throws Failure */
export async function survivingState<File extends Located, Facts>(
  { checkpoint, commits, folder }: SurvivingLog,
  projection: Projection<File, Facts>,
): Promise<TableState<File, Facts>> {
  const empty = emptyState(projection, checkpoint?.version ?? -1)
  const begun = replay(empty, checkpoint ? [checkpoint] : [], projection, folder)
  return withCompletedFiles(replay(begun, commits, projection, folder), projection, folder)
}

/** Compares two ranks: negative if the first file is older. */
export function compareRanks(a: Rank, b: Rank): number {
  return a.time - b.time || a.version - b.version
}

/** File systems keep times in ticks, so a file may seem older than a commit that came before it. */
const TICK_MS = 1_000

/** The rank of a file that no surviving action names, from the time at which it was written. */
export function rankOfUnnamed(writtenAt: number): Rank {
  return { time: writtenAt + TICK_MS, version: Number.POSITIVE_INFINITY }
}

/** The first mention of a file counts: a file that was committed again has the same, older rows. */
function addKnown(adds: Map<string, KnownAdd>, actions: readonly Action[], rankOf: (add: Add) => Rank): void {
  for (const action of actions) {
    if (!('add' in action)) continue
    const path = pathFromLog(action.add.path)
    if (path !== null && !adds.has(path)) adds.set(path, { add: action.add, rank: rankOf(action.add) })
  }
}

/**
 * `restore` takes back the files of all versions after the one that it goes back to. Any other commit that adds nothing
 * beside a file that it removes deletes its rows.
 */
function withdrawnBy(commits: readonly FoundCommit[]): Set<string> {
  const withdrawn = new Set<string>()
  const addedAt = new Map<string, number>()
  for (const { version, actions } of commits) {
    const info = actions?.flatMap((one) => ('commitInfo' in one ? [one.commitInfo] : []))[0]
    const added = (actions ?? []).flatMap((one) => ('add' in one ? [diskPath(one.add)] : []))
    const removed = (actions ?? []).flatMap((one) => ('remove' in one ? [diskPath(one.remove)] : []))
    const folders = new Set(added.map(folderOf))
    if (info?.operation === 'RESTORE') {
      const to = versionRestored(info) ?? version
      for (const [path, at] of addedAt) if (at > to) withdrawn.add(path)
    } else if (info?.operation !== 'REPAIR') {
      for (const path of removed) if (!folders.has(folderOf(path))) withdrawn.add(path)
    }
    for (const path of added) {
      withdrawn.delete(path)
      if (!addedAt.has(path)) addedAt.set(path, version)
    }
  }
  return withdrawn
}

function versionRestored({ operationParameters }: CommitInfo): number | null {
  const { version } = (operationParameters ?? {}) as { readonly version?: unknown }
  return typeof version === 'string' && /^\d+$/.test(version) ? Number(version) : null
}

function diskPath({ path }: { readonly path: string }): string {
  return pathFromLog(path) ?? path
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

function timeOf(actions: readonly Action[]): number | null {
  const times = actions.map((action) => ('commitInfo' in action ? action.commitInfo.timestamp : null))
  return times.find((time) => typeof time === 'number') ?? null
}

/** A file, and when it was last written; null if it cannot be read. */
export async function readWithTime(path: string): Promise<{ bytes: Buffer; writtenAt: number } | null> {
  try {
    return { bytes: await readFile(path), writtenAt: (await stat(path)).mtimeMs }
  } catch {
    return null
  }
}

/** The checksum that the log has for a file; null if it has none. */
export function checksumOf({ add }: KnownAdd): string | null {
  return add.tags?.[SHA256_TAG] ?? null
}

/** The lines of a commit file; none if it does not exist. */
async function linesOf(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw ioFailure('read', path, error)
  })
  return text.split('\n')
}

/** The actions of one line; empty if the line is damaged. */
function actionsIn(line: string, path: string): Action[] {
  try {
    return parseAction(JSON.parse(line), path)
  } catch {
    return []
  }
}
