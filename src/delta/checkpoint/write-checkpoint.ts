import { join } from 'node:path'
import type { Action, Add } from '../actions.ts'
import { exists, writeAtomically, writeChecked } from '../atomic-file.ts'
import { type ChecksumKeys, sha256 } from '../commit-file.ts'
import { DeltaError } from '../errors.ts'
import { checkpointName, LAST_CHECKPOINT, pathFromLog, pathToLog } from '../file-names.ts'
import { checkWritable } from '../protocol.ts'
import { type DeltaTable, loadProjectedTable } from '../table.ts'
import type { Located, Projection, TableState } from '../table-state.ts'
import { checkpointRows, checksumOfRows, firstDifference } from './checkpoint-rows.ts'
import { checkpointParquet } from './encode-checkpoint.ts'

/** The checkpoint that was written. */
export interface CheckpointReport {
  readonly version: number
  readonly bytes: number
  /** Number of data files in the checkpoint. */
  readonly files: number
  /** Number of removed files still recorded in the checkpoint. */
  readonly removed: number
}

/**
 * Writes the table's newest version as one Parquet file, from which any reader can start, and then the last-checkpoint
 * hint. The file is read back and compared with the table before it gets its name. If the process is killed, the log is unchanged or has an intact checkpoint that the hint does not name.
 * @param forgetBefore epoch milliseconds. Records of files removed before this time are left out once the files are
 * gone from disk. By default all records are kept.
 * @throws DeltaError 'io' or 'damaged'; 'protocol_unsupported' when the table must not be written.
 */
export async function writeCheckpoint<File extends Located, Facts>(
  table: DeltaTable<File, Facts>,
  { forgetBefore = Number.NEGATIVE_INFINITY }: { readonly forgetBefore?: number } = {},
): Promise<CheckpointReport> {
  const { folder, logFolder, checksum } = table
  const { state } = await loadProjectedTable(folder, WHOLE_ADDS, checksum ? { checksum } : {})
  checkWritable(state, folder)
  const forgotten = await forgettable(folder, { removed: state.removed, forgetBefore })
  const actions = actionsOf(state, forgotten)
  const footer = checksum ? [{ key: checksum.content, value: checksumOfRows(state.version, actions) }] : []
  const bytes = await checkpointParquet(actions, footer, checksum?.file ?? null)
  const path = join(logFolder, checkpointName(state.version))
  const file = { path, bytes, unique: table.unique(), below: logFolder }
  await writeChecked(file, (written) => checkReadBack(written, { path, expected: actions, checksum }))
  const hint = {
    version: state.version,
    size: actions.length,
    sizeInBytes: bytes.length,
    numOfAddFiles: state.files.size,
    ...(checksum ? { tags: { [checksum.file]: sha256(bytes) } } : {}),
  }
  await writeAtomically({
    path: join(logFolder, LAST_CHECKPOINT),
    bytes: Buffer.from(JSON.stringify(hint)),
    unique: table.unique(),
    below: logFolder,
  })
  const removed = new Map([...table.state.removed].filter(([path]) => !forgotten.has(path)))
  Object.assign(table, { state: { ...table.state, removed }, checkpoint: state.version, faults: [] })
  return {
    version: state.version,
    bytes: bytes.length,
    files: state.files.size,
    removed: state.removed.size - forgotten.size,
  }
}

/** @throws DeltaError 'io' when readers of the file would not get the expected rows. */
async function checkReadBack(
  written: Buffer,
  { path, expected, checksum }: { path: string; expected: readonly Action[]; checksum: ChecksumKeys | null },
): Promise<void> {
  const content = await checkpointRows(written, checksum)
  const row = content.kind === 'read' ? firstDifference(content.rows, expected) : 0
  if (row === null) return
  const why = content.kind === 'read' ? `row ${row} differs` : content.why
  throw new DeltaError(
    'io',
    `cannot write ${path}: read back, ${why}, so the log stays without it: check the disk`,
  )
}

/** The complete add action with its path as in the log. The table in memory may keep less. */
interface WholeAdd extends Located {
  readonly add: Add
}

const WHOLE_ADDS: Projection<WholeAdd, null> = {
  fileOf: (add) => ({ path: pathFromLog(add.path) ?? add.path, add }),
  begin: () => null,
  fold: () => null,
}

/** The rows of a checkpoint: the table's current state without its history. */
function actionsOf(state: TableState<WholeAdd, null>, forgotten: ReadonlySet<string>): Action[] {
  const { protocol, metaData, transactions, files, removed } = state
  if (!protocol || !metaData) throw new RangeError('a table without protocol and metaData has no checkpoint')
  return [
    { protocol },
    { metaData },
    ...[...transactions].map(([appId, version]) => ({ txn: { appId, version } })),
    ...[...files.values()].map(({ add }) => ({ add: { ...add, dataChange: false } })),
    ...[...removed]
      .filter(([path]) => !forgotten.has(path))
      .map(([path, deletionTimestamp]) => ({
        remove: { path: pathToLog(path), deletionTimestamp, dataChange: false },
      })),
  ]
}

/** Removed files that no longer exist and were removed so long ago that no reader still needs them. */
async function forgettable(
  folder: string,
  { removed, forgetBefore }: { removed: ReadonlyMap<string, number>; forgetBefore: number },
): Promise<Set<string>> {
  const forgotten = new Set<string>()
  for (const [path, at] of removed) {
    if (at < forgetBefore && !(await exists(join(folder, path)))) forgotten.add(path)
  }
  return forgotten
}
