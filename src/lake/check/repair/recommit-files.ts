import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Action, type Add, addFile, SEALED } from '../../../delta/actions.ts'
import { commit, type Log } from '../../../delta/log.ts'
import type { EpochMs } from '../../../market/units.ts'
import { sha256Of } from '../../checksum.ts'
import { type Frame, frameOfParquet, statsOf, survivors } from '../../engines/polars.ts'
import { pathToLog } from '../../layout.ts'
import { ENGINE } from '../../tables/schema.ts'
import { isNamedAfter, isWholeParquet, ROWS_TAG, SHA256_TAG } from '../../write/data-file.ts'
import type { Repair } from '../repair-finding.ts'
import { findUnknownFiles } from '../verify/data-files.ts'

/**
 * Names those data files in the log again whose commit is lost: files that prove by the checksum in their name to be
 * ours and whole, and none of whose rows is in the table. All others stay as they are, for the quarantine.
 * @throws Failure EXIT.io
 */
export async function recommitFiles(
  log: Log,
  { now, dryRun, before }: { now: EpochMs; dryRun: boolean; before: number },
): Promise<Repair[]> {
  const table = dirname(log.folder)
  const adopted: Add[] = []
  for (const path of await findUnknownFiles(table, log.table, before)) {
    const add = await addOf(table, path, now)
    if (add && (await isNew(log, table, { add, others: adopted }))) adopted.push(add)
  }
  if (adopted.length > 0 && !dryRun) {
    const info: Action = {
      commitInfo: { timestamp: now, operation: 'REPAIR', engineInfo: ENGINE, optionlake: SEALED },
    }
    await commit(log, log.table.version, [info, ...adopted.map((add) => ({ add }))])
  }
  return adopted.map((add) => ({
    kind: 'adopted',
    path: join(table, addFile(add, add.path).path),
    detail: `${add.tags?.[ROWS_TAG]} rows of ${add.partitionValues.symbol}, ${add.partitionValues.date}`,
  }))
}

/** What the log would say of a file; null where the file does not prove itself. */
async function addOf(table: string, path: string, now: EpochMs): Promise<Add | null> {
  const partition = /^symbol=([^/]+)\/date=(\d{4}-\d{2}-\d{2})\/[^/]+$/.exec(path)
  const bytes = await readFile(join(table, path)).catch(() => null)
  if (!partition || bytes === null) return null
  const sha256 = sha256Of(bytes)
  if (!isNamedAfter(path, sha256) || !isWholeParquet(bytes)) return null
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

async function isNew(
  log: Log,
  table: string,
  { add, others }: { add: Add; others: readonly Add[] },
): Promise<boolean> {
  const mine = addFile(add, add.path)
  const stored = [...log.table.files.values(), ...others.map((other) => addFile(other, other.path))]
  const near = stored.filter(
    (file) =>
      file.symbol === mine.symbol &&
      file.date === mine.date &&
      file.minSlot <= mine.maxSlot &&
      mine.minSlot <= file.maxSlot,
  )
  if (near.length === 0) return true
  const rows = frameOfParquet(await readFile(join(table, mine.path)))
  for (const file of near) {
    const frame = await frameOrNull(join(table, file.path))
    // What a damaged file held cannot be told, nor whether these rows are among it: they are then better than none.
    if (frame && survivors(rows, frame).height < rows.height) return false
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
