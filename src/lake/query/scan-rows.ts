import type { DuckDBDataChunk, DuckDBMaterializedResult, DuckDBValue } from '@duckdb/node-api'
import type { Column } from '../../snapshot/column.ts'
import { SNAPSHOT_COLUMNS, type SnapshotRow } from '../../snapshot/row.ts'
import { roundedSql } from '../tables/precision.ts'

/** A column of a snapshot row. */
export type SnapshotColumn = keyof SnapshotRow

/** Which columns of the rows to read. */
export interface ColumnSelection<C extends SnapshotColumn> {
  /**
   * All columns if left out. Every column takes time: reading six columns of a day of slots takes a third of the time
   * of reading all.
   */
  readonly columns?: readonly C[] | undefined
}

const COLUMNS: readonly Column[] = SNAPSHOT_COLUMNS
export const ALL_COLUMNS = COLUMNS.map((column) => column.name) as readonly SnapshotColumn[]
const BY_NAME = new Map(COLUMNS.map((column) => [column.name as SnapshotColumn, column]))

/** Columns of digits, encoded as numbers: creating a string for each row takes longer than everything else. */
const DIGITS: ReadonlySet<string> = new Set(['expiry', 'yearmonth'])

const ENCODED_AS_DOUBLE: ReadonlySet<Column['type']> = new Set(['timestamp', 'double', 'long'])

/**
 * The SQL expression that encodes a column in the form that is cheapest to copy out of DuckDB; `decodeRows` decodes it.
 * Times become epoch milliseconds, and dates days since 1970. Whole numbers become doubles, which hold all of ours
 * exactly. A null number becomes NaN, which no column holds. Otherwise DuckDB's client would look up every value of a
 * column with nulls in a mask of 64-bit integers.
 */
export function encodedColumnSql(name: SnapshotColumn): string {
  const column = BY_NAME.get(name) as Column
  const { type } = column
  if (ENCODED_AS_DOUBLE.has(type)) {
    const known = type === 'timestamp' ? `epoch_ms(${roundedSql(column)})` : roundedSql(column)
    const double = type === 'double' ? known : `${known}::DOUBLE`
    return column.nullable ? `coalesce(${double}, 'NaN'::DOUBLE)` : double
  }
  if (type === 'date') return `date_diff('day', DATE '1970-01-01', "${name}")::INTEGER`
  return DIGITS.has(name) ? `"${name}"::INTEGER` : `"${name}"`
}

/** Columns with the same value in every row, which are not read. */
export type Constants = Readonly<Partial<Record<SnapshotColumn, string | number | null>>>

type Values = readonly (string | number | null)[]
/** The decoded values of a result by column; only columns that were read or are constant. */
export type ColumnValues = Readonly<Record<SnapshotColumn, Values>>

export interface DecodeOptions<C extends SnapshotColumn> {
  readonly columns: readonly C[]
  readonly constants: Constants
  /** Returns the indexes of the rows to build; all if left out. A row object takes longer to build than its values. */
  readonly choose?: ((values: ColumnValues, count: number) => readonly number[]) | undefined
}

/**
 * Builds rows from a result.
 * @param names the columns of the result in order, each encoded by `encodedColumnSql`.
 * @returns rows sorted by slot, expiry, strike, right and trading class, as far as these columns were read.
 */
export function decodeRows<C extends SnapshotColumn>(
  result: DuckDBMaterializedResult,
  names: readonly SnapshotColumn[],
  { columns, constants, choose }: DecodeOptions<C>,
): Pick<SnapshotRow, C>[] {
  const count = result.rowCount
  const chunks = Array.from({ length: result.chunkCount }, (_, at) => result.getChunk(at))
  const constantNames = ALL_COLUMNS.filter((name) => name in constants)
  const values = Object.fromEntries([
    ...constantNames.map((name) => [name, new Array(count).fill(constants[name])] as const),
    ...names.map((name, at) => [name, decodedTexts(name, valuesOf(chunks, at))] as const),
  ]) as ColumnValues
  const chosen = choose ? choose(values, count) : Array.from({ length: count }, (_, at) => at)
  const isWhole = columns.length === ALL_COLUMNS.length
  const rows: Partial<SnapshotRow>[] = isWhole
    ? chosen.map((at) => wholeRow(values, at))
    : rowsOf(columns, chosen, (name, at) => values[name][at])
  return rows.sort(compareByKey) as Pick<SnapshotRow, C>[]
}

