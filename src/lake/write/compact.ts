import type { Action } from '../../delta/index.ts'
import type { EpochMs, SessionDate } from '../../market/units.ts'
import { mergeParquet } from '../engines/polars.ts'
import { currentState, type Lake } from '../open.ts'
import { readFailure } from '../query/errors.ts'
import { commitInfo } from '../tables/commit-info.ts'
import { maintainSnapshots } from '../tables/ledger.ts'
import { SNAPSHOT_SCHEMA } from '../tables/schema.ts'
import { unknownColumns } from '../tables/schema-evolution.ts'
import type { SnapshotState } from '../tables/snapshot-table.ts'
import { checkWriting, commitChange } from './commit-change.ts'
import { type Compaction, type CompactionScope, planCompaction } from './compact-plan.ts'
import { describeFile, fingerprintOf } from './compact-proof.ts'
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

/** One symbol and day that is now one file. */
export interface Compacted {
  readonly symbol: string
  readonly date: SessionDate
  /** Files that were replaced; they stay on disk until `vacuum` finds that nobody can read them any more. */
  readonly files: number
  readonly rows: number
  readonly bytesBefore: number
  readonly bytesAfter: number
  readonly ms: number
}

export interface CompactReport {
  readonly compacted: readonly Compacted[]
  /** Left as they are, because a file is damaged. The others do not suffer from it. */
  readonly refused: readonly { readonly symbol: string; readonly date: SessionDate; readonly why: string }[]
  /** What became of the log's maintenance, which comes after and takes nothing back. */
  readonly maintenance: MaintenanceReport
}

export interface CompactOptions {
  readonly scope: CompactionScope
  /** Ends after the symbol and day under way. */
  readonly signal?: AbortSignal
  onProgress?(done: number, total: number): void
}

/** As many as Node's thread pool reads side by side. */
const FILES_AT_ONCE = 4

/**
 * Turns the slot files of each symbol and day into one, sorted by contract. Nobody sees a row twice or misses one: the
 * files change in one commit, after DuckDB has counted and hashed the rows that Polars wrote. What was interrupted is
 * taken up by the next call; where nothing is to be done, nothing is written.
 * @throws Failure EXIT.io when the disk refuses; EXIT.tryLater when another writer keeps changing the same day.
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
      if (!(error instanceof DamagedFailure)) throw error
      refused.push({ symbol, date, why: error.message })
    }
  }
  options.onProgress?.(plan.length, plan.length)
  const maintenance = await maintainSnapshots(lake)
  if (compacted.length > 0) await lake.engine.releaseIdle()
  return { compacted, refused, maintenance }
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
      const work = planCompaction(state, { kind: 'date', date }).find((one) => one.symbol === symbol)
      if (!work) return null
      keepUnknownColumns(lake, state, work)
      const { staged, rows } = await merge(lake, work)
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

/** @throws DamagedFailure where a merge would drop columns that only their writer knows. Files of ours have none. */
function keepUnknownColumns(
  lake: Lake,
  { metaData }: SnapshotState,
  { symbol, date, files }: Compaction,
): void {
  const foreign = files.find((file) => file.sha256 === null)
  if (foreign === undefined || metaData === null) return
  const unknown = unknownColumns(metaData, SNAPSHOT_SCHEMA, lake.layout.table)
  if (unknown.length === 0) return
  throw new DamagedFailure(
    `${symbol} of ${date} is left as it is: ${foreign.path} is of another program, which has added ${unknown.join(', ')} to ` +
      'the table: compact it with that program',
  )
}

/** One file with the rows of all, proven to be the same rows; staged, so that nobody has seen it. */
async function merge(
  lake: Lake,
  { symbol, date, files }: Compaction,
): Promise<{ staged: StagedFile; rows: number }> {
  const paths = files.map((file) => dataFilePath(lake, file))
  const old = files.filter((file) => file.missingColumns.length > 0)
  const missing = new Map(old.map((file) => [dataFilePath(lake, file), file.missingColumns]))
  // Before anything is derived from them: damage must not come out as a new file with a sound checksum.
  for (let from = 0; from < files.length; from += FILES_AT_ONCE) {
    await Promise.all(files.slice(from, from + FILES_AT_ONCE).map((file) => readChecked(lake, file)))
  }
  const before = fingerprintOf(lake, files)
  // It is awaited below; a merge that fails first must not leave its rejection unheard.
  before.catch(() => {})
  const slot = files[0]?.minSlot as EpochMs
  const staged = await stageFile(
    lake,
    newSnapshotFile(lake, { symbol, date, slot, dataChange: false }),
    async (path) => {
      await mergeParquet(paths, path, missing)
      return describeFile(lake, path)
    },
  )
  const expected = files.reduce((sum, file) => sum + file.rows, 0)
  const made = staged.description
  const stored = await before.catch(async (error: unknown) => {
    await withdraw([staged])
    throw await readFailure(lake.layout.table, files, error)
  })
  if (stored.rows === expected && made.rows === expected && made.hash === stored.hash) {
    return { staged, rows: expected }
  }
  await withdraw([staged])
  throw new DamagedFailure(
    `${symbol} of ${date} is left as it is: the log says ${expected} rows, its files have ${stored.rows}, ` +
      `one file made of them ${made.rows}${made.hash === stored.hash ? '' : ' with other values'}; run: optionlake verify`,
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
