import type { EpochMs } from '../../market/units.ts'
import type { Column } from '../../snapshot/column.ts'
import { SNAPSHOT_COLUMNS, type SnapshotRow } from '../../snapshot/row.ts'
import type { Lake } from '../open.ts'
import { readBack } from '../tables/precision.ts'
import type { SnapshotState } from '../tables/snapshot-table.ts'
import { locateSlot, newestSlot } from './file-index.ts'
import { compareByKey } from './scan-rows.ts'

/** The rows of one symbol in one slot. */
interface CachedSlot {
  readonly slot: EpochMs
  readonly symbol: string
  readonly rows: readonly SnapshotRow[]
  /** The data file that holds exactly these rows, below the table's folder. */
  readonly path: string
}

interface Entry extends CachedSlot {
  readonly isSorted: boolean
}

/** The latest slot of each symbol stored by this process: a few megabytes for each lake. */
const caches = new WeakMap<Lake, Map<string, Entry>>()

/** Caches rows just committed, so that `latestChain` need not read a file. The caller keeps its own rows. */
export function cacheLatestSlot(lake: Lake, stored: CachedSlot): void {
  const cache = caches.get(lake) ?? new Map<string, Entry>()
  caches.set(lake, cache)
  const cached = cache.get(stored.symbol)
  if (cached && cached.slot > stored.slot) return
  cache.set(stored.symbol, { ...stored, rows: stored.rows.map(rowAsRead), isSorted: false })
}

/**
 * The latest chain of a symbol from the cache, sorted. Null if nothing is cached, or if the table now has a newer slot
 * or other files of the same slot. The files must then be read.
 */
export function cachedLatestChain(
  lake: Lake,
  table: SnapshotState,
  symbol: string,
): readonly SnapshotRow[] | null {
  const cached = caches.get(lake)?.get(symbol)
  if (!cached || newestSlot(table, symbol) !== cached.slot) return null
  const { files } = locateSlot(table, symbol, cached.slot)
  if (files.length !== 1 || files[0]?.path !== cached.path) return null
  if (cached.isSorted) return cached.rows
  const rows = cached.rows.toSorted(compareByKey)
  caches.get(lake)?.set(symbol, { ...cached, rows, isSorted: true })
  return rows
}

type Numbers = { readonly [C in keyof SnapshotRow]: (value: number | null) => number | null }
const NUMBERS = Object.fromEntries(
  (SNAPSHOT_COLUMNS as readonly Column[]).map((column) => [column.name, readBack(column)]),
) as Numbers

/**
 * The row that would be read from disk: the columns in order and nothing else, each value as stored. Written out, for
 * speed as in scan-rows.ts. The values are checked: other columns than these hold neither −0 nor more digits.
 */
function rowAsRead(row: SnapshotRow): SnapshotRow {
  return {
    timestamp: row.timestamp,
    symbol: row.symbol,
    expiry: row.expiry,
    strike: row.strike,
    right: row.right,
    bid: row.bid,
    ask: row.ask,
    last: row.last,
    bid_size: NUMBERS.bid_size(row.bid_size),
    ask_size: NUMBERS.ask_size(row.ask_size),
    volume: NUMBERS.volume(row.volume),
    open_interest: NUMBERS.open_interest(row.open_interest),
    iv: NUMBERS.iv(row.iv),
    delta: NUMBERS.delta(row.delta),
    gamma: NUMBERS.gamma(row.gamma),
    theta: NUMBERS.theta(row.theta),
    vega: NUMBERS.vega(row.vega),
    underlying_price: row.underlying_price,
    greeks_source: row.greeks_source,
    data_type: row.data_type,
    quoted_at: NUMBERS.quoted_at(row.quoted_at),
    con_id: NUMBERS.con_id(row.con_id) as number,
    trading_class: row.trading_class,
    flags: NUMBERS.flags(row.flags) as number,
    yearmonth: row.yearmonth,
    date: row.date,
    exercise_style: row.exercise_style,
    settlement: row.settlement,
    expires_at: NUMBERS.expires_at(row.expires_at),
    multiplier: row.multiplier,
    currency: row.currency,
    exchange: row.exchange,
    underlying_type: row.underlying_type,
    underlying_con_id: NUMBERS.underlying_con_id(row.underlying_con_id),
    pv_dividend: NUMBERS.pv_dividend(row.pv_dividend),
    carried_from: NUMBERS.carried_from(row.carried_from),
    definition_version: NUMBERS.definition_version(row.definition_version),
  }
}
