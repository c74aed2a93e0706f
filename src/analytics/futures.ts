import { daysBetween, type EpochMs, epochMs, expiryDate, expiryToDate } from '../market/units.ts'
import type { FutureFigureColumns } from '../snapshot/figures/future-figures.ts'
import type { FutureRow } from '../snapshot/future-snapshots.ts'
import { absent, type Found, found, type GivenBasis, type Measured, mapFound, measured } from './measured.ts'

/** The columns of a future that its figures use. */
export type FutureQuoteRow = Pick<
  FutureRow,
  | 'local_symbol'
  | 'expiry'
  | 'front_rank'
  | 'roll_days'
  | 'bid'
  | 'ask'
  | 'quoted_at'
  | 'spot_index'
  | 'spot_price'
  | 'spot_at'
>

/** One future in the figures of its symbol. */
export interface NamedFuture {
  readonly localSymbol: string
  /** Last trading day, `YYYYMMDD`. */
  readonly expiry: string
  /** Middle of bid and ask; null without both sides. */
  readonly price: number | null
  readonly quotedAt: EpochMs | null
}

/** The figures of one symbol's futures in a slot, with what they are made from. */
export interface FutureFigures {
  readonly front: NamedFuture | null
  readonly next: NamedFuture | null
  /** The rule of the front future: calendar days before its last trading day. Null without futures. */
  readonly rollDays: number | null
  /** The index and its level when the front future was quoted. */
  readonly spot: { readonly index: string; readonly price: number | null; readonly at: EpochMs | null } | null
  readonly basis: Measured<number>
  readonly basis_fraction: Measured<number>
  readonly roll_yield: Measured<number>
}

const DAYS_A_YEAR = 365

/**
 * Basis and roll yield of the futures of one slot. The basis is the price of the front future less the level of its index
 * when that was quoted. The roll yield is ln(F1/F2)·365/days between the expiries of the front and the next future:
 * positive in backwardation. Pure.
 */
export function futureFigures(rows: readonly FutureQuoteRow[], slot: EpochMs): FutureFigures {
  const ranked = (rank: number) => rows.find(({ front_rank }) => front_rank === rank)
  const [first, second] = [ranked(1), ranked(2)]
  const [front, next] = [first ? named(first) : null, second ? named(second) : null]
  const spotPrice = first?.spot_price ?? null
  const F1 = priceOf(front)
  const F2 = priceOf(next)
  const spot: Found<number> = spotPrice !== null && spotPrice > 0 ? found(spotPrice) : absent('no_spot')
  const basis = both(F1, spot, (price, level) => price - level)
  const yields = both(F1, F2, (a, b) => (Math.log(a / b) * DAYS_A_YEAR) / daysApart(front, next))
  return {
    ...{ front, next, rollDays: rows[0]?.roll_days ?? null },
    spot: first?.spot_index
      ? {
          index: first.spot_index,
          price: spotPrice,
          at: first.spot_at === null ? null : epochMs(first.spot_at),
        }
      : null,
    basis: measured(basis, basisOf('basis', 'points', 1, slot)),
    basis_fraction: measured(
      both(basis, spot, (points, level) => points / level),
      basisOf('basis_fraction', 'fraction', 1, slot),
    ),
    roll_yield: measured(yields, basisOf('roll_yield', 'fraction', 2, slot)),
  }
}

/** The columns of `market_metrics`. */
export function futureColumns({ front, next, spot, ...figures }: FutureFigures): FutureFigureColumns {
  return {
    front_future: front?.localSymbol ?? null,
    next_future: next?.localSymbol ?? null,
    front_price: front?.price ?? null,
    spot_index: spot?.index ?? null,
    spot_price: spot?.price ?? null,
    basis: figures.basis.value,
    basis_fraction: figures.basis_fraction.value,
    roll_yield: figures.roll_yield.value,
  }
}

/** The middle of bid and ask; null without both sides, and where they cross. */
export function midOf({ bid, ask }: Pick<FutureRow, 'bid' | 'ask'>): number | null {
  return bid !== null && ask !== null && bid > 0 && ask >= bid ? (bid + ask) / 2 : null
}

function named({ local_symbol, expiry, bid, ask, quoted_at }: FutureQuoteRow): NamedFuture {
  return {
    ...{ localSymbol: local_symbol, expiry, price: midOf({ bid, ask }) },
    quotedAt: quoted_at === null ? null : epochMs(quoted_at),
  }
}

function priceOf(future: NamedFuture | null): Found<number> {
  if (future === null) return absent('no_future')
  return future.price === null ? absent('no_future_quote') : found(future.price)
}

/** The first reason that one of the two has. */
function both(one: Found<number>, other: Found<number>, of: (a: number, b: number) => number): Found<number> {
  if (one.reason !== null) return one
  return mapFound(other, (value) => of(one.value, value))
}

function daysApart(front: NamedFuture | null, next: NamedFuture | null): number {
  const day = (one: NamedFuture | null) => expiryToDate(expiryDate((one as NamedFuture).expiry))
  return daysBetween(day(front), day(next))
}

function basisOf(definition: string, unit: string, observations: number, slot: EpochMs): GivenBasis {
  return {
    ...{ definition, unit, source: 'future', window: null, observations },
    ...{ observations_of: 'contracts', as_of: slot },
  }
}
