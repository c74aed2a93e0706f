/**
 * Mini flash crashes on a trade tape, by the definition of Johnson and others, "Abrupt rise of new machine ecology beyond
 * human response time", Scientific Reports 3, 2627 (2013): the price changes at least ten times in one direction before it
 * changes in the other, by 0.8 % or more, within 1.5 s.
 */

/** One trade of the tape, in order of execution. */
export interface Print {
  readonly step: number
  readonly priceTicks: number
}

export interface PriceSpikeRule {
  /** Successive price changes in one direction. Trades at an unchanged price neither count nor interrupt. */
  readonly leastChanges: number
  /** Steps between the first and the last of these changes. */
  readonly mostSteps: number
  /** The whole move as a fraction of the price before it. */
  readonly leastFraction: number
}

/** The rule of the paper, at 100 ms a step. */
export const JOHNSON_RULE: PriceSpikeRule = { leastChanges: 10, mostSteps: 15, leastFraction: 0.008 }

/** One move that meets the rule. */
export interface PriceSpike {
  /** 1 for a rise, −1 for a fall. */
  readonly direction: 1 | -1
  /** The step of the first price change and of the last one. */
  readonly startStep: number
  readonly endStep: number
  readonly changes: number
  /** The last price before the move, and the price at its end. */
  readonly fromTicks: number
  readonly toTicks: number
  /** |to − from| / from. */
  readonly fraction: number
}

/** Finds the moves that meet the rule on a tape that comes trade by trade. */
export interface SpikeDetector {
  print(step: number, priceTicks: number): void
  /** All moves up to the last trade, oldest first. */
  spikes(): readonly PriceSpike[]
}

/** A run of changes in one direction counts once, with its largest stretch of at most `mostSteps`. */
export function createSpikeDetector(rule: PriceSpikeRule = JOHNSON_RULE): SpikeDetector {
  const found: PriceSpike[] = []
  let direction = 0
  /** Price changes of the current run that can still belong to one stretch with the next change. */
  let recent: Change[] = []
  let best: PriceSpike | null = null
  let last: number | null = null
  return {
    print(step, priceTicks) {
      if (last !== null && priceTicks !== last) {
        const sign = priceTicks > last ? 1 : -1
        if (sign !== direction) {
          if (best !== null) found.push(best)
          best = null
          recent = []
          direction = sign
        }
        recent.push({ step, fromTicks: last, toTicks: priceTicks })
        while (step - (recent[0] as Change).step > rule.mostSteps) recent.shift()
        const spike = spikeOf(recent, sign)
        if (meets(spike, rule) && (best === null || spike.fraction > best.fraction)) best = spike
      }
      last = priceTicks
    },
    spikes: () => (best === null ? found : [...found, best]),
  }
}

/** The moves of a whole tape that meet the rule, oldest first. */
export function findPriceSpikes(
  prints: Iterable<Print>,
  rule: PriceSpikeRule = JOHNSON_RULE,
): readonly PriceSpike[] {
  const detector = createSpikeDetector(rule)
  for (const { step, priceTicks } of prints) detector.print(step, priceTicks)
  return detector.spikes()
}

interface Change {
  readonly step: number
  readonly fromTicks: number
  readonly toTicks: number
}

function spikeOf(changes: readonly Change[], direction: 1 | -1): PriceSpike {
  const first = changes[0] as Change
  const last = changes.at(-1) as Change
  return {
    direction,
    startStep: first.step,
    endStep: last.step,
    changes: changes.length,
    fromTicks: first.fromTicks,
    toTicks: last.toTicks,
    fraction: Math.abs(last.toTicks - first.fromTicks) / first.fromTicks,
  }
}

function meets({ changes, fraction }: PriceSpike, rule: PriceSpikeRule): boolean {
  return changes >= rule.leastChanges && fraction >= rule.leastFraction
}

/** One event: a move with those that follow it, such as the way back. */
export interface MiniFlashCrash {
  /** The move that began the event. */
  readonly first: PriceSpike
  /** Moves of the event that meet the rule, the first included. */
  readonly spikes: number
  /**
   * The largest part of the first move that the mid had made up again within the time allowed; null when the tape ends
   * earlier and it was not back by then. 1 is all of it.
   */
  readonly recoveredFraction: number | null
}

export interface RecoveryRule {
  /** How long the way back may take, in steps from the end of the first move. */
  readonly withinSteps: number
  /** The part of the move that must be made up for the price to be back. */
  readonly leastFraction: number
}

/** A minute of 100 ms steps; four fifths leave room for what the fundamental value moves meanwhile. */
export const BACK_WITHIN_A_MINUTE: RecoveryRule = { withinSteps: 600, leastFraction: 0.8 }

/**
 * Joins moves into events: a move that starts within `withinSteps` after the end of an event's first move belongs to it.
 * `midTicks` has the last valid mid of every step.
 */
export function miniFlashCrashes(
  spikes: readonly PriceSpike[],
  midTicks: ArrayLike<number>,
  rule: RecoveryRule = BACK_WITHIN_A_MINUTE,
): readonly MiniFlashCrash[] {
  const events: { first: PriceSpike; spikes: number }[] = []
  for (const spike of spikes) {
    const current = events.at(-1)
    if (current && spike.startStep - current.first.endStep <= rule.withinSteps) current.spikes++
    else events.push({ first: spike, spikes: 1 })
  }
  return events.map((event) => ({ ...event, recoveredFraction: recoveredOf(event.first, midTicks, rule) }))
}

/** Whether the price was back in time; null when the tape ended before that could be known. */
export function isBack(event: MiniFlashCrash, rule: RecoveryRule = BACK_WITHIN_A_MINUTE): boolean | null {
  return event.recoveredFraction === null ? null : event.recoveredFraction >= rule.leastFraction
}

function recoveredOf(move: PriceSpike, midTicks: ArrayLike<number>, rule: RecoveryRule): number | null {
  const end = move.endStep + rule.withinSteps
  let most = 0
  for (let step = move.endStep; step <= end && step < midTicks.length; step++) {
    const part = ((midTicks[step] as number) - move.toTicks) / (move.fromTicks - move.toTicks)
    if (part > most) most = part
  }
  return end >= midTicks.length && most < rule.leastFraction ? null : most
}
