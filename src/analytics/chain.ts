import { yearsBetween } from '../market/calendar.ts'
import type { ExerciseStyle } from '../market/contract.ts'
import { type ExpiryTimes, type Settlement, settlementOf } from '../market/option-hours.ts'
import { median } from '../market/statistics.ts'
import type { EpochMs, ExpiryDate } from '../market/units.ts'
import { type PricedOn, pricedOn, pricedStyle } from '../snapshot/option-basis.ts'
import { QUALITY_FLAGS } from '../snapshot/quality-flags.ts'
import type { SnapshotRow } from '../snapshot/row.ts'

/** The columns of a stored row used to compute figures. */
export type ChainRow = Pick<
  SnapshotRow,
  | 'expiry'
  | 'strike'
  | 'right'
  | 'bid'
  | 'ask'
  | 'iv'
  | 'delta'
  | 'volume'
  | 'open_interest'
  | 'underlying_price'
> & {
  /** Source of `iv`; may be left out if it is the gateway's. */
  readonly greeks_source?: SnapshotRow['greeks_source']
  /** Quality flags of the row; may be left out if it has none. */
  readonly flags?: SnapshotRow['flags']
} & Partial<Pick<SnapshotRow, ContractColumn>>

/** What else is known of an option and its quote; left out or null where rows of older versions lack it. */
type ContractColumn =
  | 'trading_class'
  | 'exercise_style'
  | 'settlement'
  | 'expires_at'
  | 'underlying_type'
  | 'underlying_con_id'
  | 'pv_dividend'
  | 'quoted_at'
  | 'definition_version'
  | 'gamma'
  | 'multiplier'

/** Call and put of one strike; null where the chain lacks one. */
export interface Strike<Row extends Sides = ChainRow> {
  readonly strike: number
  readonly call: Row | null
  readonly put: Row | null
}

/** A quote as used for figures: dollars; null or 0 where a side is missing. */
export type Sides = Pick<ChainRow, 'bid' | 'ask' | 'flags'>

/**
 * One expiration of one trading class. On one expiry date two classes may have the same strikes: monthly SPX options
 * trade for the last time on a Thursday and are settled on the opening of Friday, the weekly ones of that Thursday at its
 * close.
 */
export interface Expiration<Row extends Sides = ChainRow> {
  /** The last trading day. */
  readonly expiry: ExpiryDate
  /** Empty where the rows do not say. */
  readonly tradingClass: string
  /** That of the rows, else by the rule of the class. */
  readonly settlement: Settlement
  /** By which the options are priced. */
  readonly style: ExerciseStyle
  readonly pricedOn: PricedOn
  /** Contract id of the underlying; null if unknown. */
  readonly underlyingConId: number | null
  /**
   * Price of the underlying, dollars: the median over the rows of this expiration, so that of its own future. Null if no
   * row has one, and where the options are on a forward.
   */
  readonly spot: number | null
  /** Present value of the dividends before expiry as the gateway's model has it, dollars a share; null if unknown. */
  readonly pvDividend: number | null
  /**
   * `pvDividend` of every expiration of the chain on the same spot that has one, by time to expiry: the dividends lie
   * between the expirations at which it rises.
   */
  readonly dividendCurve: readonly PresentDividend[]
  /** The end of the time to expiry: the end of trading, or the opening that fixes the value. */
  readonly expiresAt: EpochMs
  /** Whole minutes from the slot to `expiresAt`. */
  readonly minutes: number
  /** Ascending. */
  readonly strikes: readonly Strike<Row>[]
}

/** Present value of all dividends before an expiration, as the gateway's model has it. */
export interface PresentDividend {
  /** Whole minutes from the slot to the expiration. */
  readonly minutes: number
  /** Dollars a share. */
  readonly presentValue: number
  /** The expiration itself. */
  readonly expiration: Expiration
}

/** A price or strike beyond this is an error of who wrote it, dollars. Squares and sums of prices stay finite below it. */
const MOST_PRICE = 1e9

const MINUTES_PER_DAY = 1_440
export const MINUTES_PER_YEAR = 525_600

