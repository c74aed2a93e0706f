import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Commit } from './actions.ts'
import {
  type CheckpointFault,
  type LastCheckpoint,
  readCheckpoint,
  readLastCheckpoint,
} from './checkpoint/read-checkpoint.ts'
import { type ChecksumKeys, parseCommit } from './commit-file.ts'
import { type DeltaError, damagedError, ioError } from './errors.ts'
import {
  checkpointNames,
  checkpointsIn,
  commitName,
  commitVersionOf,
  type NamedCheckpoint,
} from './file-names.ts'

/** The part of a log that defines one version of the table: a checkpoint and the commits after it. */
interface LogSegment {
  /** The newest intact checkpoint; null to start from version 0. */
  readonly checkpoint: Commit | null
  /** Checkpoints that were skipped because they cannot be used. */
  readonly faults: readonly CheckpointFault[]
  /** The last version of the segment; −1 in an empty log. */
  readonly end: number
}

/**
 * Chooses where to start: at the checkpoint that the hint names, else at the newest other one, else at version 0. A
 * damaged checkpoint is skipped if an older one or the commits alone give the table.
 * @param upTo the requested version, if not the newest.
 * @throws DeltaError 'damaged' naming the missing commit, or the damaged checkpoint if no other file makes up for it.
 */
export async function findSegment(
  logFolder: string,
  { checksum, upTo = Number.POSITIVE_INFINITY }: { checksum: ChecksumKeys | null; upTo?: number },
): Promise<LogSegment> {
  const names = await readdir(logFolder).catch((error: unknown) => {
    throw ioError('read', logFolder, error)
  })
  const all = names.flatMap((name) => commitVersionOf(name) ?? []).sort((a, b) => a - b)
  const commits = all.filter((version) => version <= upTo)
  const last = await readLastCheckpoint(logFolder)
  const hint = last?.kind === 'read' ? last.hint : null
  const faults: CheckpointFault[] = last?.kind === 'fault' ? [last.fault] : []
  // Where hint and checkpoint contradict each other, a checkpoint with a checksum of its own is right.
  const readUnhinted = async (version: number) => {
    if (hint?.version !== version || checksum === null) return null
    const options = { hint: null, checksum, mustHaveChecksum: true }
    const reading = await readCheckpoint(logFolder, version, options)
    return reading.kind === 'read' ? reading : null
  }
  const candidates = candidatesOf(names, hint).filter(({ version }) => version <= upTo)
  for (const { version, parts, name } of candidates) {
    const why = parts === null ? VERSION_2 : contradictionOf(version, all)
    if (why !== null || parts === null) {
      faults.push({ path: join(logFolder, name), why: why ?? VERSION_2 })
      continue
    }
    if (firstGap(commits, version + 1) !== null) continue
    const reading = await readCheckpoint(logFolder, version, { hint, checksum, parts })
    if (reading.kind === 'fault') faults.push(reading.fault)
    const sound = reading.kind === 'read' ? reading : await readUnhinted(version)
    if (sound) return { checkpoint: sound, faults, end: Math.max(version, commits.at(-1) ?? -1) }
  }
  const gap = firstGap(commits, 0)
  if (gap === null) {
    const lost = faults[0]
    if (lost && commits.length === 0) throw damagedError(lost.path, lost.why)
    return { checkpoint: null, faults, end: commits.at(-1) ?? -1 }
  }
  throw brokenLogError(logFolder, { gap, oldest: commits[0] ?? 0, faults })
}

/** The commits from version `from` to the first gap, or to `to` if given. @throws DeltaError */
export async function readCommits(
  logFolder: string,
  { from, to = Number.POSITIVE_INFINITY }: { readonly from: number; readonly to?: number },
  checksum: ChecksumKeys | null,
): Promise<Commit[]> {
  const commits: Commit[] = []
  // Usually there is one commit or none. The window grows, so that many commits are read in parallel.
  for (let first = from, window = 1; first <= to; window = Math.min(2 * window, 16)) {
    const versions = Array.from({ length: Math.min(window, to - first + 1) }, (_, n) => first + n)
    const read = await Promise.all(versions.map((version) => readCommit(logFolder, version, checksum)))
    const end = read.indexOf(null)
    for (const commit of end < 0 ? read : read.slice(0, end)) if (commit) commits.push(commit)
    if (end >= 0) break
    first += versions.length
  }
  return commits
}

/** One commit; null when it does not exist. @throws DeltaError 'io' or 'damaged' */
export async function readCommit(
  logFolder: string,
  version: number,
  checksum: ChecksumKeys | null,
): Promise<Commit | null> {
  const path = join(logFolder, commitName(version))
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw ioError('read', path, error)
  })
  return text === null ? null : { version, actions: parseCommit(text, path, checksum) }
}

const VERSION_2 = 'it is a checkpoint of version 2, which is not supported'

/** The hinted checkpoint first, because only the hint has a checksum of all its bytes. */
function candidatesOf(names: readonly string[], hint: LastCheckpoint | null): NamedCheckpoint[] {
  const listed = checkpointsIn(names)
  if (hint === null) return listed
  const { version } = hint
  const parts = hint.parts ?? 1
  const name = checkpointNames(version, parts)[0] as string
  const others = listed.filter((one) => one.version !== version || one.parts !== parts)
  // A checkpoint of version 2 has the name of its file in the hint, among fields that are not read here.
  const isVersion2 = listed.some((one) => one.version === version && one.parts === null)
  return isVersion2 ? listed : [{ version, parts, name }, ...others]
}

/** The newest version of which the log has a commit or checkpoint; −1 if it is empty. @throws DeltaError 'io' */
export async function newestVersion(logFolder: string): Promise<number> {
  const names = await readdir(logFolder).catch((error: unknown) => {
    throw ioError('read', logFolder, error)
  })
  const commits = names.flatMap((name) => commitVersionOf(name) ?? [])
  return [...commits, ...checkpointsIn(names).map(({ version }) => version)].reduce(
    (newest, version) => Math.max(newest, version),
    -1,
  )
}

/** Null if the log allows the checkpoint: commits are deleted oldest first, so it cannot be newer than all of them. */
function contradictionOf(version: number, commits: readonly number[]): string | null {
  const newest = commits.at(-1)
  if (newest === undefined || version <= newest) return null
  return `it contradicts the log, whose newest commit is version ${newest}`
}

/** The first version without a commit, from `from` to the newest; null if there is no gap. */
function firstGap(commits: readonly number[], from: number): number | null {
  const later = commits.filter((version) => version >= from)
  const at = later.findIndex((version, index) => version !== from + index)
  return at < 0 ? null : from + at
}

function brokenLogError(
  logFolder: string,
  { gap, oldest, faults }: { gap: number; oldest: number; faults: readonly CheckpointFault[] },
): DeltaError {
  const lost = faults[0]
  if (lost && gap < oldest) return damagedError(lost.path, `${lost.why}, and the commits before it are gone`)
  return damagedError(join(logFolder, commitName(gap)), 'it is missing')
}
