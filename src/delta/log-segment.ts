import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { checkpointName, checkpointVersionOf, commitName, versionOf } from '../lake/layout.ts'
import { unreadable } from './actions.ts'
import { ioFailure } from './atomic-file.ts'
import { type CheckpointFault, readCheckpoint, readLastCheckpoint } from './checkpoint-read.ts'
import type { Commit } from './table.ts'

/** Where reading a log begins. */
export interface Base {
  /** The newest sound checkpoint, as if it were one commit; null to begin at version 0. */
  readonly checkpoint: Commit | null
  /** What had to be passed over to get there. */
  readonly faults: readonly CheckpointFault[]
  /** The newest version in the folder; −1 in an empty one. */
  readonly newest: number
}

/**
 * Chooses where to begin: the checkpoint that `_last_checkpoint` names, else the newest other one, else version 0. A
 * checkpoint that lies is passed over where an older one or the commits alone make up the table.
 * @throws Failure EXIT.io naming the commit that is missing, or the checkpoint that nothing makes up for.
 */
export async function readBase(folder: string): Promise<Base> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw ioFailure('read', folder, error)
  })
  const commits = names.flatMap((name) => versionOf(name) ?? []).sort((a, b) => a - b)
  const last = await readLastCheckpoint(folder)
  const hint = last?.kind === 'read' ? last.last : null
  const faults: CheckpointFault[] = last?.kind === 'fault' ? [last.fault] : []
  for (const version of candidatesOf(names, hint?.version ?? null)) {
    const path = join(folder, checkpointName(version))
    const why = contradictionOf(version, commits)
    if (why !== null) {
      faults.push({ path, why })
      continue
    }
    if (firstHole(commits, version + 1) !== null) continue
    const reading = await readCheckpoint(folder, version, hint)
    if (reading.kind === 'read') {
      return { checkpoint: reading, faults, newest: Math.max(version, commits.at(-1) ?? -1) }
    }
    faults.push(reading.fault)
  }
  const hole = firstHole(commits, 0)
  if (hole === null) {
    const lost = faults[0]
    if (lost && commits.length === 0) throw unreadable(lost.path, lost.why)
    return { checkpoint: null, faults, newest: commits.at(-1) ?? -1 }
  }
  throw nothingToBeginWith(folder, { hole, oldest: commits[0] ?? 0, faults })
}

/** The hinted one first: it alone has a checksum. */
function candidatesOf(names: readonly string[], hinted: number | null): number[] {
  const listed = names.flatMap((name) => checkpointVersionOf(name) ?? []).sort((a, b) => b - a)
  return hinted === null ? listed : [hinted, ...listed.filter((version) => version !== hinted)]
}

/** Commits are cleaned from the oldest on: where there are some, a checkpoint cannot be newer than all of them. */
function contradictionOf(version: number, commits: readonly number[]): string | null {
  const newest = commits.at(-1)
  if (newest === undefined || version <= newest) return null
  return `it contradicts the log, whose newest commit is version ${newest}`
}

/** The first version from `from` up to the newest that has no commit. */
function firstHole(commits: readonly number[], from: number): number | null {
  const later = commits.filter((version) => version >= from)
  const at = later.findIndex((version, index) => version !== from + index)
  return at < 0 ? null : from + at
}

function nothingToBeginWith(
  folder: string,
  { hole, oldest, faults }: { hole: number; oldest: number; faults: readonly CheckpointFault[] },
): Error {
  const lost = faults[0]
  if (lost && hole < oldest) return unreadable(lost.path, `${lost.why}, and the commits before it are gone`)
  return unreadable(join(folder, commitName(hole)), 'it is missing')
}