/** One symbol's rows of one slot, grouped once for all figures. */
export interface GroupedChain<Row extends ChainRow = ChainRow> {
  readonly slot: EpochMs
  /** All rows, in their original order. */
  readonly rows: readonly Row[]
  /** By time to expiry, ascending; without those that have no time left. */
  readonly expirations: readonly Expiration<Row>[]
  /** The expiration of one of the rows; it may have no time left. */
  readonly expirationOf: (row: Pick<ChainRow, 'expiry' | 'trading_class'>) => Expiration<Row>
  /**
   * Price of the underlying, dollars: the median over the rows. Of options on futures that of the future under the
   * nearest expiration. Null if no row has one.
   */
  readonly spot: number | null
  /** Rows with that price. */
  readonly spotRows: number
}

/**
 * Groups a symbol's rows by expiration, class and strike. If a contract has two rows, the later one is used. The time to
 * expiry ends at the rows' `expires_at`; without one, `expiresAt` has it by rule.
 */
export function groupChain<Row extends ChainRow>(
  rows: readonly Row[],
  { slot, expiresAt }: { readonly slot: EpochMs; readonly expiresAt: ExpiryTimes },
): GroupedChain<Row> {
  const groups = groupRows(rows)
  const all = new Map<readonly Row[], Expiration<Row>>()
  const dividendCurve: PresentDividend[] = []
  for (const ofClass of groups.values()) {
    for (const own of ofClass.values()) {
      const expiration = expirationFrom(own, { slot, expiresAt, dividendCurve })
      all.set(own, expiration)
      const { minutes, pvDividend } = expiration
      if (pvDividend !== null && minutes > 0) {
        dividendCurve.push({ minutes, presentValue: pvDividend, expiration })
      }
    }
  }
  dividendCurve.sort((a, b) => a.minutes - b.minutes)
  const expirations = [...all.values()]
    .filter(({ minutes }) => minutes > 0)
    .sort((a, b) => a.minutes - b.minutes || compareText(a.tradingClass, b.tradingClass))
  const onSpot = rowsOnSpot(rows, expirations)
  return {
    slot,
    rows,
    expirations,
    expirationOf: ({ expiry, trading_class = '' }) =>
      all.get(groups.get(trading_class)?.get(expiry) as Row[]) as Expiration<Row>,
    spot: spotOf(onSpot),
    spotRows: onSpot.filter(({ underlying_price: price }) => price !== null).length,
  }
}

/** Rows by class, then expiry: two maps, because making a key of both for each row takes as long as all the rest. */
type RowGroups<Row> = Map<string, Map<string, Row[]>>

function groupRows<Row extends ChainRow>(rows: readonly Row[]): RowGroups<Row> {
  const groups: RowGroups<Row> = new Map()
  for (const row of rows) {
    const { expiry, trading_class = '' } = row
    let ofClass = groups.get(trading_class)
    if (!ofClass) {
      ofClass = new Map()
      groups.set(trading_class, ofClass)
    }
    const own = ofClass.get(expiry)
    if (own) own.push(row)
    else ofClass.set(expiry, [row])
  }
  return groups
}

interface ExpirationContext {
  readonly slot: EpochMs
  readonly expiresAt: ExpiryTimes
  readonly dividendCurve: readonly PresentDividend[]
}

/** One expiration from its rows, of which there is at least one. */
function expirationFrom<Row extends ChainRow>(
  rows: readonly Row[],
  { slot, expiresAt, dividendCurve }: ExpirationContext,
): Expiration<Row> {
  const first = rows[0] as Row
  const expiry = first.expiry as ExpiryDate
  const { trading_class: tradingClass = '' } = first
  const stored = rows.find(({ expires_at }) => expires_at != null)?.expires_at
  const end = stored == null ? expiresAt(expiry, tradingClass || undefined) : (stored as EpochMs)
  const underlying = pricedOn(first)
  const spot = underlying === 'forward' ? null : spotOf(rows)
  return {
    expiry,
    tradingClass,
    settlement: (first.settlement as Settlement | null | undefined) ?? settlementOf(tradingClass),
    style: pricedStyle(first),
    pricedOn: underlying,
    underlyingConId: first.underlying_con_id ?? null,
    spot,
    pvDividend: underlying === 'spot' ? pvDividendOf(rows, spot) : null,
    dividendCurve: underlying === 'spot' ? dividendCurve : [],
    expiresAt: end,
    minutes: minutesBetween(slot, end),
    strikes: strikesOf(rows),
  }
}

