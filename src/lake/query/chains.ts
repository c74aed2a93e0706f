import type { EpochMs, ExpiryDate } from '../../market/units.ts'
import type { SnapshotRow } from '../../snapshot/row.ts'
import { timestampParameter } from '../engines/duckdb.ts'
import { currentState, type Lake } from '../open.ts'
import type { SnapshotFile } from '../tables/data-files.ts'
import type { SnapshotState } from '../tables/snapshot-table.ts'
import { filesBetween, locateSlot, newestSlot, type SlotLocation } from './file-index.ts'
import { cachedLatestChain } from './latest-cache.ts'
import { aggregate, scan } from './scan.ts'
import { type ColumnSelection, pickColumns, type SnapshotColumn } from './scan-rows.ts'

/** Which rows of a chain to read; all if left out. */
export interface ChainSelection {
  readonly expiry?: ExpiryDate
  /** Two classes of a symbol may have options of one expiry, strike and right, such as SPX and SPXW. */
  readonly tradingClass?: string
}

/**
 * The newest stored slot of a symbol: one row for each contract, sorted by expiry, strike, right and trading class. Empty if the
 * symbol has no rows. Timestamps are epoch milliseconds, prices are dollars; values not quoted or computed are null.
 * The process that stored the slot answers from memory, others from the slot's file.
 * @throws Failure EXIT.io when the log or data cannot be read.
 */
export async function latestChain<C extends SnapshotColumn = SnapshotColumn>(
  lake: Lake,
  symbol: string,
  only: ChainSelection & ColumnSelection<C> = {},
): Promise<Pick<SnapshotRow, C>[]> {
  const table = await currentState(lake)
  const cached = cachedLatestChain(lake, table, symbol)
  if (cached) return narrowed(cached, only)
  const at = newestSlot(table, symbol)
  return at === null ? [] : chainIn(lake, table, { symbol, at, ...only })
}

/**
 * The chain as known at a time: the newest slot at or before that time, which may be of an earlier day. Otherwise as
 * `latestChain`.
 */
export async function chainAsOf<C extends SnapshotColumn = SnapshotColumn>(
  lake: Lake,
  symbol: string,
  query: { readonly at: EpochMs } & ChainSelection & ColumnSelection<C>,
): Promise<Pick<SnapshotRow, C>[]> {
  return chainIn(lake, await currentState(lake), { symbol, ...query })
}

/** The chain as of `at`, or the newest of all without it: `chainAsOf` or `latestChain`. */
export async function chainAt<C extends SnapshotColumn = SnapshotColumn>(
  lake: Lake,
  symbol: string,
  { at, ...only }: { readonly at?: EpochMs | undefined } & ChainSelection & ColumnSelection<C>,
): Promise<Pick<SnapshotRow, C>[]> {
  return at === undefined ? latestChain(lake, symbol, only) : chainAsOf(lake, symbol, { at, ...only })
}

/**
 * All chains from one slot to another, inclusive, by slot. Order, units and nulls as in `latestChain`. A slot without
 * rows is left out. Meant for going through many slots: the files are read once, and all rows are in memory at once.
 * @throws Failure EXIT.io when the log or data cannot be read.
 */
export async function chainsBetween<C extends SnapshotColumn>(
  lake: Lake,
  symbol: string,
  query: { readonly from: EpochMs; readonly to: EpochMs } & ChainSelection & ColumnSelection<C | 'timestamp'>,
): Promise<ReadonlyMap<EpochMs, readonly Pick<SnapshotRow, C | 'timestamp'>[]>> {
  const rows = await scan(lake, {
    files: filesBetween(await currentState(lake), symbol, query),
    symbol,
    where: [
      'timestamp BETWEEN make_timestamptz($from::BIGINT) AND make_timestamptz($to::BIGINT)',
      ...conditionsOf(query),
    ].join(' AND '),
    values: {
      from: timestampParameter(query.from),
      to: timestampParameter(query.to),
      ...parametersOf(query),
    },
    columns: query.columns,
  })
  const slots = new Map<EpochMs, Pick<SnapshotRow, C | 'timestamp'>[]>()
  for (const row of rows) {
    const slot = row.timestamp as EpochMs
    const chain = slots.get(slot)
    if (chain) chain.push(row)
    else slots.set(slot, [row])
  }
  return slots
}

