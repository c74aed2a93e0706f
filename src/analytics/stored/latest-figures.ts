import type { Lake } from '../../lake/open.ts'
import { type AnalyticsOptions, carryOf } from '../options.ts'
import { type MarketData, marketData } from './reader.ts'

/** The newest figures of each symbol, cached in memory. */
export interface LatestFigures {
  keep(all: readonly MarketData[]): void
  /** The figures of the newest slot; null where the symbol has none. Read from the lake if they are not cached. */
  latest(symbol: string): Promise<MarketData | null>
  /** Empties the cache, because the daily history has changed. */
  forget(): void
}

/** Only for the process that writes the lake; elsewhere the cache would miss newer slots. */
export function createLatestFigures(lake: Lake, options: AnalyticsOptions): LatestFigures {
  const newest = new Map<string, MarketData>()
  const keep = (data: MarketData) => {
    if ((newest.get(data.symbol)?.slot ?? 0) <= data.slot) newest.set(data.symbol, data)
  }
  return {
    keep: (all) => {
      for (const data of all) keep(data)
    },
    latest: async (symbol) => {
      const kept = newest.get(symbol)
      if (kept) return kept
      const read = await marketData(lake, symbol, { carry: carryOf(options, symbol) })
      if (read) keep(read)
      return newest.get(symbol) ?? null
    },
    forget: () => newest.clear(),
  }
}
