import type { MarketData } from '../analytics/stored/reader.ts'
import type { SessionDate } from '../market/units.ts'
import type { ObservationRow } from '../snapshot/daily-observations.ts'
import type { LedgerRow } from '../snapshot/ledger.ts'
import type { SnapshotRow } from '../snapshot/row.ts'
import type { HealthSnapshot } from './health/snapshot.ts'

/** Where the answers come from. */
export interface HttpSources {
  /** What is collected; chains of other symbols are unknown. */
  readonly symbols: readonly string[]
  /** Which gateway the rows are of, in words: simulated rows must never be taken for real ones. */
  readonly source: string
  /** From memory, without waiting: it is asked in the middle of cycles. */
  health(): HealthSnapshot
  /** The newest stored slot of a symbol, one row a contract; empty while there is none. */
  latestChain(symbol: string): Promise<readonly SnapshotRow[]>
  /** The ledger of one New York date, sorted by slot and symbol. */
  slots(only: { readonly date: SessionDate }): Promise<readonly LedgerRow[]>
  /** The figures of a symbol's newest slot, from memory; null while there is none. */
  marketData(symbol: string): Promise<MarketData | null>
  /** Daily observations of all sources, both dates included. */
  observations(
    symbol: string,
    dates: { readonly from: SessionDate; readonly to: SessionDate },
  ): Promise<readonly ObservationRow[]>
  metrics(): Promise<{ readonly text: string; readonly contentType: string }>
}
