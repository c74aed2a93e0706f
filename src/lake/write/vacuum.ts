import { rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { DeltaTable, Located, TableState } from '../../delta/index.ts'
import { checkWritable, ioFailure, refresh } from '../delta.ts'
import type { Lake } from '../open.ts'
import type { ProgressOptions } from '../progress.ts'
import { smallDeltaTable } from '../tables/loaded-small-tables.ts'
import { SMALL_TABLES } from '../tables/small-tables.ts'
import type { SnapshotState } from '../tables/snapshot-table.ts'
import { checkWriting } from './commit-change.ts'

/** A reader may use the version of the table that it opened for this long: a week. */
export const RETENTION_MS = 7 * 86_400_000

interface VacuumReport {
  /** Paths of deleted files, below the lake's folder; with `dryRun`, of the files that would be deleted. */
  readonly deleted: readonly string[]
  /** Total size of these files. */
  readonly bytes: number
  /** Number of replaced files kept, because they are within the retention. */
  readonly kept: number
}

export interface VacuumOptions extends ProgressOptions {
  /** How long files are kept after they were replaced, milliseconds. */
  readonly retentionMs: number
  readonly dryRun?: boolean
}

/**
 * Deletes data files of all tables that were replaced longer ago than the retention. Keeps files that the log does not
 * know or still uses, and files replaced in the future according to a clock that was since set back. After an
 * interruption, the next call continues.
 * @throws Failure EXIT.io when a disk operation fails.
 */
export async function vacuum(lake: Lake, options: VacuumOptions): Promise<VacuumReport> {
  checkWriting(lake)
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

/** Replaced files of all tables: path below the lake's folder, and when the file was replaced, epoch milliseconds. */
async function replacedFiles(lake: Lake): Promise<{ path: string; at: number }[]> {
  const replaced = (
    { files, removed }: Pick<SnapshotState, 'removed'> & { files: ReadonlyMap<string, unknown> },
    name: string,
  ) => [...removed].flatMap(([path, at]) => (files.has(path) ? [] : [{ path: `${name}/${path}`, at }]))
  const { snapshots, layout } = lake
  const all = replaced(await writableState(snapshots), basename(layout.table))
  for (const table of SMALL_TABLES) {
    const log = await smallDeltaTable(lake, table)
    if (log) all.push(...replaced(await writableState(log), table.name))
  }
  return all
}

/** The newest state. @throws Failure EXIT.configuration when another program has made the table one that we cannot write. */
async function writableState<File extends Located, Facts>(
  table: DeltaTable<File, Facts>,
): Promise<TableState<File, Facts>> {
  const state = await refresh(table)
  checkWritable(state, table.folder)
  return state
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
