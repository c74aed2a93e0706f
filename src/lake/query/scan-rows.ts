import type { DuckDBDataChunk, DuckDBMaterializedResult, DuckDBValue } from '@duckdb/node-api'
import type { Column } from '../../snapshot/column.ts'
import { SNAPSHOT_COLUMNS, type SnapshotRow } from '../../snapshot/row.ts'
import { roundedSql } from '../tables/precision.ts'

/** A column of a snapshot row. */
export type SnapshotColumn = keyof SnapshotRow

const COLUMNS: readonly Column[] = SNAPSHOT_COLUMNS
export const ALL_COLUMNS = COLUMNS.map((column) => column.name) as readonly SnapshotColumn[]
const BY_NAME = new Map(COLUMNS.map((column) => [column.name as SnapshotColumn, column]))

/** Digits that are read as a number, because making one text a row costs more than all the rest of it. */
const DIGITS: ReadonlySet<string> = new Set(['expiry', 'yearmonth'])

const COMES_AS_DOUBLE: ReadonlySet<Column['type']> = new Set(['timestamp', 'double', 'long'])

/**
 * The SQL that brings a column over cheaply: times as epoch milliseconds, whole numbers as doubles, which hold all
 * of ours exactly, dates as days since 1970, and numbers that are null as NaN, which none of ours is: DuckDB's client
 * asks a mask of 64-bit integers about each value of a column that has nulls. `toRows` undoes it.
 */
export function encodedColumnSql(name: SnapshotColumn): string {
  const column = BY_NAME.get(name) as Column
  const { type } = column
  if (COMES_AS_DOUBLE.has(type)) {
    const known = type === 'timestamp' ? `epoch_ms(${roundedSql(column)})` : roundedSql(column)
    const double = type === 'double' ? known : `${known}::DOUBLE`
    return column.nullable ? `coalesce(${double}, 'NaN'::DOUBLE)` : double
  }
  if (type === 'date') return `date_diff('day', DATE '1970-01-01', "${name}")::INTEGER`
  return DIGITS.has(name) ? `"${name}"::INTEGER` : `"${name}"`
}

/** Values that are the same in every row, and so were not asked for. */
export type Constants = Readonly<Partial<Record<SnapshotColumn, string | number | null>>>

type Values = readonly (string | number | null)[]
/** The values of a result by column; of columns that were neither asked for nor constant there are none. */
export type ColumnValues = Readonly<Record<SnapshotColumn, Values>>

export interface DecodeOptions<C extends SnapshotColumn> {
  readonly wanted: readonly C[]
  readonly constants: Constants
  /** The rows to make, by their place in the columns; all if left out. A row costs more than its values. */
  readonly choose?: ((columns: ColumnValues, count: number) => readonly number[]) | undefined
}

/**
 * A result, whose columns are `names` in that order as `transportSql` brings them, as rows of `wanted` columns.
 * Sorted by slot, expiry, strike and right, as far as these are among them.
 */
export function decodeRows<C extends SnapshotColumn>(
  result: DuckDBMaterializedResult,
  names: readonly SnapshotColumn[],
  { wanted, constants, choose }: DecodeOptions<C>,
): Pick<SnapshotRow, C>[] {
  const count = result.rowCount
  const chunks = Array.from({ length: result.chunkCount }, (_, at) => result.getChunk(at))
  const constantNames = ALL_COLUMNS.filter((name) => name in constants)
  const columns = Object.fromEntries([
    ...constantNames.map((name) => [name, new Array(count).fill(constants[name])] as const),
    ...names.map((name, at) => [name, textsOf(name, valuesOf(chunks, at))] as const),
  ]) as ColumnValues
  const chosen = choose ? choose(columns, count) : Array.from({ length: count }, (_, at) => at)
  const whole = wanted.length === ALL_COLUMNS.length
  const rows: Partial<SnapshotRow>[] = chosen.map((at) =>
    whole ? wholeRow(columns, at) : Object.fromEntries(wanted.map((name) => [name, columns[name][at]])),
  )
  return rows.sort(compareByKey) as Pick<SnapshotRow, C>[]
}

/** The order of every answer: slot, expiry, strike, call before put. */
export function compareByKey(a: Partial<SnapshotRow>, b: Partial<SnapshotRow>): number {
  return (
    (a.timestamp ?? 0) - (b.timestamp ?? 0) ||
    textOrder(a.expiry ?? '', b.expiry ?? '') ||
    (a.strike ?? 0) - (b.strike ?? 0) ||
    textOrder(a.right ?? '', b.right ?? '')
  )
}

function textOrder(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}

function valuesOf(chunks: readonly DuckDBDataChunk[], column: number): Values {
  const values: DuckDBValue[] = []
  for (const chunk of chunks) {
    const vector = chunk.getColumnVector(column)
    const { rowCount } = chunk
    for (let at = 0; at < rowCount; at++) {
      const value = vector.getItem(at)
      values.push(Number.isNaN(value) ? null : value)
    }
  }
  return values as unknown as Values
}

/** Undoes what `transportSql` did to texts; one text object for each distinct value. */
function textsOf(name: SnapshotColumn, values: Values): Values {
  const isDate = BY_NAME.get(name)?.type === 'date'
  if (!isDate && !DIGITS.has(name)) return values
  const texts = new Map<string | number | null, string | null>([[null, null]])
  return values.map((value) => {
    const known = texts.get(value)
    if (known !== undefined) return known
    const text = isDate ? new Date(Number(value) * 86_400_000).toISOString().slice(0, 10) : String(value)
    texts.set(value, text)
    return text
  })
}

/**
 * One row of all columns. Written out: an object made from one literal takes a fortieth of the time of one that
 * grows name by name.
 */
function wholeRow(columns: ColumnValues, at: number): SnapshotRow {
  return {
    timestamp: columns.timestamp[at] as number,
    symbol: columns.symbol[at] as string,
    expiry: columns.expiry[at] as string,
    strike: columns.strike[at] as number,
    right: columns.right[at] as string,
    bid: columns.bid[at] as number | null,
    ask: columns.ask[at] as number | null,
    last: columns.last[at] as number | null,
    bid_size: columns.bid_size[at] as number | null,
    ask_size: columns.ask_size[at] as number | null,
    volume: columns.volume[at] as number | null,
    open_interest: columns.open_interest[at] as number | null,
    iv: columns.iv[at] as number | null,
    delta: columns.delta[at] as number | null,
    gamma: columns.gamma[at] as number | null,
    theta: columns.theta[at] as number | null,
    vega: columns.vega[at] as number | null,
    underlying_price: columns.underlying_price[at] as number | null,
    greeks_source: columns.greeks_source[at] as string | null,
    data_type: columns.data_type[at] as string | null,
    quoted_at: columns.quoted_at[at] as number | null,
    con_id: columns.con_id[at] as number,
    trading_class: columns.trading_class[at] as string,
    flags: columns.flags[at] as number,
    yearmonth: columns.yearmonth[at] as string,
    date: columns.date[at] as string,
  }
}
