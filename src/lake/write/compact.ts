import type { Action } from '../../delta/index.ts'
import type { EpochMs, SessionDate } from '../../market/units.ts'
import { EXIT, type ExitCode, Failure } from '../../process/failure.ts'
import { firstLine } from '../engines/duckdb.ts'
import { type FileShape, mergeParquet } from '../engines/polars.ts'
import { currentState, type Lake } from '../open.ts'
import { readFailure } from '../query/errors.ts'
import { commitInfo } from '../tables/commit-info.ts'
import type { SnapshotFile } from '../tables/data-files.ts'
import { readFooter } from '../tables/footer.ts'
import { maintainSnapshots } from '../tables/ledger.ts'
import { SNAPSHOT_SCHEMA } from '../tables/schema.ts'
import { addedColumns } from '../tables/schema-evolution.ts'
import type { SnapshotState } from '../tables/snapshot-table.ts'
import { checkWriting, commitChange } from './commit-change.ts'
import { type Compaction, type CompactionScope, partStarts, planCompaction, planOne } from './compact-plan.ts'
import { describeFile, fingerprintOf, rowsByExpiry } from './compact-proof.ts'
import {
  DamagedFailure,
  dataFilePath,
  newSnapshotFile,
  readChecked,
  type StagedFile,
  snapshotRemoval,
  stageFile,
  withdraw,
} from './data-file.ts'
import type { MaintenanceReport } from './maintenance.ts'

/** One symbol and day that was merged into one file. */
interface Compacted {
  readonly symbol: string
  readonly date: SessionDate
  /** Number of files that were replaced. They stay on disk until `vacuum` deletes them. */
  readonly files: number
  readonly rows: number
  readonly bytesBefore: number
  readonly bytesAfter: number
  readonly ms: number
}

export interface CompactReport {
  readonly compacted: readonly Compacted[]
  /** Left unchanged, because a file is damaged or another writer keeps changing it. Other days are not affected. */
  readonly refused: readonly { readonly symbol: string; readonly date: SessionDate; readonly why: string }[]
  /** The result of the log's maintenance, which runs afterwards and cannot undo the compaction. */
  readonly maintenance: MaintenanceReport
}

export interface CompactOptions {
  readonly scope: CompactionScope
  /** Stops after the current symbol and day. */
  readonly signal?: AbortSignal
  onProgress?(done: number, total: number): void
}

/** Files read in parallel: the size of Node's thread pool. */
const FILES_AT_ONCE = 4

/**
 * Merges the slot files of each symbol and day into one file, sorted by contract. DuckDB first counts and hashes the
 * rows that Polars wrote; then one commit replaces the files, so that no reader sees a row twice or misses one. After
 * an interruption, the next call continues. Nothing is written if there is nothing to do. A day that fails is reported,
 * and the others are compacted.
 * @throws Failure when every other day would fail too: EXIT.io when the disk is full, EXIT.configuration when the table
 * must not be written.
 */
export async function compact(lake: Lake, options: CompactOptions): Promise<CompactReport> {
  checkWriting(lake)
  const plan = planCompaction(await currentState(lake), options.scope)
  const compacted: Compacted[] = []
  const refused: CompactReport['refused'][number][] = []
  for (const [done, { symbol, date }] of plan.entries()) {
    if (options.signal?.aborted) break
    options.onProgress?.(done, plan.length)
    try {
      const one = await compactDay(lake, { symbol, date })
      if (one) compacted.push(one)
    } catch (error) {
      if (!isOfOneDay(error)) throw error
      refused.push({ symbol, date, why: firstLine(error) })
    }
  }
  options.onProgress?.(plan.length, plan.length)
  const maintenance = await maintainSnapshots(lake)
  if (compacted.length > 0) await lake.engine.releaseIdle()
  return { compacted, refused, maintenance }
}

/** Failures that do not depend on the day. */
const OF_EVERY_DAY: ReadonlySet<ExitCode> = new Set([EXIT.configuration, EXIT.cannotCreate])
const DISK_FULL: ReadonlySet<string | null> = new Set(['ENOSPC', 'EDQUOT', 'EROFS'])

function isOfOneDay(error: unknown): boolean {
  // The lake was closed.
  if (error instanceof RangeError) return false
  return !(error instanceof Failure && (OF_EVERY_DAY.has(error.exitCode) || DISK_FULL.has(error.code)))
}

