import type { Lake } from '../../lake/open.ts'
import { type AnalyticsOptions, carryOf } from '../options.ts'
import { type MarketData, marketData } from './reader.ts'

/** The newest figures of each symbol, in memory. */
export interface LatestFigures {
  keep(all: readonly MarketData[]): void
  /** Those of the newest slot; null where the symbol has none. Read from the lake once, if none were kept. */
  latest(symbol: string): Promise<MarketData | null>
  /** The daily history has changed: what is kept is computed anew when it is asked for. */
  forget(): void
}

/** For the one process that writes the lake: nobody else stores a newer slot. */
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
