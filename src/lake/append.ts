import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EXIT, Failure } from '../failure.ts'
import type { EpochMs, SessionDate } from '../market/units.ts'
import type { LedgerRow } from '../snapshot/ledger.ts'
import type { SnapshotRow } from '../snapshot/row.ts'
import type { Action, AddFile } from './actions.ts'
import { discard, ioFailure, publish, UnflushedFailure } from './durable.ts'
import * as frames from './frame.ts'
import { dataPath, pathToLog } from './layout.ts'
import { commit } from './log.ts'
import { currentTable, type Lake } from './open.ts'
import { ENGINE } from './schema.ts'
import type { Table } from './table.ts'

/** One slot of all symbols, ready to be stored. A symbol that stored nothing is there with no rows and its report. */
export interface SlotCommit {
  readonly slot: EpochMs
  /** New York date of the slot. */
  readonly date: SessionDate
  readonly symbols: readonly SymbolSlot[]
}

export interface SymbolSlot {
  readonly symbol: string
  readonly rows: readonly SnapshotRow[]
  /** The ledger row but for its count of rows, which only the lake knows. */
  readonly report: Omit<LedgerRow, 'rows'>
}

export interface AppendReport {
  /** Version of the table that holds the slot. */
  readonly version: number
  /** Data files written, and their bytes together. */
  readonly files: number
  readonly bytes: number
  /** Rows in those files: new ones, and stored ones that were carried over. */
  readonly rowsWritten: number
  readonly reports: readonly LedgerRow[]
  /** From the call to the acknowledgement. */
  readonly commitMs: number
}

/** What one symbol's rows do to the table. */
interface Change {
  readonly actions: readonly Action[]
  /** The new file on disk, absolute; null where there is none. */
  readonly published: string | null
  readonly bytes: number
  readonly rowsWritten: number
  readonly report: LedgerRow
}

/** A foreign writer that wins this often against us is not going to let us in. */
const MOST_ATTEMPTS = 5

/**
 * Stores a slot: new rows replace stored rows of the same key, stored rows that were not answered again stay.
 * All symbols, and the ledger, become visible in one commit; once this returns they outlive a power cut.
 * @throws Failure EXIT.io when the disk refuses: then nothing of the slot is visible. EXIT.tryLater when another
 * writer keeps changing the same slot. RangeError when rows do not belong to the slot or do not fit their columns.
 */
export async function append(lake: Lake, slot: SlotCommit): Promise<AppendReport> {
  const startedAt = lake.clock.monotonicMs()
  checkSlot(lake, slot)
  let table = await currentTable(lake)
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const changes = await prepare(lake, table, slot)
    const outcome = await commit(lake.log, table.version, actionsOf(lake, slot, { table, changes })).catch(
      async (error: unknown) => {
        if (!(error instanceof UnflushedFailure)) await withdraw(changes)
        throw error
      },
    )
    if (outcome.kind === 'committed') {
      return {
        version: outcome.table.version,
        files: changes.filter((change) => change.published !== null).length,
        bytes: changes.reduce((sum, change) => sum + change.bytes, 0),
        rowsWritten: changes.reduce((sum, change) => sum + change.rowsWritten, 0),
        reports: changes.map((change) => change.report),
        commitMs: lake.clock.monotonicMs() - startedAt,
      }
    }
    await withdraw(changes)
    table = outcome.table
  }
  throw new Failure(
    EXIT.tryLater,
    `${lake.layout.table}: another writer changed slot ${new Date(slot.slot).toISOString()} ${MOST_ATTEMPTS} times over: stop it`,
  )
}

/** Writes the data files of all symbols; if one fails, none is left. */
async function prepare(lake: Lake, table: Table, slot: SlotCommit): Promise<Change[]> {
  const settled = await Promise.allSettled(
    slot.symbols.map((part) => changeOf(lake, table, { ...slot, part })),
  )
  const changes = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const failed = settled.find((result) => result.status === 'rejected')
  if (!failed) return changes
  await withdraw(changes)
  throw failed.reason
}

async function withdraw(changes: readonly Change[]): Promise<void> {
  await Promise.all(
    changes.flatMap((change) => (change.published === null ? [] : [discard(change.published)])),
  )
}

