import type { Table } from '../../delta/table.ts'
import type { EpochMs } from '../../market/units.ts'
import type { SnapshotRow } from '../../snapshot/row.ts'
import type { Lake } from '../open.ts'
import { locateSlot, newestSlot } from './file-index.ts'
import { compareByKey } from './scan-rows.ts'

/** One symbol's slot as this process has stored it. */
export interface CachedSlot {
  readonly slot: EpochMs
  readonly symbol: string
  readonly rows: readonly SnapshotRow[]
  /** The file that holds these rows and no others, below the table's folder. */
  readonly path: string
}

/** What each open lake's writer keeps: one slot a symbol, some megabytes at most. */
const keptOf = new WeakMap<Lake, Map<string, CachedSlot & { readonly sorted: boolean }>>()

/** Keeps the rows that a commit has just stored, so that the symbol's latest chain needs no disk. */
export function cacheLatestSlot(lake: Lake, stored: CachedSlot): void {
  const kept = keptOf.get(lake) ?? new Map()
  keptOf.set(lake, kept)
  const before = kept.get(stored.symbol)
  if (!before || before.slot <= stored.slot) kept.set(stored.symbol, { ...stored, sorted: false })
}

/**
 * The newest slot of a symbol, sorted, if all of it is still in the file whose rows were kept; null where the disk
 * must be asked: nothing was kept, or somebody has stored or replaced rows since.
 */
export function cachedLatestChain(lake: Lake, table: Table, symbol: string): readonly SnapshotRow[] | null {
  const kept = keptOf.get(lake)?.get(symbol)
  if (!kept || newestSlot(table, symbol) !== kept.slot) return null
  const { files } = locateSlot(table, symbol, kept.slot)
  if (files.length !== 1 || files[0]?.path !== kept.path) return null
  if (kept.sorted) return kept.rows
  const rows = kept.rows.toSorted(compareByKey)
  keptOf.get(lake)?.set(symbol, { ...kept, rows, sorted: true })
  return rows
}
