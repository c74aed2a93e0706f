import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readCheckpoint, readLastCheckpoint } from './checkpoint/read-checkpoint.ts'
import { ioError } from './errors.ts'
import { checkpointName, checkpointVersionOf, commitName, commitVersionOf } from './file-names.ts'
import type { DeltaTable } from './table.ts'

/** Which files may be deleted from a log. */
export interface CleanUpOptions {
  /** Newer files are kept; epoch milliseconds of the file system's clock. */
  readonly before: number
  /** Commits after this version are always kept, because they have information that is not yet stored elsewhere. */
  readonly upTo?: number
}

/** Versions whose files were deleted. */
export interface CleanUpReport {
  readonly commits: readonly number[]
  readonly checkpoints: readonly number[]
}

/**
 * Deletes old commits that two checkpoints cover, and checkpoints older than these two. Both are read first. If the
 * newest is damaged later, the one before it and the commits since then still give the table. Deletes oldest first, so
 * that an interrupted clean-up leaves a log without gaps.
 * @throws DeltaError 'io'
 */
export async function cleanUpLog(
  { logFolder, checksum }: Pick<DeltaTable, 'logFolder' | 'checksum'>,
  { before, upTo = Number.POSITIVE_INFINITY }: CleanUpOptions,
): Promise<CleanUpReport> {
  const names = await readdir(logFolder).catch((error: unknown) => {
    throw ioError('read', logFolder, error)
  })
  const checkpoints = names.flatMap((name) => checkpointVersionOf(name) ?? []).sort((a, b) => a - b)
  const [kept] = checkpoints.slice(-2)
  if (checkpoints.length < 2 || kept === undefined) return NOTHING
  const covered = names
    .flatMap((name) => commitVersionOf(name) ?? [])
    .filter((version) => version < kept && version <= upTo)
    .sort((a, b) => a - b)
  const commits = await oldest(logFolder, covered.map(commitName), before)
  const superseded = await oldest(logFolder, checkpoints.slice(0, -2).map(checkpointName), before)
  if (commits.length + superseded.length === 0) return NOTHING
  if (!(await areReadable({ logFolder, checksum }, checkpoints.slice(-2)))) return NOTHING
  return {
    commits: await deleteAll(logFolder, commits),
    checkpoints: await deleteAll(logFolder, superseded),
  }
}

const NOTHING: CleanUpReport = { commits: [], checkpoints: [] }

async function areReadable(
  { logFolder, checksum }: Pick<DeltaTable, 'logFolder' | 'checksum'>,
  versions: readonly number[],
): Promise<boolean> {
  const last = await readLastCheckpoint(logFolder)
  if (last?.kind !== 'read' || last.hint.version !== versions.at(-1)) return false
  for (const version of versions) {
    const reading = await readCheckpoint(logFolder, version, { hint: last.hint, checksum })
    if (reading.kind === 'fault') return false
  }
  return true
}

/** The names before the first file that is too new, so that the remaining log has no gaps. */
async function oldest(logFolder: string, names: readonly string[], before: number): Promise<string[]> {
  const old: string[] = []
  for (const name of names) {
    const path = join(logFolder, name)
    const { mtimeMs } = await stat(path).catch((error: unknown) => {
      throw ioError('look at', path, error)
    })
    if (mtimeMs >= before) break
    old.push(name)
  }
  return old
}

async function deleteAll(logFolder: string, names: readonly string[]): Promise<number[]> {
  for (const name of names) {
    const path = join(logFolder, name)
    await rm(path).catch((error: unknown) => {
      throw ioError('delete', path, error)
    })
  }
  return names.map((name) => Number(name.slice(0, 20)))
}
