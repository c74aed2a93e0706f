import { rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ioFailure, refresh } from '../delta.ts'
import { currentState, type Lake } from '../open.ts'
import type { ProgressOptions } from '../progress.ts'
import { smallDeltaTable } from '../tables/loaded-small-tables.ts'
import { SMALL_TABLES } from '../tables/small-tables.ts'
import type { SnapshotState } from '../tables/snapshot-table.ts'

/** How long a reader may use the version of the table that it opened: a week. */
export const RETENTION_MS = 7 * 86_400_000

interface VacuumReport {
  /** Deleted files, below the lake's folder; with `dryRun`, those that would be. */
  readonly deleted: readonly string[]
  /** Their bytes. */
  readonly bytes: number
  /** Replaced files that are still within the retention. */
  readonly kept: number
}

export interface VacuumOptions extends ProgressOptions {
  /** Milliseconds since a file was replaced. */
  readonly retentionMs: number
  readonly dryRun?: boolean
}

/**
 * Deletes data files of all tables that were replaced longer ago than the retention. Never touched are files that the
 * log does not know or still uses, and files that were replaced in the future, by a clock that was set back since. An
 * interrupted run is continued by the next call.
 * @throws Failure EXIT.io when the disk refuses.
 */
export async function vacuum(lake: Lake, options: VacuumOptions): Promise<VacuumReport> {
  if (lake.mode !== 'write') throw new RangeError(`${lake.layout.root} is open for reading only`)
  const replaced = await replacedFiles(lake)
  const before = lake.clock.now() - options.retentionMs
  const deleted: string[] = []
  let bytes = 0
  let kept = 0
  for (const [done, { path, at }] of replaced.entries()) {
    if (options.signal?.aborted) break
    options.onProgress?.(done, replaced.length)
    const size = await sizeOf(join(lake.layout.root, path))
    if (size === null) continue
    if (at > before) {
      kept++
      continue
    }
    if (!options.dryRun) await remove(join(lake.layout.root, path))
    deleted.push(path)
    bytes += size
  }
  options.onProgress?.(replaced.length, replaced.length)
  return { deleted, bytes, kept }
}

/** Replaced files by all logs: their path below the lake's folder, and when they were replaced, epoch milliseconds. */
async function replacedFiles(lake: Lake): Promise<{ path: string; at: number }[]> {
  const replaced = (
    { files, removed }: Pick<SnapshotState, 'removed'> & { files: ReadonlyMap<string, unknown> },
    name: string,
  ) => [...removed].flatMap(([path, at]) => (files.has(path) ? [] : [{ path: `${name}/${path}`, at }]))
  const all = replaced(await currentState(lake), basename(lake.layout.table))
  for (const table of SMALL_TABLES) {
    const log = await smallDeltaTable(lake, table)
    if (log) all.push(...replaced(await refresh(log), table.name))
  }
  return all
}

async function sizeOf(path: string): Promise<number | null> {
  return stat(path).then(
    (found) => found.size,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw ioFailure('look at', path, error)
    },
  )
}

async function remove(path: string): Promise<void> {
  await rm(path).catch((error: unknown) => {
    throw ioFailure('delete', path, error)
  })
}
