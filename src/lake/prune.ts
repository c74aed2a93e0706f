import type { EpochMs, SessionDate } from '../market/units.ts'
import type { AddFile } from './actions.ts'
import type { Table } from './table.ts'

/** The files that can hold rows of one symbol, of one date if given. */
export function filesOf(table: Table, symbol: string, date?: SessionDate): AddFile[] {
  return [...table.files.values()].filter(
    (file) => file.symbol === symbol && (date === undefined || file.date === date),
  )
}

/** Where to look for the newest slot by a time. */
export interface AsOf {
  /** Usually one; none if the symbol has no slot that early. */
  readonly files: readonly AddFile[]
  /** The slot, where the bounds of the files tell it; null where a file of many slots must be looked into. */
  readonly slot: EpochMs | null
}

/** Where a symbol's newest slot at or before a time is, by the bounds of its files. */
export function asOf(table: Table, symbol: string, at: EpochMs): AsOf {
  const begun = filesOf(table, symbol).filter((file) => file.minSlot <= at)
  const surelyStored = begun.reduce<EpochMs | null>((newest, file) => {
    const bound = file.maxSlot <= at ? file.maxSlot : file.minSlot
    return newest === null || bound > newest ? bound : newest
  }, null)
  if (surelyStored === null) return { files: [], slot: null }
  const files = begun.filter((file) => file.maxSlot >= surelyStored)
  return { files, slot: files.every((file) => file.maxSlot <= at) ? surelyStored : null }
}

/** The newest slot of a symbol; null if it has none. */
export function newestSlot(table: Table, symbol: string): EpochMs | null {
  return filesOf(table, symbol).reduce<EpochMs | null>(
    (newest, file) => (newest === null || file.maxSlot > newest ? file.maxSlot : newest),
    null,
  )
}
