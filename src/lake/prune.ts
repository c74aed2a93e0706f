import type { EpochMs, SessionDate } from '../market/units.ts'
import type { AddFile } from './actions.ts'
import type { Table } from './table.ts'

/** The files that can hold rows of one symbol, of one date if given. */
export function filesOf(table: Table, symbol: string, date?: SessionDate): AddFile[] {
  return [...table.files.values()].filter(
    (file) => file.symbol === symbol && (date === undefined || file.date === date),
  )
}

/**
 * The files that can hold a symbol's newest slot at or before a time: usually one, and none if the symbol has no
 * slot that early. The slot itself need not be known: a file of many slots may hold one between its bounds.
 */
export function filesAsOf(table: Table, symbol: string, at: EpochMs): AddFile[] {
  const begun = filesOf(table, symbol).filter((file) => file.minSlot <= at)
  const surelyStored = begun.reduce(
    (newest, file) => Math.max(newest, file.maxSlot <= at ? file.maxSlot : file.minSlot),
    Number.NEGATIVE_INFINITY,
  )
  return begun.filter((file) => file.maxSlot >= surelyStored)
}

/** The newest slot of a symbol; null if it has none. */
export function newestSlot(table: Table, symbol: string): EpochMs | null {
  return filesOf(table, symbol).reduce<EpochMs | null>(
    (newest, file) => (newest === null || file.maxSlot > newest ? file.maxSlot : newest),
    null,
  )
}
