import type { EpochMs } from '../../../market/units.ts'
import type { FutureRow } from '../../../snapshot/future-snapshots.ts'
import type { LedgerRow } from '../../../snapshot/ledger.ts'
import { slotKey } from './snapshots.ts'

/** The number of stored futures by slot and symbol, of some trade dates. */
export type FutureCounts = ReadonlyMap<string, number>

/** A slot and symbol of which fewer futures are stored than the ledger says. */
export interface LostFutures {
  readonly report: LedgerRow
  /** Futures that are stored. */
  readonly rows: number
}

export function countFutures(rows: Iterable<Pick<FutureRow, 'timestamp' | 'symbol'>>): FutureCounts {
  const counts = new Map<string, number>()
  for (const { timestamp, symbol } of rows) {
    const key = slotKey({ slot: timestamp as EpochMs, symbol })
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

/**
 * The entries of the ledger that acknowledge more futures than there are. More futures than it acknowledges are no fault:
 * they are stored first, and a killed run's are acknowledged when its journal is recovered.
 */
export function lostFutures(reports: readonly LedgerRow[], counts: FutureCounts): LostFutures[] {
  return reports.flatMap((report) => {
    const { timestamp, symbol, future_rows } = report
    const rows = counts.get(slotKey({ slot: timestamp as EpochMs, symbol })) ?? 0
    return rows < (future_rows ?? 0) ? [{ report, rows }] : []
  })
}
