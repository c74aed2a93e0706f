import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readCheckpoint, readLastCheckpoint } from './checkpoint-read.ts'
import { ioFailure } from './durable.ts'
import { checkpointName, checkpointVersionOf, commitName, versionOf } from './layout.ts'

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
  if (checkpoints.length < 2 || kept === undefined) return { commits: [], checkpoints: [] }
  if (!(await areSound(folder, checkpoints.slice(-2)))) return { commits: [], checkpoints: [] }
  const commits = names
    .flatMap((name) => versionOf(name) ?? [])
    .filter((version) => version < kept && version <= upTo)
    .sort((a, b) => a - b)
  return {
    commits: await deleteOld(folder, commits.map(commitName), before),
    checkpoints: await deleteOld(folder, checkpoints.slice(0, -2).map(checkpointName), before),
  }
}

async function areSound(folder: string, versions: readonly number[]): Promise<boolean> {
  const last = await readLastCheckpoint(folder)
  if (last?.kind !== 'read' || last.last.version !== versions.at(-1)) return false
  for (const version of versions) {
    if ((await readCheckpoint(folder, version, last.last)).kind === 'fault') return false
  }
  return true
}

/** Up to the first that is too young: what remains has no holes. */
async function deleteOld(folder: string, names: readonly string[], before: number): Promise<number[]> {
  const deleted: number[] = []
  for (const name of names) {
    const path = join(folder, name)
    try {
      if ((await stat(path)).mtimeMs >= before) break
      await rm(path)
    } catch (error) {
      throw ioFailure('delete', path, error)
    }
    deleted.push(Number(name.slice(0, 20)))
  }
  return deleted
}
