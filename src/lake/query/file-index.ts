import type { EpochMs, SessionDate } from '../../market/units.ts'
import type { SnapshotFile } from '../tables/data-files.ts'
import type { SnapshotState } from '../tables/snapshot-table.ts'

/** Data files by symbol, sorted by first slot. Built once for each queried version of the table. */
const indexes = new WeakMap<SnapshotState['files'], ReadonlyMap<string, readonly SnapshotFile[]>>()

/** The files that may hold rows of a symbol, on one date if given, sorted by their first slot. */
export function filesOf(table: SnapshotState, symbol: string, date?: SessionDate): readonly SnapshotFile[] {
  const files = indexOf(table).get(symbol) ?? []
  return date === undefined ? files : files.filter((file) => file.date === date)
}

/** The files that may hold a symbol's rows with slots from one time to another, inclusive. */
export function filesBetween(
  table: SnapshotState,
  symbol: string,
  { from, to }: { readonly from: EpochMs; readonly to: EpochMs },
): readonly SnapshotFile[] {
  return filesOf(table, symbol).filter((file) => file.minSlot <= to && from <= file.maxSlot)
}

/** Location of the newest slot at or before a time. */
export interface SlotLocation {
  /** Usually one file; none if the symbol has no slot that early. */
  readonly files: readonly SnapshotFile[]
  /** Null if the slot bounds in the log do not determine it. The files' timestamps must then be read. */
  readonly slot: EpochMs | null
}

/** Finds a symbol's newest slot at or before a time from the slot bounds of its files, without reading files. */
export function locateSlot(table: SnapshotState, symbol: string, at: EpochMs): SlotLocation {
  const begun = filesOf(table, symbol).filter((file) => file.minSlot <= at)
  // A file has rows of its first and last slot, so the newest of these at or before `at` is certainly stored.
  const surelyStored = begun.reduce<EpochMs | null>((newest, file) => {
    const bound = file.maxSlot <= at ? file.maxSlot : file.minSlot
    return newest === null || bound > newest ? bound : newest
  }, null)
  if (surelyStored === null) return { files: [], slot: null }
  const files = begun.filter((file) => file.maxSlot >= surelyStored)
  return { files, slot: files.every((file) => file.maxSlot <= at) ? surelyStored : null }
}

/** The newest slot of a symbol; null if it has none. */
export function newestSlot(table: SnapshotState, symbol: string): EpochMs | null {
  return filesOf(table, symbol).reduce<EpochMs | null>(
    (newest, file) => (newest === null || file.maxSlot > newest ? file.maxSlot : newest),
    null,
  )
}

function indexOf(table: SnapshotState): ReadonlyMap<string, readonly SnapshotFile[]> {
  const known = indexes.get(table.files)
  if (known) return known
  const index = new Map<string, SnapshotFile[]>()
  for (const file of table.files.values()) {
    if (file.rows === 0) continue
    const own = index.get(file.symbol)
    if (own) own.push(file)
    else index.set(file.symbol, [file])
  }
  for (const own of index.values()) own.sort((a, b) => a.minSlot - b.minSlot)
  indexes.set(table.files, index)
  return index
}
