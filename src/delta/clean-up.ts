import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { checkpointName, checkpointVersionOf, commitName, versionOf } from '../lake/layout.ts'
import { ioFailure } from './atomic-file.ts'
import { readCheckpoint, readLastCheckpoint } from './checkpoint-read.ts'

/** What may go from a log. */
export interface Cleaning {
  /** Files younger than this stay, epoch milliseconds of the file system's clock. */
  readonly before: number
  /** Commits after this version stay, whatever else: what they carry is nowhere else yet. */
  readonly upTo: number
}

/** Versions whose files were deleted. */
export interface Cleaned {
  readonly commits: readonly number[]
  readonly checkpoints: readonly number[]
}

/**
 * Deletes old commits that two checkpoints cover, and checkpoints older than those two. Both are read first: should
 * the newest be damaged later, the one before it and the commits since still make up the table. Oldest first, so that
 * a log cleaned half way is a shorter log.
 * @throws Failure EXIT.io when the disk refuses.
 */
export async function cleanLog(folder: string, { before, upTo }: Cleaning): Promise<Cleaned> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw ioFailure('read', folder, error)
  })
  const checkpoints = names.flatMap((name) => checkpointVersionOf(name) ?? []).sort((a, b) => a - b)
  const [kept] = checkpoints.slice(-2)
  if (checkpoints.length < 2 || kept === undefined) return NOTHING
  const covered = names
    .flatMap((name) => versionOf(name) ?? [])
    .filter((version) => version < kept && version <= upTo)
    .sort((a, b) => a - b)
  const commits = await oldest(folder, covered.map(commitName), before)
  const superseded = await oldest(folder, checkpoints.slice(0, -2).map(checkpointName), before)
  if (commits.length + superseded.length === 0) return NOTHING
  if (!(await areSound(folder, checkpoints.slice(-2)))) return NOTHING
  return { commits: await deleteAll(folder, commits), checkpoints: await deleteAll(folder, superseded) }
}

const NOTHING: Cleaned = { commits: [], checkpoints: [] }

async function areSound(folder: string, versions: readonly number[]): Promise<boolean> {
  const last = await readLastCheckpoint(folder)
  if (last?.kind !== 'read' || last.last.version !== versions.at(-1)) return false
  for (const version of versions) {
    if ((await readCheckpoint(folder, version, last.last)).kind === 'fault') return false
  }
  return true
}

/** Up to the first that is too young: what remains has no holes. */
async function oldest(folder: string, names: readonly string[], before: number): Promise<string[]> {
  const old: string[] = []
  for (const name of names) {
    const path = join(folder, name)
    const { mtimeMs } = await stat(path).catch((error: unknown) => {
      throw ioFailure('look at', path, error)
    })
    if (mtimeMs >= before) break
    old.push(name)
  }
  return old
}

async function deleteAll(folder: string, names: readonly string[]): Promise<number[]> {
  for (const name of names) {
    const path = join(folder, name)
    await rm(path).catch((error: unknown) => {
      throw ioFailure('delete', path, error)
    })
  }
  return names.map((name) => Number(name.slice(0, 20)))
}
