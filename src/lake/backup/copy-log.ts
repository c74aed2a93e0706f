import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  checkpointNames,
  checkpointsIn,
  commitName,
  commitVersionOf,
  LAST_CHECKPOINT,
  type NamedCheckpoint,
  pathFromLog,
} from '../../delta/index.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { ioFailure, parseCommit, readCheckpoint, readLastCheckpoint } from '../delta.ts'
import { SHA256_TAG } from '../tables/data-files.ts'
import { type FileFacts, readSource, type TransferOptions, transfer, VanishedError } from './transfer.ts'

export interface LogCopy {
  /** The newest version. */
  readonly version: number
  /** The oldest commit that was copied; `version + 1` without one. */
  readonly oldest: number
  /** What the new commits say of the data files that they add, by path below the table's folder. */
  readonly added: ReadonlyMap<string, FileFacts>
}

export interface LogCopyOptions extends TransferOptions {
  /** Log folder of an earlier copy. Files that it has are linked from there instead of being read again. */
  readonly former: string | null
}

/**
 * Copies a log up to its newest commit: the intact commits without a gap, the intact checkpoints, and the last-checkpoint
 * hint. A writer may commit and clean up meanwhile, so the caller must check that the copy gives a table.
 * @throws Failure EXIT.io; VanishedError
 */
export async function copyLog(from: string, to: string, options: LogCopyOptions): Promise<LogCopy> {
  await mkdir(to, { recursive: true }).catch((error: unknown) => {
    throw ioFailure('make', to, error)
  })
  const names = await readdir(from).catch((error: unknown) => {
    throw ioFailure('read', from, error)
  })
  const commits = new Set(names.flatMap((name) => commitVersionOf(name) ?? []))
  const version = newestOf(commits) ?? newestOf(checkpointsIn(names).map((one) => one.version)) ?? -1
  const checkpoints = checkpointsIn(names).filter((one) => one.version <= version)
  // Checkpoints first: a clean-up deletes commits only when newer checkpoints cover them.
  for (const { version, parts } of checkpoints) {
    // Another format, which this program cannot read.
    if (parts === null) continue
    for (const name of checkpointNames(version, parts)) await copyOne(from, to, { ...options, name })
  }
  const added = new Map<string, FileFacts>()
  let oldest = version + 1
  for (let one = version; commits.has(one); one--) {
    if (!(await copyCommit(from, to, { ...options, name: commitName(one), added }))) break
    oldest = one
  }
  await copyHint(from, to, { ...options, version })
  for (const one of checkpoints) await dropIfDamaged(to, one)
  return { version, oldest, added }
}

/** False when the commit is missing or damaged, so that older ones are of no use. */
async function copyCommit(
  from: string,
  to: string,
  {
    name,
    added,
    ...options
  }: LogCopyOptions & { readonly name: string; readonly added: Map<string, FileFacts> },
): Promise<boolean> {
  const source = join(from, name)
  try {
    if (await reuse(source, to, { ...options, name })) return true
    const bytes = await readSource(source)
    for (const action of parseCommit(bytes.toString('utf8'), source)) {
      if (!('add' in action)) continue
      const path = pathFromLog(action.add.path)
      if (path !== null)
        added.set(path, { size: action.add.size, sha256: action.add.tags?.[SHA256_TAG] ?? null })
    }
    await transfer(source, join(to, name), { ...options, read: async () => bytes })
    return true
  } catch (error) {
    if (error instanceof VanishedError) return false
    // A damaged commit before the newest checkpoint is not needed; otherwise the copy gives no table.
    if (error instanceof Failure && error.exitCode === EXIT.io && error.code === null) return false
    throw error
  }
}

async function copyHint(
  from: string,
  to: string,
  { version, ...options }: LogCopyOptions & { readonly version: number },
): Promise<void> {
  const last = await readLastCheckpoint(from)
  // A newer hint names a checkpoint that the copy does not have.
  if (last?.kind !== 'read' || last.hint.version > version) return
  const source = join(from, LAST_CHECKPOINT)
  try {
    await transfer(source, join(to, LAST_CHECKPOINT), {
      ...options,
      link: false,
      read: () => readSource(source),
    })
  } catch (error) {
    if (!(error instanceof VanishedError)) throw error
  }
  // It may have been replaced between the two reads.
  const copied = await readLastCheckpoint(to)
  if (copied?.kind !== 'read' || copied.hint.version > version) await remove(join(to, LAST_CHECKPOINT))
}

async function copyOne(
  from: string,
  to: string,
  { name, ...options }: LogCopyOptions & { readonly name: string },
): Promise<void> {
  const source = join(from, name)
  try {
    if (await reuse(source, to, { ...options, name })) return
    await transfer(source, join(to, name), { ...options, read: () => readSource(source) })
  } catch (error) {
    if (!(error instanceof VanishedError)) throw error
  }
}

/** Takes the file from the earlier copy, if it has the same size and time there. */
async function reuse(
  source: string,
  to: string,
  { former, name, ...options }: LogCopyOptions & { readonly name: string },
): Promise<boolean> {
  if (former === null) return false
  const known = join(former, name)
  const [theirs, ours] = await Promise.all([facts(source), facts(known)])
  if (theirs === null || ours === null || theirs.size !== ours.size) return false
  // A link to the lake's file, where a copy is wanted.
  if (!options.link && theirs.ino === ours.ino && theirs.dev === ours.dev) return false
  // Times are copied with microseconds at best.
  if (Math.abs(theirs.mtimeMs - ours.mtimeMs) >= 1) return false
  await transfer(known, join(to, name), { ...options, link: true, read: () => readSource(known) })
  return true
}

async function dropIfDamaged(to: string, { version, parts }: NamedCheckpoint): Promise<void> {
  if (parts === null) return
  const last = await readLastCheckpoint(to)
  const hint = last?.kind === 'read' ? last.hint : null
  if ((await readCheckpoint(to, version, hint, parts)).kind === 'read') return
  for (const name of checkpointNames(version, parts)) await remove(join(to, name))
  if (hint?.version === version) await remove(join(to, LAST_CHECKPOINT))
}

function newestOf(versions: Iterable<number>): number | null {
  let newest: number | null = null
  for (const version of versions) if (newest === null || version > newest) newest = version
  return newest
}

async function remove(path: string): Promise<void> {
  await rm(path, { force: true }).catch((error: unknown) => {
    throw ioFailure('delete', path, error)
  })
}

async function facts(path: string) {
  return stat(path).catch(() => null)
}