async function changeOf(
  lake: Lake,
  table: Table,
  { slot, date, part }: { slot: EpochMs; date: SessionDate; part: SymbolSlot },
): Promise<Change> {
  const stored = [...table.files.values()].filter(
    (file) =>
      file.symbol === part.symbol && file.date === date && file.minSlot <= slot && slot <= file.maxSlot,
  )
  const fresh = part.rows.length === 0 ? null : frames.keepLast(frames.frameOf(part.rows))
  let carried: frames.Frame[] = []
  let replaced: AddFile[] = []
  let rows = fresh?.height ?? 0
  for (const file of stored) {
    const merge = await mergeOf(lake, file, { slot, fresh })
    rows += merge.slotRows
    if (merge.carried === null) continue
    carried = [...carried, merge.carried]
    replaced = [...replaced, file]
  }
  const report: LedgerRow = { ...part.report, rows }
  if (!fresh) return { actions: [], published: null, bytes: 0, rowsWritten: 0, report }
  const whole = frames.sorted([fresh, ...carried])
  const path = dataPath({ symbol: part.symbol, date, slot, unique: lake.log.unique() })
  const bytes = frames.parquetOf(whole)
  const published = join(lake.layout.table, path)
  await publish({ path: published, bytes, unique: lake.log.unique(), below: lake.layout.table })
  const now = lake.clock.now()
  const add = {
    path: pathToLog(path),
    partitionValues: { symbol: part.symbol, date },
    size: bytes.length,
    modificationTime: now,
    dataChange: true,
    stats: frames.statsOf(whole),
    tags: {
      'optionlake.sha256': createHash('sha256').update(bytes).digest('hex'),
      'optionlake.rows': String(whole.height),
    },
  }
  const actions = [...replaced.map((file) => removal(file, now)), { add }]
  return { actions, published, bytes: bytes.length, rowsWritten: whole.height, report }
}

/**
 * What becomes of one stored file: the rows to carry over into the new one, or null where it stays as it is,
 * and how many rows of the slot it contributes.
 */
async function mergeOf(
  lake: Lake,
  file: AddFile,
  { slot, fresh }: { slot: EpochMs; fresh: frames.Frame | null },
): Promise<{ carried: frames.Frame | null; slotRows: number }> {
  const onlyThisSlot = file.minSlot === slot && file.maxSlot === slot
  if (!fresh && onlyThisSlot) return { carried: null, slotRows: file.rows }
  const stored = await readStored(lake, file)
  if (!fresh) return { carried: null, slotRows: frames.rowsOfSlot(stored, slot) }
  const kept = frames.survivors(stored, fresh)
  // A file of many slots that holds none of the rows need not be written again.
  const untouched = !onlyThisSlot && kept.height === stored.height
  return { carried: untouched ? null : kept, slotRows: frames.rowsOfSlot(kept, slot) }
}

/** Reads a data file, and first makes sure that it is the one that was written: a new file must not bless damage. */
async function readStored(lake: Lake, file: AddFile): Promise<frames.Frame> {
  const path = join(lake.layout.table, file.path)
  const bytes = await readFile(path).catch((error: unknown) => {
    throw ioFailure('read', path, error)
  })
  if (file.sha256 !== null && file.sha256 !== createHash('sha256').update(bytes).digest('hex')) {
    throw new Failure(
      EXIT.io,
      `cannot read ${path}: it is damaged, its checksum differs; restore it from a copy`,
    )
  }
  return frames.frameOfParquet(bytes)
}

function removal(file: AddFile, now: EpochMs): Action {
  return {
    remove: {
      path: pathToLog(file.path),
      deletionTimestamp: now,
      dataChange: true,
      extendedFileMetadata: true,
      partitionValues: { symbol: file.symbol, date: file.date },
      size: file.size,
    },
  }
}

function actionsOf(
  lake: Lake,
  slot: SlotCommit,
  { table, changes }: { table: Table; changes: readonly Change[] },
): Action[] {
  const commitInfo = {
    timestamp: lake.clock.now(),
    operation: 'WRITE',
    operationParameters: { mode: 'Append', partitionBy: '["symbol","date"]' },
    readVersion: table.version,
    isBlindAppend: false,
    engineInfo: ENGINE,
    optionlake: { seal: '', slot: slot.slot, reports: changes.map((change) => change.report) },
  }
  return [{ commitInfo }, ...changes.flatMap((change) => change.actions)]
}

function checkSlot(lake: Lake, slot: SlotCommit): void {
  if (lake.mode !== 'write') throw new RangeError(`${lake.layout.root} is open for reading only`)
  const symbols = new Set(slot.symbols.map((part) => part.symbol))
  if (symbols.size < slot.symbols.length) throw new RangeError('a symbol occurs twice in one slot')
  for (const { symbol, rows, report } of slot.symbols) {
    const belongs = (row: { timestamp: number; symbol: string; date: string }) =>
      row.timestamp === slot.slot && row.symbol === symbol && row.date === slot.date
    if (!belongs(report) || !rows.every(belongs)) {
      throw new RangeError(`rows or report of ${symbol} do not belong to slot ${slot.slot} of ${slot.date}`)
    }
  }
}
