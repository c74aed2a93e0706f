import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Add, pathToLog } from '../../../delta/index.ts'
import type { EpochMs } from '../../../market/units.ts'
import { sha256Of } from '../../checksum.ts'
import { type Frame, frameOfParquet, rowsNotIn, statsOf } from '../../engines/polars.ts'
import { ROWS_TAG, SHA256_TAG, snapshotFile } from '../../tables/data-files.ts'
import type { SnapshotTable } from '../../tables/snapshot-table.ts'
import { isCompleteParquet, isNamedAfter } from '../../write/data-file.ts'
import type { Repair } from '../findings.ts'
import { findUnknownFiles } from '../verify/data-files.ts'
import { commitRepair } from './commit-repair.ts'

/**
 * Commits data files again if their commit was lost. A file qualifies if the checksum in its name matches its bytes and
 * none of its rows are in the table. Other files are not touched; they are moved to the quarantine later.
 * @returns a repair of the kind `adopted` for each file.
 * @throws Failure EXIT.io; EXIT.tryLater when another program commits a conflicting change.
 */
export async function recommitFiles(
  table: SnapshotTable,
  { now, before }: { now: EpochMs; before: number },
): Promise<Repair[]> {
  const { folder, state } = table
  const recommitted: Add[] = []
  for (const path of await findUnknownFiles(folder, state, before)) {
    const add = await addOf(folder, path, now)
    if (add && (await isNew(table, add, recommitted))) recommitted.push(add)
  }
  if (recommitted.length > 0) {
    const adds = recommitted.map((add) => ({ add }))
    await commitRepair(table, adds, { now })
  }
  return recommitted.map((add) => ({
    kind: 'adopted',
    path: join(folder, snapshotFile(add, add.path).path),
    detail: `${add.tags?.[ROWS_TAG]} rows of ${add.partitionValues.symbol}, ${add.partitionValues.date}`,
  }))
}

/** The add action of a file; null if its name does not prove its contents. */
async function addOf(folder: string, path: string, now: EpochMs): Promise<Add | null> {
  const partition = /^symbol=([^/]+)\/date=(\d{4}-\d{2}-\d{2})\/[^/]+$/.exec(path)
  const bytes = await readFile(join(folder, path)).catch(() => null)
  if (!partition || bytes === null) return null
  const sha256 = sha256Of(bytes)
  if (!isNamedAfter(path, sha256) || !isCompleteParquet(bytes)) return null
  const frame = frameOfParquet(bytes)
  return {
    path: pathToLog(path),
    partitionValues: { symbol: decodeURIComponent(partition[1] as string), date: partition[2] as string },
    size: bytes.length,
    modificationTime: now,
    dataChange: true,
    stats: statsOf(frame),
    tags: { [SHA256_TAG]: sha256, [ROWS_TAG]: String(frame.height) },
  }
}

/** Whether no row of a file is in the table or in the other files to commit. */
async function isNew({ folder, state }: SnapshotTable, add: Add, others: readonly Add[]): Promise<boolean> {
  const own = snapshotFile(add, add.path)
  const stored = [...state.files.values(), ...others.map((other) => snapshotFile(other, other.path))]
  const overlapping = stored.filter(
    (file) =>
      file.symbol === own.symbol &&
      file.date === own.date &&
      file.minSlot <= own.maxSlot &&
      own.minSlot <= file.maxSlot,
  )
  if (overlapping.length === 0) return true
  const rows = frameOfParquet(await readFile(join(folder, own.path)))
  for (const file of overlapping) {
    const frame = await frameOrNull(join(folder, file.path))
    // A damaged file may have had the same rows. That cannot be checked, and these rows are better than none.
    if (frame && rowsNotIn(rows, frame).height < rows.height) return false
  }
  return true
}

async function frameOrNull(path: string): Promise<Frame | null> {
  try {
    return frameOfParquet(await readFile(path))
  } catch {
    return null
  }
}
