import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Action, parseCommit } from '../../../delta/actions.ts'
import { ioFailure } from '../../../delta/atomic-file.ts'
import { readCheckpoint, readLastCheckpoint } from '../../../delta/checkpoint-read.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import { checkpointName, checkpointVersionOf, commitName, LAST_CHECKPOINT, versionOf } from '../../layout.ts'
import type { Finding } from '../findings.ts'

/** One commit as found on disk; `actions` null where it is missing or cannot be read. */
export interface FoundCommit {
  readonly version: number
  readonly path: string
  readonly actions: readonly Action[] | null
}

/** What a sound checkpoint says the table is. */
export interface FoundCheckpoint {
  readonly version: number
  readonly actions: readonly Action[]
}

export interface LogFindings {
  readonly findings: readonly Finding[]
  /** Sound ones, oldest first. */
  readonly checkpoints: readonly FoundCheckpoint[]
  /** Every version from the oldest one on disk, or 0, to the newest. */
  readonly commits: readonly FoundCommit[]
}

/**
 * Reads every commit and checkpoint of one table's log, those too that no reader needs any more, and holds them
 * against each other. Nothing is changed.
 * @throws Failure EXIT.io only where the disk refuses.
 */
export async function verifyTableLog(folder: string): Promise<LogFindings> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw ioFailure('read', folder, error)
  })
  const versions = names.flatMap((name) => versionOf(name) ?? []).sort((a, b) => a - b)
  const checkpoints = names.flatMap((name) => checkpointVersionOf(name) ?? []).sort((a, b) => a - b)
  const oldest = firstNeeded(versions, checkpoints)
  const newest = Math.max(versions.at(-1) ?? -1, checkpoints.at(-1) ?? -1)
  const findings: Finding[] = []
  const commits: FoundCommit[] = []
  const sound: FoundCheckpoint[] = []
  const paths = new ReplayedPaths(oldest === 0)
  const look = async (version: number, against: ReplayedPaths) => {
    const found = await findCheckpoint(folder, version, against)
    if ('kind' in found) findings.push(found)
    else sound.push(found)
  }
  for (const version of checkpoints.filter((version) => version < oldest))
    await look(version, new ReplayedPaths(false))
  for (let version = oldest; version <= newest; version++) {
    const commit = await findCommit(folder, version)
    commits.push(commit)
    if (commit.finding) findings.push(commit.finding)
    paths.follow(commit.actions)
    if (checkpoints.includes(version)) await look(version, paths)
  }
  findings.push(...(await pointerFindings(folder, checkpoints)))
  return { findings, commits, checkpoints: sound }
}

/** Commits before a checkpoint may have been cleaned, from the oldest on; a hole after the first is a loss. */
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
  if (text === null) return broken('the commit is missing')
  try {
    return { version, path, actions: parseCommit(text, path), finding: null }
  } catch (error) {
    if (!(error instanceof Failure) || error.exitCode !== EXIT.io) throw error
    return broken(error.message)
  }
}

async function findCheckpoint(
  folder: string,
  version: number,
  paths: ReplayedPaths,
): Promise<Finding | FoundCheckpoint> {
  const path = join(folder, checkpointName(version))
  const pointer = await readLastCheckpoint(folder)
  const reading = await readCheckpoint(folder, version, pointer?.kind === 'read' ? pointer.last : null)
  if (reading.kind === 'fault') return { kind: 'broken_checkpoint', path, detail: reading.fault.why }
  const detail = paths.contradictionOf(reading.actions)
  if (detail !== null) return { kind: 'broken_checkpoint', path, detail }
  paths.beginAt(reading.actions)
  return { version, actions: reading.actions }
}

async function pointerFindings(folder: string, checkpoints: readonly number[]): Promise<Finding[]> {
  const path = join(folder, LAST_CHECKPOINT)
  const pointer = await readLastCheckpoint(folder)
  if (pointer === null) return []
  if (pointer.kind === 'fault') return [{ kind: 'broken_checkpoint', path, detail: pointer.fault.why }]
  const { version } = pointer.last
  if (checkpoints.includes(version)) return []
  return [
    {
      kind: 'broken_checkpoint',
      path,
      detail: `it names the checkpoint of version ${version}, which is missing`,
    },
  ]
}

/** The files of the table as the commits go by; unknown after one that cannot be read, until a checkpoint. */
export class ReplayedPaths {
  #paths: Set<string> | null

  constructor(isComplete: boolean) {
    this.#paths = isComplete ? new Set() : null
  }

  follow(actions: readonly Action[] | null): void {
    if (actions === null) this.#paths = null
    for (const action of actions ?? []) {
      if ('add' in action) this.#paths?.add(action.add.path)
      if ('remove' in action) this.#paths?.delete(action.remove.path)
    }
  }

  beginAt(checkpoint: readonly Action[]): void {
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
    const lost = [...expected].find((path) => !named.has(path))
    if (lost !== undefined) return `it does not name ${lost}, which the commits add`
    const invented = [...named].find((path) => !expected.has(path))
    return invented === undefined ? null : `it names ${invented}, which the commits do not have`
  }
}

function addedBy(actions: readonly Action[]): string[] {
  return actions.flatMap((action) => ('add' in action ? [action.add.path] : []))
}
