import { type ExecutedImpact, executedImpacts } from './executed-impact.ts'
import { type FillRate, fillRate, fillRatesBy, type Placement, placementOf } from './fill-rates.ts'
import { orderImpact, shortestOrderInterval } from './order-impact.ts'
import { comparePaired, type PairedMarket } from './paired-mids.ts'
import type { RunKey, RunPath } from './run-path.ts'

/** Steps after an order at which its impact is read: 0.1 s, 1 s and 10 s of the exchange. */
export const IMPACT_HORIZONS_STEPS = [1, 10, 100] as const
/** Shares, of a run that buys or sells only. */
const EXECUTED_QUANTITIES = [500, 1_000, 2_000, 5_000]

/** What one run did to its market and what became of its orders; small, so that those of many runs can be kept. */
export interface RunImpact extends RunKey {
  readonly experiment: string
  readonly runId: string
  /** Against the passive run; null when there is none of the same market. */
  readonly market: PairedMarket | null
  /** Mean impact of an order at each of IMPACT_HORIZONS_STEPS, dollars; null without the passive run. */
  readonly orderImpacts: readonly (number | null)[]
  /** The same for the orders of each quantity, smallest first. */
  readonly byQuantity: readonly { readonly quantity: number; readonly impacts: readonly (number | null)[] }[]
  /** Of a run that buys or sells only; empty for the others. */
  readonly executed: readonly ExecutedImpact[]
  /** Steps between its orders, at least; null when it sends them at one step. */
  readonly orderIntervalSteps: number | null
  readonly fills: FillRate | null
  readonly fillsByQuantity: ReadonlyMap<number, FillRate>
  readonly fillsByPlacement: ReadonlyMap<Placement, FillRate>
}

export function runImpact(run: RunPath, passive: RunPath | null): RunImpact {
  const { scenario, seed, rules, experiment, runId, orders } = run
  const impactsOf = (isCounted?: (order: RunPath['orders'][number]) => boolean) =>
    IMPACT_HORIZONS_STEPS.map((horizon) =>
      passive === null ? null : (orderImpact(run, passive, horizon, isCounted)?.impact ?? null),
    )
  const quantities = [...new Set(orders.map(({ quantity }) => quantity))].sort((one, other) => one - other)
  return {
    ...{ scenario, seed, rules, experiment, runId },
    market: passive === null ? null : comparePaired(run, passive),
    orderImpacts: impactsOf(),
    byQuantity: quantities.map((quantity) => ({
      quantity,
      impacts: impactsOf((order) => order.quantity === quantity),
    })),
    executed: passive === null ? [] : executedImpacts(run, passive, EXECUTED_QUANTITIES),
    orderIntervalSteps: shortestOrderInterval(run),
    fills: fillRate(orders),
    fillsByQuantity: fillRatesBy(orders, ({ quantity }) => quantity),
    fillsByPlacement: fillRatesBy(orders, placementOf),
  }
}
