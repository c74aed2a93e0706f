import { type Action, pathFromLog } from '../../delta/index.ts'
import { type EpochMs, epochMs, type SessionDate, sessionDate } from '../../market/units.ts'
import type { FutureRow } from '../../snapshot/future-snapshots.ts'
import type { LedgerRow } from '../../snapshot/ledger.ts'
import type { SnapshotRow } from '../../snapshot/row.ts'
import * as frames from '../engines/polars.ts'
import type { Lake } from '../open.ts'
import { filesOf } from '../query/file-index.ts'
import { cacheLatestSlot } from '../query/latest-cache.ts'
import { commitInfo } from '../tables/commit-info.ts'
import type { SnapshotFile } from '../tables/data-files.ts'
import { maintainSnapshots } from '../tables/ledger.ts'
import { SNAPSHOT_SCHEMA } from '../tables/schema.ts'
import { type AddedColumn, addedColumns } from '../tables/schema-evolution.ts'
import type { SnapshotState } from '../tables/snapshot-table.ts'
import { checkSlot } from './check-rows.ts'
import { checkWriting, commitChange } from './commit-change.ts'
import {
  dataFilePath,
  readChecked,
  type StagedFile,
  snapshotRemoval,
  stageFrame,
  unreadable,
  withdraw,
} from './data-file.ts'
import type { MaintenanceReport } from './maintenance.ts'
import { storeFutures } from './store-futures.ts'

/** One slot of all symbols, ready to be stored. A symbol without rows is included with its report. */
export interface SlotCommit {
  readonly slot: EpochMs
  /** @deprecated not used: each symbol has the trade date of its report. */
  readonly date?: SessionDate
  readonly symbols: readonly SymbolSlot[]
}

export interface SymbolSlot {
  readonly symbol: string
  readonly rows: readonly SnapshotRow[]
  /** Rows of `future_snapshots`, of a symbol whose futures are collected. */
  readonly futures?: readonly FutureRow[]
  /**
   * The ledger row without `rows`, which the lake counts; of futures it also counts
   * `future_rows`. Its date is the trade date, also of the rows.
   */
  readonly report: Omit<LedgerRow, 'rows'>
}

export interface AppendReport {
  /** Version of the table that contains the slot. */
  readonly version: number
  /** Number of data files written, and their total size. */
  readonly files: number
  readonly bytes: number
  /** Rows in those files: new rows, and stored rows that were carried over. */
  readonly rowsWritten: number
  readonly reports: readonly LedgerRow[]
  /** Time until the commit was durable, milliseconds. */
  readonly commitMs: number
  /** The result of the log's maintenance, which runs after the commit and cannot undo it. */
  readonly maintenance: MaintenanceReport
}

/** What is known as soon as the slot is stored. */
export type StoredSlot = Omit<AppendReport, 'maintenance'>

/** The change to the table from one symbol's rows. */
interface SymbolChange {
  readonly replaced: readonly SnapshotFile[]
  /** The new file; null if there is none. */
  readonly staged: StagedFile | null
  readonly rowsWritten: number
  readonly report: LedgerRow
}

/** One symbol's part of the slot with its new rows as a frame; `fresh` is null without rows. */
interface FreshPart extends SymbolSlot {
  readonly fresh: frames.Frame | null
}

/**
 * Stores a slot. New rows replace stored rows with the same key; other stored rows are kept. All symbols and their
 * ledger rows become visible in one commit. Once this returns, they survive a power cut.
 * @throws Failure EXIT.io when a disk operation fails: nothing of the slot is then visible. EXIT.tryLater when another
 * writer keeps changing the same slot. RangeError when rows do not belong to the slot or do not fit their columns, or the
 * lake is closed: nothing is then written.
 * @param onStored is told as soon as the slot is stored, before the log's maintenance; it must not throw.
 */
export async function append(
  lake: Lake,
  slot: SlotCommit,
  onStored: (stored: StoredSlot) => void = () => {},
): Promise<AppendReport> {
  const startedAt = lake.clock.monotonicMs()
  checkWriting(lake)
  checkSlot(slot)
  // Data first, then their acknowledgement. A crash in between leaves rows that the recovered slot acknowledges.
  const futureRows = await storeFutures(lake, slot)
  const parts = freshParts(counted(slot, futureRows))
  const { state, change } = await commitChange(lake, {
    table: lake.snapshots,
    what: `slot ${new Date(slot.slot).toISOString()}`,
    prepare: async (state) => {
      const symbols = await prepare(lake, state, { slot, parts })
      const staged = symbols.flatMap((symbol) => symbol.staged ?? [])
      return { symbols, staged, actions: actionsOf(lake, slot, { readVersion: state.version, symbols }) }
    },
  })
  const { symbols = [], staged = [] } = change ?? {}
  cacheNewestChain(lake, slot, symbols)
  const commitMs = lake.clock.monotonicMs() - startedAt
  const stored: StoredSlot = {
    version: state.version,
    files: staged.length,
    bytes: staged.reduce((sum, file) => sum + file.add.size, 0),
    rowsWritten: symbols.reduce((sum, symbol) => sum + symbol.rowsWritten, 0),
    // Copies, because the log keeps the reports of the newest commits in memory.
    reports: symbols.map(({ report }) => ({ ...report })),
    commitMs,
  }
  onStored(stored)
  return { ...stored, maintenance: await maintainSnapshots(lake) }
}

