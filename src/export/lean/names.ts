import { optionClassesOf, usStock } from '../../market/instruments.ts'
import type { SessionDate } from '../../market/units.ts'
import type { SnapshotRow } from '../../snapshot/row.ts'

// Paths and names of LEAN's data folder, all in lower case; docs/export.md shows them.

export type TickType = 'quote' | 'trade' | 'openinterest'

/** A zip file of a day and the text file in it. */
export interface EntryName {
  /** Below the data folder. */
  readonly archive: string
  readonly entry: string
}

/** The folders of an underlying and of its options. */
export interface LeanKind {
  readonly option: 'option' | 'indexoption'
  readonly underlying: 'equity' | 'index'
  /** The folder and the first part of the names: the symbol of a stock, the class of an index option. */
  readonly optionName: string
}

/** What LEAN calls the options of a row; null for those that its folders have no place for: see `LeanLeftOut`. */
export function leanKind(
  { symbol, trading_class, multiplier }: Pick<SnapshotRow, 'symbol' | 'trading_class' | 'multiplier'>,
  kind: string,
): LeanKind | null {
  const isStandard = multiplier === null || multiplier === 100
  if (kind === 'IND' && isStandard) {
    return { option: 'indexoption', underlying: 'index', optionName: trading_class.toLowerCase() }
  }
  if (kind !== 'STK' || !isStandard || !optionClassesOf(usStock(symbol)).includes(trading_class)) return null
  return { option: 'option', underlying: 'equity', optionName: symbol.toLowerCase() }
}

export function optionEntry(
  { option, optionName }: LeanKind,
  type: TickType,
  row: Pick<SnapshotRow, 'date' | 'right' | 'strike' | 'expiry'> & { readonly style: string },
): EntryName {
  const day = compact(row.date)
  const right = row.right === 'C' ? 'call' : 'put'
  return {
    archive: `${option}/usa/minute/${optionName}/${day}_${type}_${row.style}.zip`,
    entry: `${day}_${optionName}_minute_${type}_${row.style}_${right}_${deciCents(row.strike)}_${row.expiry}.csv`,
  }
}

export function underlyingEntry(
  underlying: LeanKind['underlying'],
  symbol: string,
  date: SessionDate,
): EntryName {
  const [name, day] = [symbol.toLowerCase(), compact(date)]
  return {
    archive: `${underlying}/usa/minute/${name}/${day}_trade.zip`,
    entry: `${day}_${name}_minute_trade.csv`,
  }
}

export function universeFile({ option, optionName }: LeanKind, date: SessionDate): string {
  return `${option}/usa/universes/${optionName}/${compact(date)}.csv`
}

/** A price in ten-thousandths of a dollar, which LEAN calls deci-cents. */
export function deciCents(price: number): number {
  return Math.round(price * 10_000)
}

function compact(date: string): string {
  return date.replaceAll('-', '')
}
