import type { EpochMs, ExpiryDate } from '../market/units.ts'
import type { SnapshotRow } from '../snapshot/row.ts'
import { newestKept } from './memory.ts'
import { currentTable, type Lake } from './open.ts'
import { type AsOf, asOf, newestSlot } from './prune.ts'
import { aggregate, scan } from './scan.ts'
import type { SnapshotColumn } from './scan-rows.ts'
import type { Table } from './table.ts'

/** What every question about rows can be narrowed to. */
export interface Narrowing<C extends SnapshotColumn> {
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
  only: { readonly expiry?: ExpiryDate } & Narrowing<C> = {},
): Promise<Pick<SnapshotRow, C>[]> {
  const table = await currentTable(lake)
  const kept = newestKept(lake, table, symbol)
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
  asked: { readonly at: EpochMs; readonly expiry?: ExpiryDate } & Narrowing<C>,
): Promise<Pick<SnapshotRow, C>[]> {
  return chainIn(lake, await currentTable(lake), { symbol, ...asked })
}

async function chainIn<C extends SnapshotColumn>(
  lake: Lake,
  table: Table,
  { symbol, at, expiry, columns }: { symbol: string; at: EpochMs; expiry?: ExpiryDate } & Narrowing<C>,
): Promise<Pick<SnapshotRow, C>[]> {
  const where = asOf(table, symbol, at)
  const slot = where.slot ?? (await newestSlotIn(lake, where, at))
  if (slot === null) return []
  const ofExpiry = expiry === undefined ? '' : ' AND expiry = $expiry'
  return scan(lake, {
    files: where.files.filter((file) => file.minSlot <= slot && slot <= file.maxSlot),
    symbol,
    where: `timestamp = make_timestamptz($slot::BIGINT)${ofExpiry}`,
    values: { slot: micros(slot), ...(expiry !== undefined && { expiry }) },
    columns,
  })
}

/** The newest slot by a time within files of many slots: of one column that Parquet keeps small. */
async function newestSlotIn(lake: Lake, { files }: AsOf, at: EpochMs): Promise<EpochMs | null> {
  const select =
    ' SELECT epoch_ms(max(timestamp))::DOUBLE FROM files WHERE timestamp <= make_timestamptz($at::BIGINT)'
  const [row] = await aggregate(lake, { files, values: { at: micros(at) } }, select)
  return (row?.[0] as EpochMs | null | undefined) ?? null
}

/** Microseconds as DuckDB takes them. */
export function micros(at: EpochMs): bigint {
  return BigInt(at) * 1000n
}

function narrowed<C extends SnapshotColumn>(
  rows: readonly SnapshotRow[],
  { expiry, columns }: { readonly expiry?: ExpiryDate } & Narrowing<C>,
): Pick<SnapshotRow, C>[] {
  const own = expiry === undefined ? [...rows] : rows.filter((row) => row.expiry === expiry)
  return columns === undefined ? own : own.map((row) => picked(row, columns))
}

/** A row with some of its columns. */
export function picked<C extends SnapshotColumn>(
  row: Pick<SnapshotRow, C>,
  columns: readonly C[],
): Pick<SnapshotRow, C> {
  return Object.fromEntries(columns.map((name) => [name, row[name]])) as Pick<SnapshotRow, C>
}