async function chainIn<C extends SnapshotColumn>(
  lake: Lake,
  table: SnapshotState,
  query: { symbol: string; at: EpochMs } & ChainSelection & ColumnSelection<C>,
): Promise<Pick<SnapshotRow, C>[]> {
  const { symbol, at, columns } = query
  const location = locateSlot(table, symbol, at)
  const slot = location.slot ?? (await newestSlotIn(lake, location, at))
  if (slot === null) return []
  const files = location.files.filter((file) => file.minSlot <= slot && slot <= file.maxSlot)
  const onlyThisSlot = files.every((file) => file.minSlot === slot && file.maxSlot === slot)
  const conditions = [
    ...(onlyThisSlot ? [] : ['timestamp = make_timestamptz($slot::BIGINT)']),
    ...conditionsOf(query),
  ]
  return scan(lake, {
    files,
    symbol,
    where: conditions.join(' AND ') || 'true',
    values: {
      ...(!onlyThisSlot && { slot: timestampParameter(slot) }),
      ...parametersOf(query),
    },
    columns,
  })
}

function conditionsOf({ expiry, tradingClass }: ChainSelection): string[] {
  return [
    ...(expiry === undefined ? [] : ['expiry = $expiry']),
    ...(tradingClass === undefined ? [] : ['trading_class = $tradingClass']),
  ]
}

/** The parameters of `conditionsOf`. */
function parametersOf({ expiry, tradingClass }: ChainSelection): Record<string, string> {
  return { ...(expiry !== undefined && { expiry }), ...(tradingClass !== undefined && { tradingClass }) }
}

/** Enough for two years of three symbols. The slots of one file take less than a kilobyte. */
const MAX_CACHED_FILES = 1_500

/** The slots in compacted files, by lake and path. Entries stay valid because data files never change. */
const slotCaches = new WeakMap<Lake, Map<string, readonly EpochMs[]>>()

/** The newest slot at or before a time in files of many slots. */
async function newestSlotIn(lake: Lake, { files }: SlotLocation, at: EpochMs): Promise<EpochMs | null> {
  const slots = (await Promise.all(files.map((file) => slotsIn(lake, file)))).flat()
  return slots.reduce<EpochMs | null>(
    (newest, slot) => (slot <= at && (newest === null || slot > newest) ? slot : newest),
    null,
  )
}

/** The slots in one file. Cached, because reading even this small column takes a tenth of the time of `chainAsOf`. */
export async function slotsIn(lake: Lake, file: SnapshotFile): Promise<readonly EpochMs[]> {
  const cache = slotCaches.get(lake) ?? new Map<string, readonly EpochMs[]>()
  slotCaches.set(lake, cache)
  const cached = cache.get(file.path)
  if (cached) return cached
  const select = ' SELECT DISTINCT epoch_ms(timestamp)::DOUBLE FROM files'
  const rows = await aggregate(lake, { files: [file], values: {} }, select)
  const slots = rows.map(([slot]) => slot as EpochMs)
  if (cache.size >= MAX_CACHED_FILES) cache.delete(cache.keys().next().value as string)
  cache.set(file.path, slots)
  return slots
}

function narrowed<C extends SnapshotColumn>(
  rows: readonly SnapshotRow[],
  { expiry, tradingClass, columns }: ChainSelection & ColumnSelection<C>,
): Pick<SnapshotRow, C>[] {
  const isWanted = (row: SnapshotRow) =>
    (expiry === undefined || row.expiry === expiry) &&
    (tradingClass === undefined || row.trading_class === tradingClass)
  const own = expiry === undefined && tradingClass === undefined ? rows : rows.filter(isWanted)
  // Copies, so that a caller that changes a row does not change the next answer.
  return columns === undefined ? own.map((row) => ({ ...row })) : pickColumns(own, columns)
}
