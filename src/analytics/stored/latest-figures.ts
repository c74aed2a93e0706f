import type { Lake } from '../../lake/open.ts'
import { type AnalyticsOptions, carryOf } from '../options.ts'
import { type MarketData, marketData } from './reader.ts'

/** The newest figures of each symbol, cached in memory. */
export interface LatestFigures {
  /** Keeps and returns the figures that `compute` gives; does not keep them if the daily history has changed since it began. */
  keepFrom(compute: () => Promise<readonly MarketData[]>): Promise<readonly MarketData[]>
  /** The figures of the newest slot; null where the symbol has none. Read from the lake if they are not cached. */
  latest(symbol: string): Promise<MarketData | null>
  /** Empties the cache, because the daily history has changed. */
  forget(): void
}

/** Only for the process that writes the lake; elsewhere the cache would miss newer slots. */
export function createLatestFigures(lake: Lake, options: AnalyticsOptions): LatestFigures {
  const newest = new Map<string, MarketData>()
  /** Increases with each change of what figures are read from; those that were begun before are out of date. */
  let changes = 0
  return {
    keepFrom: async (compute) => {
      const begunAt = changes
      const all = await compute()
      const isCurrent = begunAt === changes
      // Readers that began before the figures were stored have read a slot without its received values.
      changes++
      for (const data of all) {
        if (!isCurrent) newest.delete(data.symbol)
        else if ((newest.get(data.symbol)?.slot ?? 0) <= data.slot) newest.set(data.symbol, data)
      }
      return all
    },
    latest: async (symbol) => {
      const kept = newest.get(symbol)
      if (kept) return kept
      const begunAt = changes
      const read = await marketData(lake, symbol, { carry: carryOf(options, symbol) })
      if (read && begunAt === changes) newest.set(symbol, read)
      return newest.get(symbol) ?? read
    },
    forget: () => {
      changes++
      newest.clear()
    },
  }
}
