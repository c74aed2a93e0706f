/** What made a market: two runs with equal values of all of these differ by their orders alone. */
export interface RunKey {
  readonly scenario: string
  /** Null when the exchange named none. */
  readonly seed: number | null
  /** Null in files of other programs. */
  readonly rules: string | null
}

/** One order that a run sent, and what became of it. */
export interface SentOrder {
  /** The snapshot on which it was decided; it reached the market before the next one. */
  readonly step: number
  readonly side: 'BUY' | 'SELL'
  /** Dollars. */
  readonly price: number
  /** Shares. */
  readonly quantity: number
  /** Best prices of that snapshot, dollars; null when the side was empty. */
  readonly bid: number | null
  readonly ask: number | null
  /** Shares filled by the end of the run. */
  readonly filledQuantity: number
  /** The step in which its last fill came; null when nothing was filled. */
  readonly lastFillStep: number | null
}

/** A fill, whole or in part. */
export interface PathFill {
  /** The step whose record has it. */
  readonly step: number
  readonly side: 'BUY' | 'SELL'
  /** Dollars. */
  readonly price: number
  /** Shares. */
  readonly quantity: number
  /** Whether the order rested in the book; null where the venue does not say. */
  readonly isMaker: boolean | null
}

/** One run as the analysis of impact and fills sees it. Place 0 of each series is `firstStep`. */
export interface RunPath extends RunKey {
  readonly runId: string
  readonly experiment: string
  readonly mode: 'passive' | 'active'
  readonly firstStep: number
  /** Dollars; null at a step where a side was empty. */
  readonly mids: readonly (number | null)[]
  readonly spreads: readonly (number | null)[]
  /** Shares after the fills of the step. */
  readonly inventories: readonly number[]
  readonly orders: readonly SentOrder[]
  readonly fills: readonly PathFill[]
}

/** The sign of a price change that is against the sender of an order. */
export function signOf(side: SentOrder['side']): 1 | -1 {
  return side === 'BUY' ? 1 : -1
}

/**
 * The passive run that shows the same market without the orders of `run`: of the same scenario, seed and rules, and the
 * longest of these. A shorter run of a market is the beginning of a longer one. Null when there is none. Runs of ours without
 * a seed traded in markets that cannot be made again, such as those over TWS; the original framework writes no seeds,
 * because each of its scenarios has one of its own.
 * @param candidates each with its length in any unit.
 */
export function passiveRunOf<
  Run extends RunKey & { readonly mode: RunPath['mode']; readonly length: number },
>(run: RunKey, candidates: readonly Run[]): Run | null {
  if (run.seed === null && run.rules !== null) return null
  const same = candidates.filter(
    ({ mode, scenario, seed, rules }) =>
      mode === 'passive' && scenario === run.scenario && seed === run.seed && rules === run.rules,
  )
  return same.reduce<Run | null>(
    (best, one) => (best === null || one.length > best.length ? one : best),
    null,
  )
}
