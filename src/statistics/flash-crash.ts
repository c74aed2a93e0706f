/**
 * The measures of a flash crash: how far the price falls after the start of a sell programme, how much of it is made up
 * half an hour later, what is left of the depth, and how much the market makers trade with each other. They are those of
 * the report of the CFTC and the SEC on 6 May 2010 and of Kirilenko, Kyle, Samadi and Tuzun (Journal of Finance 72, 2017).
 */

/** One run, one value a step, all columns of one length. */
export interface CrashColumns {
  /** The last valid mid, in ticks. */
  readonly midTicks: ArrayLike<number>
  /** Shares of resting buy orders near the mid. */
  readonly bidDepth: ArrayLike<number>
  /** Shares traded in which a market maker was buyer, seller or both: each trade counts once for each maker in it. */
  readonly makerVolume: ArrayLike<number>
  /** The part of it where both were market makers, counted in the same way (twice a trade). */
  readonly makerToMakerVolume: ArrayLike<number>
  /** Shares traded. */
  readonly volume: ArrayLike<number>
}

export interface CrashWindows {
  /** The trough is the lowest mid within this many steps from the start. */
  readonly troughSteps: number
  /** Recovery is read this many steps after the trough. */
  readonly recoverySteps: number
  /** Depth at the trough is the mean of this many steps before and after it. */
  readonly depthSteps: number
  /** The collapse begins where the mid was last above this part of the fall. */
  readonly collapseFraction: number
  /** Makers' trades with each other are counted in this many steps up to the trough. */
  readonly makerSteps: number
  /** Within them, the stretch of this many steps in which makers trade most with each other. */
  readonly hotPotatoSteps: number
}

/**
 * Steps of 100 ms: half an hour for the trough, half an hour for the recovery, 1 s on both sides of the trough, and the
 * 5 min before it, which are 14:41 to 14:45 on 6 May 2010; of these, 14 s as in the report's figure. */
export const CRASH_WINDOWS: CrashWindows = {
  troughSteps: 18_000,
  recoverySteps: 18_000,
  depthSteps: 10,
  collapseFraction: 0.1,
  makerSteps: 3_000,
  hotPotatoSteps: 140,
}

export interface FlashCrash {
  readonly startTicks: number
  readonly troughTicks: number
  readonly troughStep: number
  /** (start − trough) / start. */
  readonly fallFraction: number
  /** Steps from the start of the programme to the trough. */
  readonly stepsToTrough: number
  /** Steps from the beginning of the collapse to the trough. */
  readonly collapseSteps: number
  /** The part of the fall that is made up after `recoverySteps`; null when the run ends earlier or nothing fell. */
  readonly recoveredFraction: number | null
  /** Depth of the buy side at the trough over its mean before the start; null without depth before the start. */
  readonly depthFraction: number | null
  /** The part of the makers' volume that they traded with each other, up to the trough; null when they did not trade. */
  readonly makerToMakerShare: number | null
  /**
   * Trades between makers as a part of all volume, in the `hotPotatoSteps` up to the trough in which they are most; null
   * when makers did not trade with each other.
   */
  readonly hotPotatoShare: number | null
  /** `makerToMakerShare` before the start. */
  readonly makerToMakerShareBefore: number | null
}

/** Measures the fall after `startStep`, which must lie inside the run and after its first step. */
export function measureFlashCrash(
  run: CrashColumns,
  startStep: number,
  windows: CrashWindows = CRASH_WINDOWS,
): FlashCrash {
  const length = run.midTicks.length
  if (!(startStep > 0 && startStep < length)) {
    throw new RangeError(`the programme starts at step ${startStep}, outside a run of ${length} steps`)
  }
  const startTicks = run.midTicks[startStep] as number
  const troughStep = lowest(run.midTicks, startStep, Math.min(startStep + windows.troughSteps, length - 1))
  const troughTicks = run.midTicks[troughStep] as number
  const collapseStep = lastAtLeast(
    run.midTicks,
    startTicks - windows.collapseFraction * (startTicks - troughTicks),
    startStep,
    troughStep,
  )
  const recovered = run.midTicks[troughStep + windows.recoverySteps]
  const before = mean(run.bidDepth, 0, startStep)
  const atTrough = mean(
    run.bidDepth,
    Math.max(0, troughStep - windows.depthSteps),
    Math.min(length, troughStep + windows.depthSteps + 1),
  )
  return {
    startTicks,
    troughTicks,
    troughStep,
    fallFraction: (startTicks - troughTicks) / startTicks,
    stepsToTrough: troughStep - startStep,
    collapseSteps: troughStep - collapseStep,
    recoveredFraction:
      recovered === undefined || troughTicks === startTicks
        ? null
        : (recovered - troughTicks) / (startTicks - troughTicks),
    depthFraction: before === 0 ? null : atTrough / before,
    makerToMakerShare: makerShare(run, Math.max(0, troughStep + 1 - windows.makerSteps), troughStep + 1),
    hotPotatoShare: hotPotatoShare(
      run,
      Math.max(0, troughStep + 1 - windows.makerSteps),
      troughStep + 1,
      windows.hotPotatoSteps,
    ),
    makerToMakerShareBefore: makerShare(run, 0, startStep),
  }
}

/** The largest fall below the mid of `startStep` within `steps`, as a fraction: what a run without the seller loses. */
export function fallAfter(midTicks: ArrayLike<number>, startStep: number, steps: number): number {
  const start = midTicks[startStep] as number
  const lowestStep = lowest(midTicks, startStep, Math.min(startStep + steps, midTicks.length - 1))
  return (start - (midTicks[lowestStep] as number)) / start
}

function lowest(values: ArrayLike<number>, from: number, to: number): number {
  let at = from
  for (let index = from + 1; index <= to; index++) {
    if ((values[index] as number) < (values[at] as number)) at = index
  }
  return at
}

/** The last index of `from` … `to` at which the value is not below `least`; `from` when there is none. */
function lastAtLeast(values: ArrayLike<number>, least: number, from: number, to: number): number {
  let at = to
  while (at > from && (values[at] as number) < least) at--
  return at
}

function mean(values: ArrayLike<number>, from: number, to: number): number {
  return sum(values, from, to) / (to - from)
}

function sum(values: ArrayLike<number>, from: number, to: number): number {
  let total = 0
  for (let index = from; index < to; index++) total += values[index] as number
  return total
}

function makerShare(run: CrashColumns, from: number, to: number): number | null {
  const volume = sum(run.makerVolume, from, to)
  return volume === 0 ? null : sum(run.makerToMakerVolume, from, to) / volume
}

function hotPotatoShare(run: CrashColumns, from: number, to: number, steps: number): number | null {
  let most = 0
  let share: number | null = null
  let together = 0
  for (let step = from; step < to; step++) {
    together += run.makerToMakerVolume[step] as number
    if (step >= from + steps) together -= run.makerToMakerVolume[step - steps] as number
    if (together <= most) continue
    most = together
    share = together / 2 / sum(run.volume, Math.max(from, step + 1 - steps), step + 1)
  }
  return share
}
