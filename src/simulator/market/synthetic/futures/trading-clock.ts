import type { EpochMs } from '../../../../market/units.ts'
import type { Segment } from './trade-dates.ts'

/** How much slower the price moves while trading is closed. */
const CLOSED_SHARE = 0.1

/**
 * A clock for a price path across closures: it advances a unit for each second of trading, and for each closure at once
 * by a tenth of its seconds, so that what happens over a weekend is a gap at the next opening.
 */
export interface TradingClock {
  /** Units from the start to the end. */
  readonly length: number
  /** Whole units since the start, 0 to `length`. */
  unitAt(at: EpochMs): number
}

/** `segments`, oldest first, are the trading between two times; the rest of that time is closed. */
export function tradingClock(
  { startAt, endAt }: { readonly startAt: EpochMs; readonly endAt: EpochMs },
  segments: readonly Segment[],
): TradingClock {
  const parts: { readonly openAt: number; readonly closeAt: number; readonly unit: number }[] = []
  let at: number = startAt
  let unit = 0
  for (const { openAt, closeAt } of segments) {
    unit += closedUnits(openAt - at)
    parts.push({ openAt, closeAt, unit })
    unit += Math.round((closeAt - openAt) / 1_000)
    at = closeAt
  }
  const length = unit + closedUnits(endAt - at)
  return {
    length,
    unitAt: (time) => {
      const part = parts.findLast(({ openAt }) => openAt <= time)
      if (!part) return 0
      if (time >= endAt) return length
      return part.unit + Math.floor((Math.min(time, part.closeAt) - part.openAt) / 1_000)
    },
  }
}

function closedUnits(ms: number): number {
  return Math.round((CLOSED_SHARE * Math.max(0, ms)) / 1_000)
}
