import type { AddFile } from '../../delta/actions.ts'
import type { Table } from '../../delta/table.ts'
import type { EpochMs, ExpiryDate } from '../../market/units.ts'
import type { SnapshotRow } from '../../snapshot/row.ts'
import { currentTable, type Lake } from '../open.ts'
import { locateSlot, newestSlot, type SlotLocation } from './file-index.ts'
import { cachedLatestChain } from './latest-cache.ts'
import { aggregate, scan } from './scan.ts'
import type { SnapshotColumn } from './scan-rows.ts'

/** What every question about rows can be narrowed to. */
export interface ColumnSelection<C extends SnapshotColumn> {
  /**
   * The columns that are wanted; every column if left out. Each one costs time: over a day of slots six columns are
   * read in a third of the time of all.
   */
  readonly columns?: readonly C[] | undefined
}

/**
 * The newest stored slot of a symbol: one row for each contract, sorted by expiry, strike and right. Empty when
 * the symbol has no rows. Timestamps are epoch milliseconds, prices dollars; what was not quoted or computed is
 * null. The process that stored the slot answers from memory, others from the slot's file.
 * @throws Failure EXIT.io when log or data cannot be read.
 */
export async function latestChain<C extends SnapshotColumn = SnapshotColumn>(
  lake: Lake,
  symbol: string,
  only: { readonly expiry?: ExpiryDate } & ColumnSelection<C> = {},
): Promise<Pick<SnapshotRow, C>[]> {
  const table = await currentTable(lake)
  const kept = cachedLatestChain(lake, table, symbol)
  if (kept) return narrowed(kept, only)
  const at = newestSlot(table, symbol)
  return at === null ? [] : chainIn(lake, table, { symbol, at, ...only })
}

/**
 * The chain as it was known at a time: the newest slot at or before it, which may be of an earlier day.
 * Otherwise as `latestChain`.
 */
export async function chainAsOf<C extends SnapshotColumn = SnapshotColumn>(
  lake: Lake,
  symbol: string,
  asked: { readonly at: EpochMs; readonly expiry?: ExpiryDate } & ColumnSelection<C>,
): Promise<Pick<SnapshotRow, C>[]> {
  return chainIn(lake, await currentTable(lake), { symbol, ...asked })
}

async function chainIn<C extends SnapshotColumn>(
  lake: Lake,
  table: Table,
  { symbol, at, expiry, columns }: { symbol: string; at: EpochMs; expiry?: ExpiryDate } & ColumnSelection<C>,
): Promise<Pick<SnapshotRow, C>[]> {
  const where = locateSlot(table, symbol, at)
  const slot = where.slot ?? (await newestSlotIn(lake, where, at))
  if (slot === null) return []
  const files = where.files.filter((file) => file.minSlot <= slot && slot <= file.maxSlot)
  const onlyThisSlot = files.every((file) => file.minSlot === slot && file.maxSlot === slot)
  const conditions = [
    ...(onlyThisSlot ? [] : ['timestamp = make_timestamptz($slot::BIGINT)']),
    ...(expiry === undefined ? [] : ['expiry = $expiry']),
  ]
  return scan(lake, {
    files,
    symbol,
    where: conditions.join(' AND ') || 'true',
    values: { ...(!onlyThisSlot && { slot: micros(slot) }), ...(expiry !== undefined && { expiry }) },
    columns,
  })
}

/** Enough for two years of three symbols; a file's slots take less than a kilobyte. */
const MOST_FILES_KEPT = 1_500

/** By lake and path, the slots of files that have many. Such a file never changes. */
const slotsByFile = new WeakMap<Lake, Map<string, readonly EpochMs[]>>()

/** The newest slot by a time within files of many slots. */
async function newestSlotIn(lake: Lake, { files }: SlotLocation, at: EpochMs): Promise<EpochMs | null> {
  const slots = (await Promise.all(files.map((file) => slotsIn(lake, file)))).flat()
  return slots.reduce<EpochMs | null>(
    (newest, slot) => (slot <= at && (newest === null || slot > newest) ? slot : newest),
    null,
  )
}

/** Of one column that Parquet keeps small, and only once: otherwise a tenth of every chain as of a minute. */
async function slotsIn(lake: Lake, file: AddFile): Promise<readonly EpochMs[]> {
  const kept = slotsByFile.get(lake) ?? new Map<string, readonly EpochMs[]>()
  slotsByFile.set(lake, kept)
  const known = kept.get(file.path)
  if (known) return known
  const select = ' SELECT DISTINCT epoch_ms(timestamp)::DOUBLE FROM files'
  const rows = await aggregate(lake, { files: [file], values: {} }, select)
  const slots = rows.map(([slot]) => slot as EpochMs)
  if (kept.size >= MOST_FILES_KEPT) kept.delete(kept.keys().next().value as string)
  kept.set(file.path, slots)
  return slots
}

/** Microseconds as DuckDB takes them. */
export function micros(at: EpochMs): bigint {
  return BigInt(at) * 1000n
}

function narrowed<C extends SnapshotColumn>(
  rows: readonly SnapshotRow[],
  { expiry, columns }: { readonly expiry?: ExpiryDate } & ColumnSelection<C>,
): Pick<SnapshotRow, C>[] {
  const own = expiry === undefined ? [...rows] : rows.filter((row) => row.expiry === expiry)
  return columns === undefined ? own : own.map((row) => pickColumns(row, columns))
}

/** A row with some of its columns. */
export function pickColumns<C extends SnapshotColumn>(
  row: Pick<SnapshotRow, C>,
  columns: readonly C[],
): Pick<SnapshotRow, C> {
  return Object.fromEntries(columns.map((name) => [name, row[name]])) as Pick<SnapshotRow, C>
}