/** The reports with the number of futures that are now stored for the slot. */
function counted(slot: SlotCommit, futureRows: ReadonlyMap<string, number>): SlotCommit {
  if (futureRows.size === 0) return slot
  const symbols = slot.symbols.map((part) => ({
    ...part,
    report: { ...part.report, future_rows: futureRows.get(part.symbol) ?? part.report.future_rows },
  }))
  return { ...slot, symbols }
}

/** Caches the newest chain, which is read most often, unless it includes rows of an earlier run. */
function cacheNewestChain(lake: Lake, { slot, symbols }: SlotCommit, changes: readonly SymbolChange[]): void {
  for (const [at, { symbol, rows }] of symbols.entries()) {
    const change = changes[at]
    const path = change?.staged ? pathFromLog(change.staged.add.path) : null
    const isWhole = change?.replaced.length === 0 && change.rowsWritten === rows.length
    if (path !== null && isWhole) cacheLatestSlot(lake, { slot, symbol, rows, path })
  }
}

/** Builds one frame for all symbols and slices it, which takes half the time of a frame for each symbol. */
function freshParts(slot: SlotCommit): FreshPart[] {
  const rows = slot.symbols.flatMap((part) => part.rows)
  if (rows.length === 0) return slot.symbols.map((part) => ({ ...part, fresh: null }))
  const whole = frames.frameOf(rows)
  let from = 0
  return slot.symbols.map((part) => {
    const own = whole.slice(from, part.rows.length)
    from += part.rows.length
    return { ...part, fresh: own.height === 0 ? null : frames.keepLast(own) }
  })
}

/** Stages the data files of all symbols. If one fails, all are deleted. */
async function prepare(
  lake: Lake,
  table: SnapshotState,
  { slot, parts }: { slot: SlotCommit; parts: readonly FreshPart[] },
): Promise<SymbolChange[]> {
  const added = addedColumns(table.metaData, SNAPSHOT_SCHEMA, lake.layout.table)
  const settled = await Promise.allSettled(
    parts.map((part) => changeOf(lake, table, { slot: slot.slot, part, added })),
  )
  const changes = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const failed = settled.find((result) => result.status === 'rejected')
  if (!failed) return changes
  await withdraw(changes.flatMap((change) => change.staged ?? []))
  throw failed.reason
}

async function changeOf(
  lake: Lake,
  table: SnapshotState,
  { slot, part, added }: { slot: EpochMs; part: FreshPart; added: readonly AddedColumn[] },
): Promise<SymbolChange> {
  const date = sessionDate(part.report.date)
  const stored = filesOf(table, part.symbol, date).filter(
    (file) => file.minSlot <= slot && slot <= file.maxSlot,
  )
  const { fresh, symbol } = part
  let carried: frames.Frame[] = []
  let replaced: SnapshotFile[] = []
  let rows = fresh?.height ?? 0
  for (const file of stored) {
    const merge = await mergeOf(lake, file, { slot, fresh, added })
    rows += merge.slotRows
    if (merge.carried === null) continue
    carried = [...carried, merge.carried]
    replaced = [...replaced, file]
  }
  const report: LedgerRow = { ...part.report, rows }
  if (!fresh) return { replaced, staged: null, rowsWritten: 0, report }
  const whole = frames.sorted([fresh, ...carried])
  const first = epochMs(Math.min(slot, ...replaced.map((file) => file.minSlot)))
  const staged = await stageFrame(lake, whole, { symbol, date, slot: first, dataChange: true })
  return { replaced, staged, rowsWritten: whole.height, report }
}

/**
 * The effect on one stored file. `carried`: the rows to carry over into the new file, or null if the file stays
 * unchanged. `slotRows`: the number of rows of the slot that the file contributes.
 */
async function mergeOf(
  lake: Lake,
  file: SnapshotFile,
  { slot, fresh, added }: { slot: EpochMs; fresh: frames.Frame | null; added: readonly AddedColumn[] },
): Promise<{ carried: frames.Frame | null; slotRows: number }> {
  const onlyThisSlot = file.minSlot === slot && file.maxSlot === slot
  if (!fresh && onlyThisSlot && file.rows !== null) return { carried: null, slotRows: file.rows }
  const bytes = await readChecked(lake, file)
  const whole = () => frames.frameOfParquet(bytes, { isForeign: file.sha256 === null, added })
  const decode = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw unreadable(lake, file, error)
    }
  }
  // For a file with many slots, decode only the rows of this slot, unless some of them are replaced.
  const ofSlot = decode(() => (onlyThisSlot ? whole() : frames.slotOfParquet(dataFilePath(lake, file), slot)))
  if (!fresh) return { carried: null, slotRows: ofSlot.height }
  const kept = frames.rowsNotIn(ofSlot, fresh)
  if (onlyThisSlot) return { carried: kept, slotRows: kept.height }
  const untouched = kept.height === ofSlot.height
  return { carried: untouched ? null : frames.rowsNotIn(decode(whole), fresh), slotRows: kept.height }
}

function actionsOf(
  lake: Lake,
  { slot }: SlotCommit,
  { readVersion, symbols }: { readVersion: number; symbols: readonly SymbolChange[] },
): Action[] {
  const now = lake.clock.now()
  const info = commitInfo('WRITE', {
    timestamp: now,
    operationParameters: { mode: 'Append', partitionBy: '["symbol","date"]' },
    readVersion,
    isBlindAppend: false,
    slot,
    reports: symbols.map((symbol) => symbol.report),
  })
  const actions = symbols.flatMap(({ replaced, staged }): Action[] => [
    ...replaced.map((file) => snapshotRemoval(file, { now, dataChange: true })),
    ...(staged ? [{ add: staged.add }] : []),
  ])
  return [info, ...actions]
}
