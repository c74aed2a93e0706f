import { type PathFill, type RunPath, signOf } from './run-path.ts'

/** What fills cost. Dollars a share; positive is a loss of the trader. */
export interface TradingCost {
  readonly fills: number
  readonly quantity: number
  /** Fill price against the last mid before the step of the fill, in the direction of the trade. */
  readonly againstMidBefore: number | null
  /** Fill price against the mid some steps later: what the trader has lost by then. */
  readonly againstMidLater: number | null
}

/**
 * Means over the shares that were filled. Fills without a mid before are left out of the one figure, and fills without a mid
 * `delaySteps` later out of the other; null when none is left.
 */
export function tradingCost(
  { firstStep, mids, fills }: Pick<RunPath, 'firstStep' | 'mids' | 'fills'>,
  delaySteps: number,
  isCounted: (fill: PathFill) => boolean = () => true,
): TradingCost {
  const before = { sum: 0, quantity: 0 }
  const later = { sum: 0, quantity: 0 }
  let count = 0
  let quantity = 0
  for (const fill of fills) {
    if (!isCounted(fill)) continue
    count++
    quantity += fill.quantity
    add(before, fill, mids[fill.step - 1 - firstStep])
    add(later, fill, mids[fill.step + delaySteps - firstStep])
  }
  return { fills: count, quantity, againstMidBefore: meanOf(before), againstMidLater: meanOf(later) }
}

interface WeightedSum {
  sum: number
  quantity: number
}

function add(total: WeightedSum, { side, price, quantity }: PathFill, mid: number | null | undefined): void {
  if (mid == null) return
  total.sum += signOf(side) * (price - mid) * quantity
  total.quantity += quantity
}

function meanOf({ sum, quantity }: WeightedSum): number | null {
  return quantity === 0 ? null : sum / quantity
}