async function compactDay(
  lake: Lake,
  { symbol, date }: { symbol: string; date: SessionDate },
): Promise<Compacted | null> {
  const startedAt = lake.clock.monotonicMs()
  const { change } = await commitChange(lake, {
    table: lake.snapshots,
    what: `${symbol} of ${date}`,
    prepare: async (state) => {
      const work = planOne(state, { symbol, date })
      if (!work) return null
      const { staged, rows } = await merge(lake, state, work)
      const actions = actionsOf(work, { staged, readVersion: state.version, now: lake.clock.now() })
      return { work, rows, staged: [staged], actions }
    },
  })
  if (change === null) return null
  const { work, rows, staged } = change
  return {
    symbol,
    date,
    files: work.files.length,
    rows,
    bytesBefore: work.files.reduce((sum, file) => sum + file.size, 0),
    bytesAfter: staged.reduce((sum, file) => sum + file.add.size, 0),
    ms: lake.clock.monotonicMs() - startedAt,
  }
}

/**
 * How the columns of each file differ from those of our files, by path. Null if none does, which is the usual case: the
 * files can then be merged as they are.
 */
async function shapesOf(
  lake: Lake,
  { metaData }: SnapshotState,
  { files }: Compaction,
): Promise<Map<string, FileShape> | null> {
  const added = addedColumns(metaData, SNAPSHOT_SCHEMA, lake.layout.table)
  const isOurs = (file: SnapshotFile) => file.sha256 !== null && file.missingColumns.length === 0
  if (added.length === 0 && files.every(isOurs)) return null
  const shapes = new Map<string, FileShape>()
  for (const file of files) {
    const path = dataFilePath(lake, file)
    const stored = added.length === 0 ? null : (await readFooter(path)).columns
    shapes.set(path, {
      missing: file.missingColumns,
      added: added.filter(({ name }) => stored?.has(name)),
    })
  }
  return shapes
}

/** Merges the files into one staged file, and proves that it has the same rows. */
async function merge(
  lake: Lake,
  state: SnapshotState,
  work: Compaction,
): Promise<{ staged: StagedFile; rows: number }> {
  const { symbol, date, files } = work
  const paths = files.map((file) => dataFilePath(lake, file))
  // Checked first, so that damaged rows do not end up in a new file with a valid checksum.
  for (let from = 0; from < files.length; from += FILES_AT_ONCE) {
    await Promise.all(files.slice(from, from + FILES_AT_ONCE).map((file) => readChecked(lake, file)))
  }
  const shapes = await shapesOf(lake, state, work)
  const [stored, counts] = await Promise.all([
    fingerprintOf(lake, files, shapes),
    rowsByExpiry(lake, files, shapes),
  ]).catch(async (error: unknown) => {
    throw await readFailure(lake, { folder: lake.layout.table, files }, error)
  })
  // DuckDB and Polars work one after the other, because each needs much memory. Closing DuckDB also returns memory of
  // earlier work to the system.
  await lake.engine.releaseIdle()
  const slot = files[0]?.minSlot as EpochMs
  const staged = await stageFile(
    lake,
    newSnapshotFile(lake, { symbol, date, slot, dataChange: false }),
    async (path) => {
      await mergeParquet(paths, path, { shapes, partStarts: partStarts(counts) })
      return describeFile(lake, path, shapes)
    },
  )
  const expected = files.reduce((sum, file) => sum + (file.rows ?? 0), 0)
  const made = staged.description
  if (stored.rows === expected && made.rows === expected && made.hash === stored.hash) {
    return { staged, rows: expected }
  }
  await withdraw([staged])
  throw new DamagedFailure(
    `${symbol} of ${date} was not compacted: the log says ${expected} rows, its files have ${stored.rows}, ` +
      `the merged file ${made.rows}${made.hash === stored.hash ? '' : ' with other values'}; run: optionlake verify`,
  )
}

function actionsOf(
  work: Compaction,
  { staged, readVersion, now }: { staged: StagedFile; readVersion: number; now: EpochMs },
): Action[] {
  const info = commitInfo('OPTIMIZE', {
    timestamp: now,
    operationParameters: {
      predicate: JSON.stringify([`symbol = '${work.symbol}'`, `date = '${work.date}'`]),
    },
    readVersion,
    isBlindAppend: false,
  })
  const removals = work.files.map((file) => snapshotRemoval(file, { now, dataChange: false }))
  return [info, ...removals, { add: staged.add }]
}
