/** A stressed market against a calm one at the same seed: the same fundamental shocks, other agents. */

/** One run, one value a step. */
export interface CalmnessColumns {
  /** The last valid mid, in ticks. */
  readonly midTicks: ArrayLike<number>
  /** Ask − bid in ticks; −1 where a side is empty. */
  readonly spreadTicks: ArrayLike<number>
  /** Shares resting near the mid, both sides. */
  readonly depth: ArrayLike<number>
}

export interface Calmness {
  /** Standard deviation of the log returns of the mid over `returnSteps`; null with fewer than two returns. */
  readonly volatility: number | null
  /** Mean over the steps with both sides; null when there is none. */
  readonly meanSpreadTicks: number | null
  readonly meanDepth: number | null
  /** Steps with both sides over all steps; null without steps. */
  readonly twoSidedFraction: number | null
}

/** A minute of 100 ms steps. */
export const MINUTE_STEPS = 600

export function measureCalmness(run: CalmnessColumns, returnSteps = MINUTE_STEPS): Calmness {
  const steps = run.midTicks.length
  let spread = 0
  let twoSided = 0
  let depth = 0
  for (let step = 0; step < steps; step++) {
    depth += run.depth[step] as number
    if ((run.spreadTicks[step] as number) < 0) continue
    spread += run.spreadTicks[step] as number
    twoSided++
  }
  return {
    volatility: deviationOfReturns(run.midTicks, returnSteps),
    meanSpreadTicks: twoSided === 0 ? null : spread / twoSided,
    meanDepth: steps === 0 ? null : depth / steps,
    twoSidedFraction: steps === 0 ? null : twoSided / steps,
  }
}

export interface Stress {
  /** Stressed over calm. */
  readonly volatilityRatio: number | null
  readonly spreadRatio: number | null
  readonly depthRatio: number | null
}

/** Null where one of the two is absent or the calm one is 0. */
export function compareStress(stressed: Calmness, calm: Calmness): Stress {
  return {
    volatilityRatio: ratio(stressed.volatility, calm.volatility),
    spreadRatio: ratio(stressed.meanSpreadTicks, calm.meanSpreadTicks),
    depthRatio: ratio(stressed.meanDepth, calm.meanDepth),
  }
}

function ratio(value: number | null, base: number | null): number | null {
  return value === null || base === null || base === 0 ? null : value / base
}

function deviationOfReturns(midTicks: ArrayLike<number>, every: number): number | null {
  let count = 0
  let sum = 0
  let squares = 0
  for (let step = every; step < midTicks.length; step += every) {
    const change = Math.log((midTicks[step] as number) / (midTicks[step - every] as number))
    count++
    sum += change
    squares += change * change
  }
  if (count < 2) return null
  return Math.sqrt(Math.max(0, (squares - (sum * sum) / count) / (count - 1)))
}
