import { type BasisRow, isExercisable } from './option-basis.ts'
import type { SnapshotRow } from './row.ts'

/** Bits of the column `flags`. Poor rows are flagged, never dropped. */
export const QUALITY_FLAGS = {
  /** No bid, or a bid of zero. */
  no_bid: 1 << 0,
  /** No ask, or an ask of zero. */
  no_ask: 1 << 1,
  /** Bid above ask. */
  crossed: 1 << 2,
  /** Bid equal to ask. */
  locked: 1 << 3,
  /** Spread over 25 % of the mid and over $0.05. */
  wide: 1 << 4,
  /** Bid and ask unchanged over several slots while the underlying moved. Needs earlier slots, see `flagStale`. */
  stale: 1 << 5,
  halted: 1 << 6,
  oi_missing: 1 << 7,
  /** The first slot of the session: 09:30, of futures usually 18:00 of the evening before. */
  opening: 1 << 8,
  /**
   * The underlying's price may be of another time than the quote: nothing had come from its stream for more than 2 s. A
   * price that did not change while its stream went on is as good as a new one. Or the price is missing.
   */
  underlying_skew: 1 << 9,
  /**
   * The ask lies below what exercising pays, or, of an option that may only be exercised at expiry, below the present value
   * of what it will pay at the forward price. Of the latter see `flagBelowForward`: it needs the whole expiration.
   */
  below_intrinsic: 1 << 10,
  iv_missing: 1 << 11,
  /** Robust z-score above 5 against neighbouring strikes. Needs the whole smile, see `flagOutliers`. */
  iv_outlier: 1 << 12,
  /** We computed the greeks. */
  greeks_own: 1 << 13,
  delayed: 1 << 14,
  frozen: 1 << 15,
  /** A slot at or after the close of the underlying: 16:00 (13:00 on early closes), of futures the end of their session. */
  after_close: 1 << 16,
  /** The contract's stream was cancelled before the quote was complete. */
  partial: 1 << 17,
  /**
   * Half the spread of the quote that our own volatility was solved from is worth more than two volatility points. Delta is
   * hardly affected: such options lie far in the money, or far out of it.
   */
  iv_uncertain: 1 << 18,
} as const

export type QualityFlag = keyof typeof QUALITY_FLAGS

const WIDE_FRACTION = 0.25
const WIDE_DOLLARS = 0.05
const UNDERLYING_SKEW_MS = 2_000

/** Input for the flags of a quote, whatever it is of. */
export interface QuoteFlagInput
  extends Pick<SnapshotRow, 'bid' | 'ask' | 'open_interest' | 'data_type' | 'quoted_at'> {
  /** When the underlying's price is known to have held; null where there is no price. */
  readonly underlyingConfirmedAt: number | null
  readonly halted: boolean
  readonly complete: boolean
  readonly opening: boolean
}

/** Input for the flags of an option's row. */
interface FlagInput
  extends QuoteFlagInput,
    Pick<SnapshotRow, 'strike' | 'right' | 'iv' | 'underlying_price'>,
    BasisRow {
  readonly afterClose: boolean
}

/** Which flags are raised. */
type RaisedFlags = Partial<Record<QualityFlag, boolean>>

/** The flags that follow from one row of an option alone. */
export function flagsOf(row: FlagInput): number {
  return maskOf({
    ...quoteFlags(row),
    below_intrinsic: isBelowIntrinsic(row),
    iv_missing: row.iv === null,
    after_close: row.afterClose,
  })
}

/** The flags that follow from one quote of an option or a future. */
export function quoteFlags(row: QuoteFlagInput): RaisedFlags {
  const { bid, ask } = row
  const both = bid !== null && bid > 0 && ask !== null && ask > 0
  const spread = both ? ask - bid : 0
  return {
    no_bid: bid === null || bid === 0,
    no_ask: ask === null || ask === 0,
    crossed: both && spread < 0,
    locked: both && spread === 0,
    wide: both && spread > WIDE_DOLLARS && spread / ((bid + ask) / 2) > WIDE_FRACTION,
    halted: row.halted,
    oi_missing: row.open_interest === null,
    opening: row.opening,
    underlying_skew: isSkewed(row),
    delayed: row.data_type === 'delayed' || row.data_type === 'delayed_frozen',
    frozen: row.data_type === 'frozen' || row.data_type === 'delayed_frozen',
    partial: !row.complete,
  }
}

export function maskOf(raised: RaisedFlags): number {
  return Object.entries(raised).reduce(
    (mask, [flag, is]) => (is ? mask | QUALITY_FLAGS[flag as QualityFlag] : mask),
    0,
  )
}

/** The names of the flags in a mask, in the order of their bits. */
export function flagNames(mask: number): QualityFlag[] {
  return (Object.keys(QUALITY_FLAGS) as QualityFlag[]).filter((flag) => mask & QUALITY_FLAGS[flag])
}

/** Number of rows with each flag, in the order of the bits. Flags that no row has are left out. */
export function flagCounts(
  rows: readonly { readonly flags?: number }[],
): Readonly<Partial<Record<QualityFlag, number>>> {
  const masks = new Map<number, number>()
  for (const { flags = 0 } of rows) masks.set(flags, (masks.get(flags) ?? 0) + 1)
  const countOf = (flag: QualityFlag) =>
    [...masks].reduce((sum, [mask, count]) => (mask & QUALITY_FLAGS[flag] ? sum + count : sum), 0)
  const counts = (Object.keys(QUALITY_FLAGS) as QualityFlag[]).map((flag) => [flag, countOf(flag)] as const)
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}

function isSkewed({ quoted_at, underlyingConfirmedAt }: QuoteFlagInput): boolean {
  if (quoted_at === null) return false
  return underlyingConfirmedAt === null || Math.abs(quoted_at - underlyingConfirmedAt) > UNDERLYING_SKEW_MS
}

function isBelowIntrinsic({ ask, strike, right, underlying_price, ...terms }: FlagInput): boolean {
  if (!isExercisable(terms)) return false
  if (ask === null || ask === 0 || underlying_price === null) return false
  return ask < (right === 'C' ? underlying_price - strike : strike - underlying_price)
}
