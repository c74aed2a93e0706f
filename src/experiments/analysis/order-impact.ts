import { midDifferences } from './paired-mids.ts'
import { type RunPath, signOf } from './run-path.ts'

/** Mean impact of the orders of one run. */
export interface OrderImpact {
  /** Orders with a mid in both runs before and after. */
  readonly orders: number
  /** Dollars; positive when the market moved in the direction of the order. */
  readonly impact: number
}

/**
 * How far orders moved the mid within `horizonSteps` of being sent, in their direction: the change of the mid in the run
 * less that in the passive run, so that what the market would have done anyway is not counted. All orders count, filled
 * or not: the filled ones alone are those that the market came towards. Null without such orders.
 */
export function orderImpact(
  run: RunPath,
  passive: RunPath,
  horizonSteps: number,
  isCounted: (order: RunPath['orders'][number]) => boolean = () => true,
): OrderImpact | null {
  const { firstStep, values } = midDifferences(run, passive)
  let orders = 0
  let sum = 0
  for (const order of run.orders) {
    if (!isCounted(order)) continue
    const before = values[order.step - firstStep] ?? null
    const after = values[order.step + horizonSteps - firstStep] ?? null
    if (before === null || after === null) continue
    orders++
    sum += signOf(order.side) * (after - before)
  }
  return orders === 0 ? null : { orders, impact: sum / orders }
}

/** Steps between one sending of orders and the next, at least; null when a run sends at one step or never. */
export function shortestOrderInterval(run: RunPath): number | null {
  let shortest: number | null = null
  for (let at = 1; at < run.orders.length; at++) {
    const steps = (run.orders[at] as { step: number }).step - (run.orders[at - 1] as { step: number }).step
    if (steps > 0 && (shortest === null || steps < shortest)) shortest = steps
  }
  return shortest
}
