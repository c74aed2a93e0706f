import type { RunPath } from './run-path.ts'

/** What the orders of a run did to the market, against the passive run of the same market. Dollars. */
export interface PairedMarket {
  /** Steps that both runs have. */
  readonly steps: number
  /** Steps at which both have a mid. */
  readonly comparedSteps: number
  /** The first step whose mid or spread differs; null when none does. */
  readonly firstDifferentStep: number | null
  /** Mid of the run − mid of the passive run. Null when no step could be compared. */
  readonly meanMidDifference: number | null
  readonly lastMidDifference: number | null
  /** The largest difference in size, with its sign. */
  readonly largestMidDifference: number | null
  readonly meanSpreadDifference: number | null
}

/** Mid of the run − mid of the passive run at each step that both have; null where one of them has no mid. */
export function midDifferences(
  run: RunPath,
  passive: RunPath,
): { firstStep: number; values: (number | null)[] } {
  const { firstStep, steps } = commonSteps(run, passive)
  const values = Array.from({ length: steps }, (_, at) =>
    difference(run.mids[firstStep + at - run.firstStep], passive.mids[firstStep + at - passive.firstStep]),
  )
  return { firstStep, values }
}

export function comparePaired(run: RunPath, passive: RunPath): PairedMarket {
  const { firstStep, steps } = commonSteps(run, passive)
  const mids = midDifferences(run, passive).values
  let compared = 0
  let spreads = 0
  let midSum = 0
  let spreadSum = 0
  let last: number | null = null
  let largest: number | null = null
  let firstDifferentStep: number | null = null
  for (let at = 0; at < steps; at++) {
    const spread = run.spreads[firstStep + at - run.firstStep] ?? null
    const passiveSpread = passive.spreads[firstStep + at - passive.firstStep] ?? null
    const mid = mids[at] ?? null
    const isDifferent = (mid !== null && mid !== 0) || spread !== passiveSpread
    if (isDifferent) firstDifferentStep ??= firstStep + at
    if (mid !== null) {
      compared++
      midSum += mid
      last = mid
      if (largest === null || Math.abs(mid) > Math.abs(largest)) largest = mid
    }
    if (spread !== null && passiveSpread !== null) {
      spreads++
      spreadSum += spread - passiveSpread
    }
  }
  return {
    steps,
    comparedSteps: compared,
    firstDifferentStep,
    meanMidDifference: compared === 0 ? null : midSum / compared,
    lastMidDifference: last,
    largestMidDifference: largest,
    meanSpreadDifference: spreads === 0 ? null : spreadSum / spreads,
  }
}

function commonSteps(run: RunPath, passive: RunPath): { firstStep: number; steps: number } {
  const firstStep = Math.max(run.firstStep, passive.firstStep)
  const end = Math.min(run.firstStep + run.mids.length, passive.firstStep + passive.mids.length)
  return { firstStep, steps: Math.max(0, end - firstStep) }
}

function difference(one: number | null | undefined, other: number | null | undefined): number | null {
  return one == null || other == null ? null : one - other
}
