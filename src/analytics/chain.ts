import { yearsBetween } from '../market/calendar.ts'
import type { ExpiryTimes } from '../market/option-hours.ts'
import { median } from '../market/statistics.ts'
import type { EpochMs, ExpiryDate } from '../market/units.ts'
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
}

/** Call and put of one strike; null where the chain lacks one. */
export interface Strike<Row extends Sides = ChainRow> {
  readonly strike: number
  readonly call: Row | null
  readonly put: Row | null
}

/** A quote as used for figures: dollars; null or 0 where a side is missing. */
export type Sides = Pick<ChainRow, 'bid' | 'ask' | 'flags'>

/** One expiration of a chain. */
export interface Expiration<Row extends Sides = ChainRow> {
  readonly expiry: ExpiryDate
  /** Whole minutes from the slot to the end of trading, or to the settlement. */
  readonly minutes: number
  /** Ascending. */
  readonly strikes: readonly Strike<Row>[]
}

const MINUTES_PER_DAY = 1_440
export const MINUTES_PER_YEAR = 525_600

/** One symbol's rows of one slot, grouped once for all figures. */
export interface GroupedChain<Row extends ChainRow = ChainRow> {
  readonly slot: EpochMs
  /** The end of the time to expiry, by expiry. */
  readonly expiresAt: ExpiryTimes
  /** All rows, in their original order. */
  readonly rows: readonly Row[]
  /** Ascending; without expirations that have no trading time left. */
  readonly expirations: readonly Expiration<Row>[]
  /** Median underlying price of the rows, dollars; null if no row has one. */
  readonly spot: number | null
}

/** Groups a symbol's rows by expiration and strike. If a contract has two rows, the later one is used. */
export function groupChain<Row extends ChainRow>(
  rows: readonly Row[],
  { slot, expiresAt }: Pick<GroupedChain, 'slot' | 'expiresAt'>,
): GroupedChain<Row> {
  return { slot, expiresAt, rows, expirations: expirationsOf(rows, slot, expiresAt), spot: spotOf(rows) }
}

function expirationsOf<Row extends ChainRow>(
  rows: readonly Row[],
  slot: EpochMs,
  expiresAt: ExpiryTimes,
): Expiration<Row>[] {
  const byExpiry = new Map<string, Map<number, { strike: number; call: Row | null; put: Row | null }>>()
  for (const row of rows) {
    let strikes = byExpiry.get(row.expiry)
    if (!strikes) {
      strikes = new Map()
      byExpiry.set(row.expiry, strikes)
    }
    let pair = strikes.get(row.strike)
    if (!pair) {
      pair = { strike: row.strike, call: null, put: null }
      strikes.set(row.strike, pair)
    }
    if (row.right === 'C') pair.call = row
    else pair.put = row
  }
  return [...byExpiry]
    .map(([expiry, strikes]) => ({
      expiry: expiry as ExpiryDate,
      minutes: minutesBetween(slot, expiresAt(expiry as ExpiryDate)),
      strikes: [...strikes.values()].sort((a, b) => a.strike - b.strike),
    }))
    .filter(({ minutes }) => minutes > 0)
    .sort((a, b) => a.minutes - b.minutes)
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

/** The mid of a two-sided quote, dollars; null where a side is missing or zero, or the quote is crossed. */
export function midOf(quote: Sides | null): number | null {
  if (!quote) return null
  const { bid, ask } = quote
  return bid !== null && ask !== null && bid > 0 && ask >= bid && Number.isFinite(ask)
    ? (bid + ask) / 2
    : null
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
  const prices: number[] = []
  for (const { underlying_price: price } of rows) {
    if (price !== null && Number.isFinite(price) && price > 0) prices.push(price)
  }
  return median(prices)
}
