import { type Action, SEALED } from '../../delta/actions.ts'
import type { MaintenanceReport } from '../../delta/maintenance.ts'
import type { Table } from '../../delta/table.ts'
import type { EpochMs, SessionDate } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { mergeParquet } from '../engines/polars.ts'
import { currentTable, type Lake } from '../open.ts'
import { readFailure } from '../query/errors.ts'
import { maintainSnapshots } from '../tables/ledger.ts'
import { ENGINE, SNAPSHOT_SCHEMA } from '../tables/schema.ts'
import { unknownColumns } from '../tables/schema-evolution.ts'
import { type Compaction, type CompactionScope, planCompaction } from './compact-plan.ts'
import { describeFile, fingerprintOf } from './compact-proof.ts'
import {
  DamagedFailure,
  dataFilePath,
  readChecked,
  removalOf,
  revealAndCommit,
  type StagedFile,
  stageFile,
  withdraw,
} from './data-file.ts'

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
  /** What became of the log's upkeep, which comes after and takes nothing back. */
  readonly upkeep: MaintenanceReport
}

export interface CompactOptions {
  readonly scope: CompactionScope
  /** Ends after the symbol and day under way. */
  readonly signal?: AbortSignal
  onProgress?(done: number, total: number): void
}

/** As many as Node's thread pool reads side by side. */
const FILES_AT_ONCE = 4

/** A foreign writer that wins this often against us is not going to let us in. */
const MOST_ATTEMPTS = 5

/**
 * Turns the slot files of each symbol and day into one, sorted by contract. Nobody sees a row twice or misses one: the
 * files change in one commit, after DuckDB has counted and hashed the rows that Polars wrote. What was interrupted is
 * taken up by the next call; where nothing is to be done, nothing is written.
 * @throws Failure EXIT.io when the disk refuses; EXIT.tryLater when another writer keeps changing the same day.
 */
export async function compact(lake: Lake, options: CompactOptions): Promise<CompactReport> {
  if (lake.mode !== 'write') throw new RangeError(`${lake.layout.root} is open for reading only`)
  const plan = planCompaction(await currentTable(lake), options.scope)
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
  const upkeep = await maintainSnapshots(lake)
  if (compacted.length > 0) await lake.engine.releaseIdle()
  return { compacted, refused, upkeep }
}

async function compactDay(
  lake: Lake,
  { symbol, date }: { symbol: string; date: SessionDate },
): Promise<Compacted | null> {
  const startedAt = lake.clock.monotonicMs()
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const table = await currentTable(lake)
    const work = planCompaction(table, { kind: 'date', date }).find((one) => one.symbol === symbol)
    if (!work) return null
    keepUnknownColumns(lake, table, work)
    const { staged, rows } = await merge(lake, work)
    const actions = actionsOf(work, { staged, table, now: lake.clock.now() })
    const outcome = await revealAndCommit(lake, { staged: [staged], actions, readVersion: table.version })
    if (outcome.kind === 'conflict') continue
    const bytesBefore = work.files.reduce((sum, file) => sum + file.size, 0)
    const ms = lake.clock.monotonicMs() - startedAt
    return { symbol, date, files: work.files.length, rows, bytesBefore, bytesAfter: staged.add.size, ms }
  }
  throw new Failure(
    EXIT.tryLater,
    `${lake.layout.table}: another writer changed ${symbol} of ${date} ${MOST_ATTEMPTS} times over: stop it`,
  )
}

/** @throws DamagedFailure where a merge would drop columns that only their writer knows. Files of ours have none. */
function keepUnknownColumns(lake: Lake, { metaData }: Table, { symbol, date, files }: Compaction): void {
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
  const staged = await stageFile(lake, { symbol, date, slot, dataChange: false }, async (path) => {
    await mergeParquet(paths, path, missing)
    return describeFile(lake, path)
  })
  const expected = files.reduce((sum, file) => sum + file.rows, 0)
  const made = staged.description
  const stored = await before.catch(async (error: unknown) => {
    await withdraw([staged])
    throw await readFailure(lake, files, error)
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
  { staged, table, now }: { staged: StagedFile; table: Table; now: EpochMs },
): Action[] {
  const commitInfo = {
    timestamp: now,
    operation: 'OPTIMIZE',
    operationParameters: {
      predicate: JSON.stringify([`symbol = '${work.symbol}'`, `date = '${work.date}'`]),
    },
    readVersion: table.version,
    isBlindAppend: false,
    engineInfo: ENGINE,
    optionlake: SEALED,
  }
  const removals = work.files.map((file) => removalOf(file, { now, dataChange: false }))
  return [{ commitInfo }, ...removals, { add: staged.add }]
}
