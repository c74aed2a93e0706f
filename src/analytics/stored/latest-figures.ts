import type { Lake } from '../../lake/open.ts'
import { type AnalyticsOptions, carryOf } from '../options.ts'
import { type MarketData, marketData } from './reader.ts'

/** The newest figures of each symbol, cached in memory. */
export interface LatestFigures {
  /** Keeps the figures that `compute` gives, unless the daily history has changed since it began. */
  keepFrom(compute: () => Promise<readonly MarketData[]>): Promise<void>
  /** The figures of the newest slot; null where the symbol has none. Read from the lake if they are not cached. */
  latest(symbol: string): Promise<MarketData | null>
  /** Empties the cache, because the daily history has changed. */
  forget(): void
}

/** Only for the process that writes the lake; elsewhere the cache would miss newer slots. */
export function createLatestFigures(lake: Lake, options: AnalyticsOptions): LatestFigures {
  const newest = new Map<string, MarketData>()
  /** How often the cache was emptied: figures that were begun before have the history of before. */
  let emptied = 0
  const keep = (all: readonly MarketData[], begunAt: number) => {
    if (begunAt !== emptied) return
    for (const data of all) {
      if ((newest.get(data.symbol)?.slot ?? 0) <= data.slot) newest.set(data.symbol, data)
    }
  }
  return {
    keepFrom: async (compute) => {
      const begunAt = emptied
      keep(await compute(), begunAt)
    },
    latest: async (symbol) => {
      const kept = newest.get(symbol)
      if (kept) return kept
      const begunAt = emptied
      const read = await marketData(lake, symbol, { carry: carryOf(options, symbol) })
      if (read) keep([read], begunAt)
      return newest.get(symbol) ?? read
    },
    forget: () => {
      emptied++
      newest.clear()
    },
  }
}
