import { currentState, type Lake } from '../../lake/open.ts'
import { type AnalyticsOptions, carryOf } from '../options.ts'
import type { Positioning } from '../positioning/positioning.ts'
import { storedPositioning } from './positioning.ts'

/** The positioning of a symbol's newest slot; null if it has no slot with options. */
export type LatestPositioning = (symbol: string) => Promise<Positioning | null>

/**
 * Computes the positioning of each symbol once for each version of `option_snapshots`: a slot may be collected again,
 * compacted or restored, also by another process.
 */
export function createLatestPositioning(lake: Lake, options: AnalyticsOptions): LatestPositioning {
  const known = new Map<string, { readonly version: number; readonly positioning: Positioning }>()
  return async (symbol) => {
    const { version } = await currentState(lake)
    const kept = known.get(symbol)
    if (kept?.version === version) return kept.positioning
    const positioning = await storedPositioning(lake, symbol, { carry: carryOf(options, symbol) })
    if (positioning && (await currentState(lake)).version === version) {
      known.set(symbol, { version, positioning })
    }
    return positioning
  }
}