/** The median over the rows; values that no dividends can have are left out. */
function pvDividendOf(rows: readonly ChainRow[], spot: number | null): number | null {
  const most = spot ?? Number.POSITIVE_INFINITY
  return medianOf(rows, ({ pv_dividend: value = null }) =>
    value !== null && value >= 0 && value < most ? value : null,
  )
}

function strikesOf<Row extends ChainRow>(rows: readonly Row[]): Strike<Row>[] {
  const strikes = new Map<number, { strike: number; call: Row | null; put: Row | null }>()
  for (const row of rows) {
    // No model here has a price for a strike at or below 0.
    if (!(row.strike > 0 && row.strike <= MOST_PRICE)) continue
    let pair = strikes.get(row.strike)
    if (!pair) {
      pair = { strike: row.strike, call: null, put: null }
      strikes.set(row.strike, pair)
    }
    if (row.right === 'C') pair.call = row
    else pair.put = row
  }
  return [...strikes.values()].sort((a, b) => a.strike - b.strike)
}

/**
 * The rows whose `underlying_price` is that of the chain: all, or of options on futures those on the future under the
 * nearest expiration.
 */
function rowsOnSpot<Row extends ChainRow>(
  rows: readonly Row[],
  expirations: readonly Expiration[],
): readonly Row[] {
  const nearest = expirations.find((one) => one.pricedOn === 'future')
  if (!nearest) return rows
  const { underlyingConId, expiry, tradingClass } = nearest
  return rows.filter((row) =>
    underlyingConId === null
      ? row.expiry === expiry && (row.trading_class ?? '') === tradingClass
      : row.underlying_con_id === underlyingConId,
  )
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Whole minutes; 0 once the end is over. */
function minutesBetween(slot: EpochMs, end: EpochMs): number {
  // The small term keeps rounding errors of the division from turning a whole minute into one less.
  return Math.floor(yearsBetween(slot, end) * MINUTES_PER_YEAR + 1e-6)
}

export function daysOf({ minutes }: { readonly minutes: number }): number {
  return minutes / MINUTES_PER_DAY
}

export function yearsOf({ minutes }: { readonly minutes: number }): number {
  return minutes / MINUTES_PER_YEAR
}

/** The mid of a two-sided quote, dollars; null where a side is missing, zero or beyond any price, or the quote is crossed. */
export function midOf(quote: Sides | null): number | null {
  if (!quote) return null
  const { bid, ask } = quote
  return bid !== null && ask !== null && bid > 0 && ask >= bid && ask <= MOST_PRICE ? (bid + ask) / 2 : null
}

/** A volatility beyond this is an error of who wrote it, a fraction a year: 10,000 %. */
const MOST_VOL = 100

/** The volatility of a row, a fraction a year; null where it is none. */
export function rowVol({ iv }: Pick<ChainRow, 'iv'>): number | null {
  return iv !== null && iv > 0 && iv <= MOST_VOL ? iv : null
}

/** The mid of a quote that is not flagged `stale`. Figures use this; quality counts include stale quotes. */
export function freshMidOf(quote: Sides | null): number | null {
  return quote && isStale(quote) ? null : midOf(quote)
}

/** Whether the row is flagged `stale`: bid and ask stayed the same while the underlying moved. */
export function isStale({ flags = 0 }: Pick<Sides, 'flags'>): boolean {
  return (flags & QUALITY_FLAGS.stale) !== 0
}

/** Median underlying price of a chain's rows; null if no row has one. */
export function spotOf(rows: readonly Pick<ChainRow, 'underlying_price'>[]): number | null {
  return medianOf(rows, ({ underlying_price: price }) =>
    price !== null && price > 0 && price <= MOST_PRICE ? price : null,
  )
}

function medianOf<Row>(rows: readonly Row[], read: (row: Row) => number | null): number | null {
  const values: number[] = []
  for (const row of rows) {
    const value = read(row)
    if (value !== null && Number.isFinite(value)) values.push(value)
  }
  return median(values)
}
