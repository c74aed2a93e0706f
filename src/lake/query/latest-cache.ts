import type { EpochMs } from '../../market/units.ts'
import type { SnapshotRow } from '../../snapshot/row.ts'
import type { Lake } from '../open.ts'
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

/** Caches rows just committed, so that `latestChain` need not read a file. */
export function cacheLatestSlot(lake: Lake, stored: CachedSlot): void {
  const cache = caches.get(lake) ?? new Map<string, Entry>()
  caches.set(lake, cache)
  const cached = cache.get(stored.symbol)
  if (!cached || cached.slot <= stored.slot) cache.set(stored.symbol, { ...stored, isSorted: false })
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
