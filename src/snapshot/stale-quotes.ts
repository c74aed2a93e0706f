import { QUALITY_FLAGS } from './quality-flags.ts'
import type { SnapshotRow } from './row.ts'

type QuotedRow = Pick<
  SnapshotRow,
  'con_id' | 'bid' | 'ask' | 'delta' | 'underlying_price' | 'timestamp' | 'flags'
>

interface Quote {
  readonly bid: number
  readonly ask: number
  /** Price that the option follows, dollars; null where unknown. */
  readonly underlyingPrice: number | null
}

/** A bid and ask that an option repeats from slot to slot, with the price that it followed when they were first seen. */
interface Unchanged extends Quote {
  /** The last slot with this bid and ask, epoch milliseconds. */
  readonly seenAt: number
  /** Number of slots after the first with the same bid and ask. */
  readonly repeats: number
}

/** Recent quotes by contract id. Starts as an empty map and lasts for a session. */
export type QuoteHistory = ReadonlyMap<number, Unchanged>

/** Repeats before a quote can be stale: 15 minutes with five-minute slots. */
const REPEATS = 3
/** The history of a contract not seen for this long is dropped; milliseconds. */
const FORGET_AFTER_MS = 3_600_000
/** The option should have moved by more than this, dollars, and by more than half its spread. */
const MIN_MOVE = 0.05

/**
 * Sets `stale` where bid and ask have repeated for three slots although the underlying moved far enough that, by delta,
 * the option should have moved by more than $0.05 and by more than half its spread. This is needed because IB sends no
 * time with a quote. `priceOf`: the price that the option follows, if that is not the row's own. Rows without a bid, an ask, a delta or an underlying price are never stale. A repeated run of a
 * slot is not counted twice. Returns the rows, in order, and the history for the next slot.
 */
export function flagStale<Row extends QuotedRow>(
  rows: readonly Row[],
  history: QuoteHistory,
  priceOf: (row: Row) => number | null = ({ underlying_price }) => underlying_price,
): { readonly rows: Row[]; readonly history: QuoteHistory } {
  const now = rows.reduce((latest, { timestamp }) => Math.max(latest, timestamp), 0)
  const next = new Map<number, Unchanged>()
  for (const [conId, one] of history) if (now - one.seenAt < FORGET_AFTER_MS) next.set(conId, one)
  const flagged = rows.map((row) => {
    const { bid, ask } = row
    if (bid === null || ask === null) {
      next.delete(row.con_id)
      return withStale(row, false)
    }
    const quote = { bid, ask, underlyingPrice: priceOf(row) }
    const unchanged = unchangedAt(row, quote, next.get(row.con_id))
    next.set(row.con_id, unchanged)
    const isStale = unchanged.repeats >= REPEATS && shouldHaveMoved(row.delta, quote, unchanged)
    return withStale(row, isStale)
  })
  return { rows: flagged, history: next }
}

function unchangedAt(
  row: QuotedRow,
  { bid, ask, underlyingPrice }: Quote,
  before: Unchanged | undefined,
): Unchanged {
  if (!before || before.bid !== bid || before.ask !== ask) {
    return { bid, ask, underlyingPrice, seenAt: row.timestamp, repeats: 0 }
  }
  const isLater = row.timestamp > before.seenAt
  return isLater ? { ...before, seenAt: row.timestamp, repeats: before.repeats + 1 } : before
}

function shouldHaveMoved(
  delta: number | null,
  { bid, ask, underlyingPrice: now }: Quote,
  { underlyingPrice: then }: Unchanged,
): boolean {
  if (delta === null || now === null || then === null) return false
  const move = Math.abs(delta * (now - then))
  return move > MIN_MOVE && move > (ask - bid) / 2
}

function withStale<Row extends QuotedRow>(row: Row, isStale: boolean): Row {
  const flags = (row.flags & ~QUALITY_FLAGS.stale) | (isStale ? QUALITY_FLAGS.stale : 0)
  return flags === row.flags ? row : { ...row, flags }
}