/** Rows with some of their columns. */
export function pickColumns<C extends SnapshotColumn>(
  rows: readonly Pick<SnapshotRow, C>[],
  columns: readonly C[],
): Pick<SnapshotRow, C>[] {
  return rowsOf(columns, rows, (name, row) => row[name])
}

/** Copies of one object with values assigned take a quarter of the time of objects built from entries. */
function rowsOf<C extends SnapshotColumn, From>(
  columns: readonly C[],
  from: readonly From[],
  read: (name: C, one: From) => unknown,
): Pick<SnapshotRow, C>[] {
  const empty: Record<string, unknown> = Object.fromEntries(columns.map((name) => [name, null]))
  return from.map((one) => {
    const row = { ...empty }
    for (const name of columns) row[name] = read(name, one)
    return row as Pick<SnapshotRow, C>
  })
}

/**
 * The order of every answer: slot, expiry, strike, call before put, trading class. Written out, because a generic comparator over
 * column names, as for the small tables, takes five times as long for rows already in order.
 */
export function compareByKey(a: Partial<SnapshotRow>, b: Partial<SnapshotRow>): number {
  return (
    (a.timestamp ?? 0) - (b.timestamp ?? 0) ||
    textOrder(a.expiry ?? '', b.expiry ?? '') ||
    (a.strike ?? 0) - (b.strike ?? 0) ||
    textOrder(a.right ?? '', b.right ?? '') ||
    textOrder(a.trading_class ?? '', b.trading_class ?? '')
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

/** Decodes texts that were encoded as numbers; equal values share one string. */
function decodedTexts(name: SnapshotColumn, values: Values): Values {
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
 * A row of all columns. Written out, because an object literal takes a fortieth of the time of an object built property
 * by property.
 */
function wholeRow(values: ColumnValues, at: number): SnapshotRow {
  return {
    timestamp: values.timestamp[at] as number,
    symbol: values.symbol[at] as string,
    expiry: values.expiry[at] as string,
    strike: values.strike[at] as number,
    right: values.right[at] as string,
    bid: values.bid[at] as number | null,
    ask: values.ask[at] as number | null,
    last: values.last[at] as number | null,
    bid_size: values.bid_size[at] as number | null,
    ask_size: values.ask_size[at] as number | null,
    volume: values.volume[at] as number | null,
    open_interest: values.open_interest[at] as number | null,
    iv: values.iv[at] as number | null,
    delta: values.delta[at] as number | null,
    gamma: values.gamma[at] as number | null,
    theta: values.theta[at] as number | null,
    vega: values.vega[at] as number | null,
    underlying_price: values.underlying_price[at] as number | null,
    greeks_source: values.greeks_source[at] as string | null,
    data_type: values.data_type[at] as string | null,
    quoted_at: values.quoted_at[at] as number | null,
    con_id: values.con_id[at] as number,
    trading_class: values.trading_class[at] as string,
    flags: values.flags[at] as number,
    yearmonth: values.yearmonth[at] as string,
    date: values.date[at] as string,
    exercise_style: values.exercise_style[at] as SnapshotRow['exercise_style'],
    settlement: values.settlement[at] as SnapshotRow['settlement'],
    expires_at: values.expires_at[at] as SnapshotRow['expires_at'],
    multiplier: values.multiplier[at] as SnapshotRow['multiplier'],
    currency: values.currency[at] as SnapshotRow['currency'],
    exchange: values.exchange[at] as SnapshotRow['exchange'],
    underlying_type: values.underlying_type[at] as SnapshotRow['underlying_type'],
    underlying_con_id: values.underlying_con_id[at] as SnapshotRow['underlying_con_id'],
    pv_dividend: values.pv_dividend[at] as SnapshotRow['pv_dividend'],
    carried_from: values.carried_from[at] as SnapshotRow['carried_from'],
    definition_version: values.definition_version[at] as SnapshotRow['definition_version'],
  }
}
