import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readCheckpoint, readLastCheckpoint } from './checkpoint/read-checkpoint.ts'
import { ioError } from './errors.ts'
import { checkpointName, checkpointVersionOf, commitName, commitVersionOf } from './file-names.ts'
import { checkWritable } from './protocol.ts'
import { type DeltaTable, refresh } from './table.ts'
import type { Located } from './table-state.ts'

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
 * Deletes old commits, and old checkpoints. Every version that was current at the time `before` or later can still be
 * loaded: the newest checkpoint that is not newer than the first of these versions stays, and the commits after it. So do
 * the two newest checkpoints: if the newest is damaged later, the one before it and the commits since then still give the
 * table. All of these are read first. Deletes oldest first, so that an interrupted clean-up leaves a log without gaps.
 * @throws DeltaError 'io'; 'protocol_unsupported' when the table must not be written.
 */
export async function cleanUpLog<File extends Located, Facts>(
  table: DeltaTable<File, Facts>,
  { before, upTo = Number.POSITIVE_INFINITY }: CleanUpOptions,
): Promise<CleanUpReport> {
  const { folder, logFolder, checksum } = table
  checkWritable(await refresh(table), folder)
  const names = await readdir(logFolder).catch((error: unknown) => {
    throw ioError('read', logFolder, error)
  })
  const checkpoints = names.flatMap((name) => checkpointVersionOf(name) ?? []).sort((a, b) => a - b)
  const versions = names.flatMap((name) => commitVersionOf(name) ?? []).sort((a, b) => a - b)
  const old = await oldest(logFolder, versions.map(commitName), before)
  // The version that was current at the time `before`.
  const current = (versions[old.length] ?? Number.POSITIVE_INFINITY) - 1
  const base = checkpoints.slice(0, -1).findLast((version) => version <= current)
  if (base === undefined) return NOTHING
  const covered = old.filter((_, index) => isCovered(versions[index], { base, upTo }))
  const former = checkpoints.filter((version) => version < base)
  const superseded = await oldest(logFolder, former.map(checkpointName), before)
  if (covered.length + superseded.length === 0) return NOTHING
  const kept = new Set([base, ...checkpoints.slice(-2)])
  if (!(await areReadable({ logFolder, checksum }, [...kept]))) return NOTHING
  return {
    commits: await deleteAll(logFolder, covered),
    checkpoints: await deleteAll(logFolder, superseded),
  }
}

function isCovered(version: number | undefined, { base, upTo }: { base: number; upTo: number }): boolean {
  return version !== undefined && version < base && version <= upTo
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
