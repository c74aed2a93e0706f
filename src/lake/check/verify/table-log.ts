import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Action,
  checkpointName,
  checkpointVersionOf,
  commitName,
  commitVersionOf,
  LAST_CHECKPOINT,
} from '../../../delta/index.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import { ioFailure, parseCommit, readCheckpoint, readLastCheckpoint } from '../../delta.ts'
import type { Finding } from '../findings.ts'

/** One commit on disk. `actions` is null if the commit is missing or cannot be read. */
export interface FoundCommit {
  readonly version: number
  readonly path: string
  readonly actions: readonly Action[] | null
}

/** An intact checkpoint. */
export interface FoundCheckpoint {
  readonly version: number
  readonly actions: readonly Action[]
}

export interface LogFindings {
  readonly findings: readonly Finding[]
  /** Intact checkpoints, oldest first. */
  readonly checkpoints: readonly FoundCheckpoint[]
  /** Every version from the oldest that must exist to the newest. */
  readonly commits: readonly FoundCommit[]
}

/**
 * Reads every commit and checkpoint of a table's log, including those that readers no longer need, and compares them.
 * @param atLeast a version that existed, according to another table; −1 if unknown.
 * @throws Failure EXIT.io only when a disk operation fails; damage is a finding.
 */
export async function verifyTableLog(folder: string, atLeast = -1): Promise<LogFindings> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw ioFailure('read', folder, error)
  })
  const versions = names.flatMap((name) => commitVersionOf(name) ?? []).sort((a, b) => a - b)
  const checkpoints = names.flatMap((name) => checkpointVersionOf(name) ?? []).sort((a, b) => a - b)
  const oldest = firstNeeded(versions, checkpoints)
  const newest = Math.max(versions.at(-1) ?? -1, checkpoints.at(-1) ?? -1, atLeast)
  const findings: Finding[] = []
  const commits: FoundCommit[] = []
  const intact: FoundCheckpoint[] = []
  const paths = new ReplayedPaths(oldest === 0)
  const checkCheckpoint = async (version: number, expected: ReplayedPaths) => {
    const found = await findCheckpoint(folder, version, expected)
    if ('kind' in found) findings.push(found)
    else intact.push(found)
  }
  for (const version of checkpoints.filter((version) => version < oldest))
    await checkCheckpoint(version, new ReplayedPaths(false))
  for (let version = oldest; version <= newest; version++) {
    const commit = await findCommit(folder, version)
    commits.push(commit)
    if (commit.finding) findings.push(commit.finding)
    paths.apply(commit.actions)
    if (checkpoints.includes(version)) await checkCheckpoint(version, paths)
  }
  findings.push(...(await pointerFindings(folder, checkpoints)))
  return { findings, commits, checkpoints: intact }
}

/**
 * The oldest version that must exist. Commits that a checkpoint covers are deleted oldest first, so a gap after it
 * means that a commit was lost.
 */
function firstNeeded(versions: readonly number[], checkpoints: readonly number[]): number {
  const first = versions[0]
  if (first === undefined) return (checkpoints.at(-1) ?? -1) + 1
  return checkpoints.some((version) => version >= first - 1) ? first : 0
}

async function findCommit(
  folder: string,
  version: number,
): Promise<FoundCommit & { finding: Finding | null }> {
  const path = join(folder, commitName(version))
  const broken = (detail: string) => ({
    version,
    path,
    actions: null,
    finding: { kind: 'broken_log', path, detail } as const,
  })
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw ioFailure('read', path, error)
  })
  if (text === null)
    return broken(
      `the commit of version ${version} is missing; restore it from a copy, or run: optionlake repair`,
    )
  try {
    return { version, path, actions: parseCommit(text, path), finding: null }
  } catch (error) {
    if (!(error instanceof Failure) || error.exitCode !== EXIT.io) throw error
    return broken(`${error.message}, or run: optionlake repair`)
  }
}

async function findCheckpoint(
  folder: string,
  version: number,
  paths: ReplayedPaths,
): Promise<Finding | FoundCheckpoint> {
  const path = join(folder, checkpointName(version))
  const pointer = await readLastCheckpoint(folder)
  const reading = await readCheckpoint(folder, version, pointer?.kind === 'read' ? pointer.hint : null)
  if (reading.kind === 'fault') return { kind: 'broken_checkpoint', path, detail: reading.fault.why }
  const detail = paths.contradictionOf(reading.actions)
  if (detail !== null) return { kind: 'broken_checkpoint', path, detail }
  paths.startFrom(reading.actions)
  return { version, actions: reading.actions }
}

async function pointerFindings(folder: string, checkpoints: readonly number[]): Promise<Finding[]> {
  const path = join(folder, LAST_CHECKPOINT)
  const pointer = await readLastCheckpoint(folder)
  if (pointer === null) return []
  if (pointer.kind === 'fault') return [{ kind: 'broken_checkpoint', path, detail: pointer.fault.why }]
  const { version } = pointer.hint
  if (checkpoints.includes(version)) return []
  return [
    {
      kind: 'broken_checkpoint',
      path,
      detail: `it names the checkpoint of version ${version}, which is missing`,
    },
  ]
}

/**
 * Tracks the paths of the table's files while commits are replayed. The paths are unknown from an unreadable commit
 * until the next checkpoint.
 */
export class ReplayedPaths {
  #paths: Set<string> | null

  constructor(isComplete: boolean) {
    this.#paths = isComplete ? new Set() : null
  }

  apply(actions: readonly Action[] | null): void {
    if (actions === null) this.#paths = null
    for (const action of actions ?? []) {
      if ('add' in action) this.#paths?.add(action.add.path)
      if ('remove' in action) this.#paths?.delete(action.remove.path)
    }
  }

  /** Has no effect while the paths are known. */
  startFrom(checkpoint: readonly Action[]): void {
    this.#paths ??= new Set(addedBy(checkpoint))
  }

  /** Null while unknown. */
  get paths(): ReadonlySet<string> | null {
    return this.#paths
  }

  contradictionOf(checkpoint: readonly Action[]): string | null {
    const expected = this.#paths
    if (expected === null) return null
    const named = new Set(addedBy(checkpoint))
    const missing = [...expected].find((path) => !named.has(path))
    if (missing !== undefined) return `it lacks ${missing}, which the commits add`
    const unexpected = [...named].find((path) => !expected.has(path))
    return unexpected === undefined ? null : `it names ${unexpected}, which no commit adds`
  }
}

function addedBy(actions: readonly Action[]): string[] {
  return actions.flatMap((action) => ('add' in action ? [action.add.path] : []))
}
