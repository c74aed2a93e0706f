import { QUALITY_FLAGS } from './quality-flags.ts'
import type { SnapshotRow } from './row.ts'

type QuotedRow = Pick<
  SnapshotRow,
  'con_id' | 'bid' | 'ask' | 'delta' | 'underlying_price' | 'timestamp' | 'flags'
>

/** Since when an option has shown the same bid and ask. */
interface Unchanged {
  readonly bid: number
  readonly ask: number
  /** Dollars, when the pair was first seen; null where it was not known. */
  readonly underlyingPrice: number | null
  /** Epoch milliseconds of the last slot in which it was seen. */
  readonly seenAt: number
  /** Slots after the first that showed the same. */
  readonly repeats: number
}

/** What the last slots showed, by contract id; starts as an empty map and lives as long as a session. */
export type QuoteHistory = ReadonlyMap<number, Unchanged>

/** As many slots must repeat the pair: with slots of five minutes, a quarter of an hour. */
const REPEATS = 3
/** Contracts not seen for so long start anew; milliseconds. */
const FORGET_AFTER_MS = 3_600_000
/** The option should have moved by more than this, dollars, and by more than half its spread. */
const TELLING_MOVE = 0.05

/**
 * Sets `stale` where bid and ask have been the same for three slots while the underlying moved by so much that, at the
 * option's delta, its price should have moved by more than $0.05 and more than half its spread: IB sends no time with
 * a quote. Rows without both sides, delta or underlying price are never stale. The slot itself may be run again:
 * then nothing is counted twice. Returns the rows, in order, and the memory for the next slot.
 */
export function flagStale<Row extends QuotedRow>(
  rows: readonly Row[],
  memory: QuoteHistory,
): { readonly rows: Row[]; readonly memory: QuoteHistory } {
  const now = rows.reduce((latest, { timestamp }) => Math.max(latest, timestamp), 0)
  const next = new Map<number, Unchanged>()
  for (const [conId, one] of memory) if (now - one.seenAt < FORGET_AFTER_MS) next.set(conId, one)
  const judged = rows.map((row) => {
    const { bid, ask } = row
    if (bid === null || ask === null) {
      next.delete(row.con_id)
      return withStale(row, false)
    }
    const unchanged = remembered(row, { bid, ask }, next.get(row.con_id))
    next.set(row.con_id, unchanged)
    return withStale(row, unchanged.repeats >= REPEATS && shouldHaveMoved(row, unchanged))
  })
  return { rows: judged, memory: next }
}

function remembered(
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
  return move > TELLING_MOVE && move > (ask - bid) / 2
}

function withStale<Row extends QuotedRow>(row: Row, isStale: boolean): Row {
  const flags = (row.flags & ~QUALITY_FLAGS.stale) | (isStale ? QUALITY_FLAGS.stale : 0)
  return flags === row.flags ? row : { ...row, flags }
}
