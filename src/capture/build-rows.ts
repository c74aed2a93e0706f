import { type AnalyticsOptions, carryOf } from '../analytics/options.ts'
import { snapshotQuality } from '../analytics/quality/chain-quality.ts'
import { withOwnGreeks } from '../analytics/volatility/own-greeks.ts'
import type { Harvest } from '../harvest/harvest.ts'
import { assembleRows, type RowContext } from '../snapshot/assemble-rows.ts'
import { flagOutliers } from '../snapshot/iv-outliers.ts'
import type { SnapshotQuality } from '../snapshot/ledger.ts'
import type { SnapshotRow } from '../snapshot/row.ts'
import { flagStale, type QuoteHistory } from '../snapshot/stale-quotes.ts'

/** What the last slots of each symbol showed. The daemon keeps one; a single run begins with an empty one. */
export type QuoteMemories = Map<string, QuoteHistory>

/** One symbol's rows as they are stored, and how far they contradict themselves. */
export interface BuiltRows {
  readonly rows: readonly SnapshotRow[]
  readonly quality: SnapshotQuality
}

export interface JudgedBy {
  readonly options: AnalyticsOptions
  /** Takes in what this slot shows. */
  readonly memories: QuoteMemories
}

/** From a harvest to what is stored: rows, greeks of our own where they are wanted, flags that need more than one row. */
export function buildRows(harvest: Harvest, context: RowContext, { options, memories }: JudgedBy): BuiltRows {
  const { symbol } = harvest
  const carry = carryOf(options, symbol)
  const sent = assembleRows(harvest, context)
  const priced = options.ownGreeks ? withOwnGreeks(sent, carry) : sent
  const { rows, memory } = flagStale(flagOutliers(priced), memories.get(symbol) ?? new Map())
  memories.set(symbol, memory)
  return { rows, quality: snapshotQuality(rows, { slot: context.slot, carry }) }
}
