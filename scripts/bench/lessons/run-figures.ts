import { executedImpacts, remainingImpact } from '../../../src/experiments/analysis/executed-impact.ts'
import { fillRate, type Placement, placementOf } from '../../../src/experiments/analysis/fill-rates.ts'
import { orderImpact } from '../../../src/experiments/analysis/order-impact.ts'
import type { ImpactPoint } from '../../../src/experiments/analysis/over-seeds.ts'
import { comparePaired } from '../../../src/experiments/analysis/paired-mids.ts'
import type { RunPath, SentOrder } from '../../../src/experiments/analysis/run-path.ts'
import { tradingCost } from '../../../src/experiments/analysis/trading-cost.ts'
import type { RunOutcome } from '../../../src/experiments/run/outcome.ts'

/** Steps after an order at which its impact is read: 0.1 s, 1 s, 10 s and 59 s. */
export const IMPACT_HORIZONS_STEPS = [1, 10, 100, 590]
/** Steps after a fill at which its cost is read: 10 s. */
export const COST_DELAY_STEPS = 100
/** Executed quantities of a one-sided run; under the rules research it stops at 5,000. */
export const EXECUTED_QUANTITIES = [500, 1_000, 2_000, 5_000]
/** Steps after the last fill of a one-sided run: 1, 5 and 10 minutes. */
export const REMAINING_DELAYS_STEPS = [600, 3_000, 6_000]

/** Orders at one place of the book, and what was filled of them. Shares but for the count. */
export interface PlacementFills {
  readonly placement: Placement
  readonly orders: number
  readonly sent: number
  readonly filled: number
}

/** What the tables need of one run, small enough to be sent between processes. */
export interface RunFigures {
  readonly scenario: string
  readonly experiment: string
  readonly rules: string
  readonly seed: number
  readonly end: RunOutcome['end']
  /** The step of its last record. */
  readonly lastStep: number
  /** Null where there is no such thing, as the fill rate of a run without orders. */
  readonly values: Readonly<Record<FigureName, number | null>>
  readonly placements: readonly PlacementFills[]
  /** Mean impact of an order after each of IMPACT_HORIZONS_STEPS, dollars. */
  readonly orderImpacts: readonly (number | null)[]
  readonly executed: readonly ImpactPoint[]
  /** What is left of the impact after each of REMAINING_DELAYS_STEPS, dollars; empty unless the run is one-sided. */
  readonly remaining: readonly (number | null)[]
}

/** Dollars, shares and fractions. */
export type FigureName =
  | 'twoSided'
  | 'meanSpread'
  | 'midRange'
  | 'orders'
  | 'skipped'
  | 'fillRate'
  | 'wholeRate'
  | 'stepsToFill'
  | 'makerShare'
  | 'costBefore'
  | 'costLater'
  | 'pnl'
  | 'pnlPerShare'
  | 'largestInventory'
  | 'meanMidDifference'
  | 'meanSpreadDifference'
  | 'partsBeforeFirstOrder'

/** @param passive the passive run of the same market. */
export function runFigures(
  run: RunPath & { readonly seed: number; readonly rules: string },
  passive: RunPath,
  outcome: RunOutcome,
): RunFigures {
  const rate = fillRate(run.orders)
  const cost = tradingCost(run, COST_DELAY_STEPS)
  const paired = comparePaired(run, passive)
  const makers = run.fills.filter(({ isMaker }) => isMaker === true)
  const quantityOf = (fills: RunPath['fills']) => fills.reduce((sum, { quantity }) => sum + quantity, 0)
  const filled = quantityOf(run.fills)
  const firstOrderStep = run.orders[0]?.step ?? Number.POSITIVE_INFINITY
  const { firstDifferentStep } = paired
  return {
    scenario: run.scenario,
    experiment: run.experiment,
    rules: run.rules,
    seed: run.seed,
    end: outcome.end,
    lastStep: outcome.lastStep ?? 0,
    values: {
      ...marketValues(run),
      orders: run.orders.length,
      skipped: outcome.ordersSkipped,
      fillRate: rate?.quantityRate ?? null,
      wholeRate: rate?.wholeRate ?? null,
      stepsToFill: rate?.meanStepsToFill ?? null,
      makerShare: filled === 0 ? null : quantityOf(makers) / filled,
      costBefore: cost.againstMidBefore,
      costLater: cost.againstMidLater,
      pnl: outcome.pnl,
      pnlPerShare: outcome.pnl === null || filled === 0 ? null : outcome.pnl / filled,
      largestInventory: run.inventories.reduce((most, shares) => Math.max(most, Math.abs(shares)), 0),
      meanMidDifference: paired.meanMidDifference,
      meanSpreadDifference: paired.meanSpreadDifference,
      partsBeforeFirstOrder: firstDifferentStep !== null && firstDifferentStep <= firstOrderStep ? 1 : 0,
    },
    placements: placementFills(run.orders),
    orderImpacts: IMPACT_HORIZONS_STEPS.map((horizon) => orderImpact(run, passive, horizon)?.impact ?? null),
    executed: executedImpacts(run, passive, EXECUTED_QUANTITIES),
    remaining: REMAINING_DELAYS_STEPS.map((delay) => remainingImpact(run, passive, delay)),
  }
}

function marketValues({
  mids,
  spreads,
}: RunPath): Pick<RunFigures['values'], 'twoSided' | 'meanSpread' | 'midRange'> {
  const known = mids.filter((mid) => mid !== null)
  const widths = spreads.filter((spread) => spread !== null)
  if (known.length === 0) return { twoSided: 0, meanSpread: null, midRange: null }
  const low = known.reduce((least, mid) => Math.min(least, mid))
  const high = known.reduce((most, mid) => Math.max(most, mid))
  return {
    twoSided: known.length / mids.length,
    meanSpread: widths.reduce((sum, spread) => sum + spread, 0) / widths.length,
    midRange: (high - low) / low,
  }
}

function placementFills(orders: readonly SentOrder[]): PlacementFills[] {
  const found = new Map<Placement, { orders: number; sent: number; filled: number }>()
  for (const order of orders) {
    const placement = placementOf(order)
    const sums = found.get(placement) ?? { orders: 0, sent: 0, filled: 0 }
    sums.orders++
    sums.sent += order.quantity
    sums.filled += order.filledQuantity
    found.set(placement, sums)
  }
  return [...found].map(([placement, sums]) => ({ placement, ...sums }))
}
