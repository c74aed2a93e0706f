import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ioFailure } from './durable.ts'
import { currentTable, type Lake } from './open.ts'
import type { Table } from './table.ts'

/** So long a reader may go on using the version of the table that it opened: a week. */
export const RETENTION_MS = 7 * 86_400_000

export interface VacuumReport {
  /** Deleted files, below the table's folder; with `dryRun`, those that would be. */
  readonly deleted: readonly string[]
  /** Their bytes. */
  readonly bytes: number
  /** Replaced files on disk that are still within the retention. */
  readonly kept: number
}

export interface VacuumOptions {
  /** Milliseconds since a file was replaced. */
  readonly retentionMs: number
  readonly dryRun?: boolean
  readonly signal?: AbortSignal
  onProgress?(done: number, total: number): void
}

/**
 * Deletes data files that the log says were replaced longer ago than the retention. A file that the log does not know,
 * or that is in use, is never touched; nor is one that was replaced in the future, by a clock that went back since.
 * Interrupted, it is taken up by the next call.
 * @throws Failure EXIT.io when the disk refuses.
 */
export async function vacuum(lake: Lake, options: VacuumOptions): Promise<VacuumReport> {
  if (lake.mode !== 'write') throw new RangeError(`${lake.layout.root} is open for reading only`)
  const table = await currentTable(lake)
  const expired = expiredFiles(table, lake.clock.now() - options.retentionMs)
  const deleted: string[] = []
  let bytes = 0
  for (const [done, path] of expired.entries()) {
    if (options.signal?.aborted) break
    options.onProgress?.(done, expired.length)
    const size = await sizeOf(join(lake.layout.table, path))
    if (size === null) continue
    if (!options.dryRun) await remove(join(lake.layout.table, path))
    deleted.push(path)
    bytes += size
  }
  options.onProgress?.(expired.length, expired.length)
  return { deleted, bytes, kept: await stillThere(lake, table, new Set(expired)) }
}

/** Files that were replaced at or before a time. Pure. */
export function expiredFiles(table: Table, before: number): string[] {
  return [...table.removed]
    .filter(([path, removedAt]) => removedAt <= before && !table.files.has(path))
    .map(([path]) => path)
}

async function stillThere(lake: Lake, table: Table, expired: ReadonlySet<string>): Promise<number> {
  let kept = 0
  for (const path of table.removed.keys()) {
    if (!expired.has(path) && (await sizeOf(join(lake.layout.table, path))) !== null) kept++
  }
  return kept
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
