import { QUALITY_FLAGS } from './quality-flags.ts'
import type { SnapshotRow } from './row.ts'

type QuotedRow = Pick<
  SnapshotRow,
  'con_id' | 'bid' | 'ask' | 'delta' | 'underlying_price' | 'timestamp' | 'flags'
>

/** A bid and ask that an option repeats from slot to slot. */
interface Unchanged {
  readonly bid: number
  readonly ask: number
  /** Price of the underlying when this bid and ask were first seen, dollars; null where unknown. */
  readonly underlyingPrice: number | null
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
 * time with a quote. Rows without a bid, an ask, a delta or an underlying price are never stale. A repeated run of a
 * slot is not counted twice. Returns the rows, in order, and the history for the next slot.
 */
export function flagStale<Row extends QuotedRow>(
  rows: readonly Row[],
  history: QuoteHistory,
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
    const unchanged = unchangedAt(row, { bid, ask }, next.get(row.con_id))
    next.set(row.con_id, unchanged)
    return withStale(row, unchanged.repeats >= REPEATS && shouldHaveMoved(row, unchanged))
  })
  return { rows: flagged, history: next }
}

function unchangedAt(
  row: QuotedRow,
  { bid, ask }: { bid: number; ask: number },
  before: Unchanged | undefined,
): Unchanged {
  if (!before || before.bid !== bid || before.ask !== ask) {
    return { bid, ask, underlyingPrice: row.underlying_price, seenAt: row.timestamp, repeats: 0 }
  }
  const isLater = row.timestamp > before.seenAt
  return isLater ? { ...before, seenAt: row.timestamp, repeats: before.repeats + 1 } : before
}

function shouldHaveMoved(row: QuotedRow, { bid, ask, underlyingPrice }: Unchanged): boolean {
  if (row.delta === null || row.underlying_price === null || underlyingPrice === null) return false
  const move = Math.abs(row.delta * (row.underlying_price - underlyingPrice))
  return move > MIN_MOVE && move > (ask - bid) / 2
}

function withStale<Row extends QuotedRow>(row: Row, isStale: boolean): Row {
  const flags = (row.flags & ~QUALITY_FLAGS.stale) | (isStale ? QUALITY_FLAGS.stale : 0)
  return flags === row.flags ? row : { ...row, flags }
}
