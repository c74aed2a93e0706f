import { CRASH_WINDOWS, measureFlashCrash } from '../../statistics/flash-crash.ts'

/** The largest fall of one run, and what the book looked like. Prices in dollars, times in steps. */
export interface CrashSignature {
  /** The high before the fall: its row and its step. */
  readonly startRow: number
  readonly startStep: number
  readonly startPrice: number
  readonly troughRow: number
  readonly troughStep: number
  readonly troughPrice: number
  readonly fallFraction: number
  /** Steps from where the mid was last within the first tenth of the fall to the trough. */
  readonly collapseSteps: number
  /** The part of the fall that is made up half an hour after the trough; null when the run ends earlier. */
  readonly recoveredFraction: number | null
  /** Depth of the bids at the trough over their mean before the fall; null with less than a minute before it. */
  readonly depthFraction: number | null
  /** The widest spread from the high to a minute after the trough; null when none is known. */
  readonly widestSpread: number | null
}

/** One row a step; NaN where a value is absent. */
export interface CrashInput {
  readonly steps: ArrayLike<number>
  readonly mid: Float64Array
  readonly spread: Float64Array
  readonly bidDepth: Float64Array
}

const MINUTE = 600

/**
 * The largest fall from a high to a low within half an hour: the start that `measureFlashCrash` wants is the high. Files of
 * steps do not say when a seller began. Null when nothing fell.
 */
export function findCrash(run: CrashInput): CrashSignature | null {
  const mid = carriedForward(run.mid)
  if (mid === null || mid.length < 3) return null
  const startRow = highBeforeLargestFall(mid, CRASH_WINDOWS.troughSteps)
  if (startRow === null) return null
  const none = new Float64Array(mid.length)
  const crash = measureFlashCrash(
    {
      midTicks: mid,
      bidDepth: run.bidDepth.map((depth) => (Number.isNaN(depth) ? 0 : depth)),
      // Who traded with whom is not in the records.
      ...{ makerVolume: none, makerToMakerVolume: none, volume: none },
    },
    startRow,
  )
  let widest = Number.NEGATIVE_INFINITY
  for (let row = startRow; row < Math.min(mid.length, crash.troughStep + MINUTE); row++) {
    const spread = run.spread[row] as number
    if (spread > widest) widest = spread
  }
  return {
    startRow,
    startStep: run.steps[startRow] as number,
    startPrice: crash.startTicks,
    troughRow: crash.troughStep,
    troughStep: run.steps[crash.troughStep] as number,
    troughPrice: crash.troughTicks,
    fallFraction: crash.fallFraction,
    collapseSteps: crash.collapseSteps,
    recoveredFraction: crash.recoveredFraction,
    depthFraction: startRow < MINUTE ? null : crash.depthFraction,
    widestSpread: Number.isFinite(widest) ? widest : null,
  }
}

/** The last valid value of each row, and the first one before it; null when there is none. */
export function carriedForward(values: Float64Array): Float64Array | null {
  let last = values.find((value) => !Number.isNaN(value))
  if (last === undefined) return null
  return values.map((value) => {
    if (!Number.isNaN(value)) last = value
    return last as number
  })
}

/** The row of the high, never the first row; null when nothing falls. Highs of the window fall in `highs`. */
function highBeforeLargestFall(mid: Float64Array, window: number): number | null {
  const highs: number[] = []
  let first = 0
  let largest = 0
  let found: number | null = null
  for (let row = 1; row < mid.length; row++) {
    const value = mid[row] as number
    while (highs.length > first && (mid[highs.at(-1) as number] as number) <= value) highs.pop()
    highs.push(row)
    while ((highs[first] as number) < row - window) first++
    const high = mid[highs[first] as number] as number
    const fall = (high - value) / high
    if (fall <= largest) continue
    largest = fall
    found = highs[first] as number
  }
  return found
}
