import { median } from '../../market/statistics.ts'
import { daysBetween, type ExpiryDate, expiryToDate, sessionDate } from '../../market/units.ts'
import { flagNames } from '../../snapshot/quality-flags.ts'
import type { SnapshotRow } from '../../snapshot/row.ts'

/** Columns of a row that the table has as they are stored. */
export const TABLE_COLUMNS = [
  'bid',
  'ask',
  'last',
  'bid_size',
  'ask_size',
  'volume',
  'open_interest',
  'iv',
  'delta',
  'gamma',
  'theta',
  'vega',
  'underlying_price',
  'con_id',
  'flags',
  'greeks_source',
  'data_type',
] as const satisfies readonly (keyof SnapshotRow)[]

export type TableColumn = (typeof TABLE_COLUMNS)[number]

/** The calls or the puts of an expiration, one array a column, in the order of the strikes; null where there is no row. */
export type ChainSide = { readonly [C in TableColumn]: readonly (SnapshotRow[C] | null)[] } & {
  /** Whether the contract has a row. Without one it was not asked for, or never answered. */
  readonly has_row: readonly boolean[]
  /** From the slot to the quote; below zero for one that was taken before. */
  readonly quoted_seconds: readonly (number | null)[]
  /** The earlier slot that the quote was taken in; null for one measured in this slot. */
  readonly carried_from: readonly (string | null)[]
}

/** One expiration of one trading class. */
export interface ListedExpiration {
  readonly expiry: string
  readonly trading_class: string
  /** Calendar days from the slot's trade date. */
  readonly days: number
  readonly contracts: number
}

export interface ChainTable {
  readonly symbol: string
  /** Null if nothing is stored. */
  readonly slot: string | null
  readonly date: string | null
  /** Why there is no table; null if there is one. */
  readonly reason: 'no_chain' | 'no_such_expiration' | null
  /** Those with rows in the slot, by expiry and class. */
  readonly expirations: readonly ListedExpiration[]
  readonly chosen: ListedExpiration | null
  /** Dollars: the median over the expiration's rows, as `atmOptions` has it; null if no row has one. */
  readonly underlying_price: number | null
  readonly strike: readonly number[]
  /** Index of the strike nearest to the underlying, the lower of two; null without a price. */
  readonly at_the_money: number | null
  readonly calls: ChainSide
  readonly puts: ChainSide
  /** The names of every mask in the columns `flags`. */
  readonly flags: readonly { readonly mask: number; readonly names: readonly string[] }[]
}

/** Calendar days of the expiration that is shown where none is asked for: those of the 30-day volatility. */
const USUAL_DAYS = 30

/** Which expiration to show: the one nearest to 30 days without `expiry`, and its first class without `tradingClass`. */
export interface ExpirationChoice {
  readonly expiry?: ExpiryDate | undefined
  readonly tradingClass?: string | undefined
}

/** One expiration of a stored chain, calls and puts side by side. `rows` are those of one slot. Pure. */
export function chainTable(
  symbol: string,
  rows: readonly SnapshotRow[],
  { expiry, tradingClass }: ExpirationChoice = {},
): ChainTable {
  const [first] = rows
  const expirations = expirationsOf(rows)
  const fits = (one: ListedExpiration) =>
    (expiry === undefined || one.expiry === expiry) &&
    (tradingClass === undefined || one.trading_class === tradingClass)
  const distance = ({ days }: ListedExpiration) => Math.abs(days - USUAL_DAYS)
  const [chosen = null] = expirations.filter(fits).sort((a, b) => distance(a) - distance(b))
  const own = rows.filter(
    (row) => chosen !== null && row.expiry === chosen.expiry && row.trading_class === chosen.trading_class,
  )
  const strike = [...new Set(own.map((row) => row.strike))].sort((a, b) => a - b)
  const price = median(own.flatMap(({ underlying_price }) => underlying_price ?? []))
  const side = (right: 'C' | 'P') =>
    sideOf(
      strike,
      own.filter((row) => row.right === right),
    )
  return {
    symbol,
    slot: first ? new Date(first.timestamp).toISOString() : null,
    date: first?.date ?? null,
    reason: !first ? 'no_chain' : chosen === null ? 'no_such_expiration' : null,
    expirations,
    chosen,
    underlying_price: price,
    strike,
    at_the_money: price === null ? null : nearest(strike, price),
    calls: side('C'),
    puts: side('P'),
    flags: [...new Set(own.map(({ flags }) => flags))].map((mask) => ({ mask, names: flagNames(mask) })),
  }
}

function expirationsOf(rows: readonly SnapshotRow[]): ListedExpiration[] {
  const counts = new Map<string, ListedExpiration & { contracts: number }>()
  for (const { expiry, trading_class, date } of rows) {
    const key = `${expiry} ${trading_class}`
    const known = counts.get(key)
    if (known) known.contracts++
    else {
      const days = daysBetween(sessionDate(date), expiryToDate(expiry as ExpiryDate))
      counts.set(key, { expiry, trading_class, days, contracts: 1 })
    }
  }
  return [...counts.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}

function sideOf(strikes: readonly number[], rows: readonly SnapshotRow[]): ChainSide {
  const byStrike = new Map(rows.map((row) => [row.strike, row]))
  const inOrder = strikes.map((strike) => byStrike.get(strike))
  const columns = TABLE_COLUMNS.map((name) => [name, inOrder.map((row) => row?.[name] ?? null)] as const)
  return {
    ...(Object.fromEntries(columns) as { readonly [C in TableColumn]: (SnapshotRow[C] | null)[] }),
    has_row: inOrder.map((row) => row !== undefined),
    quoted_seconds: inOrder.map((row) =>
      row?.quoted_at == null ? null : Math.round((row.quoted_at - row.timestamp) / 100) / 10,
    ),
    carried_from: inOrder.map((row) =>
      row?.carried_from == null ? null : new Date(row.carried_from).toISOString(),
    ),
  }
}

/** The index of the value nearest to a price, the lower of two; null for no values. */
function nearest(ascending: readonly number[], price: number): number | null {
  const distances = ascending.map((value) => Math.abs(value - price))
  const least = Math.min(...distances)
  return ascending.length === 0 ? null : distances.indexOf(least)
}
