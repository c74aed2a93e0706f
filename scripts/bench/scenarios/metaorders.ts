import type { Side } from '../../../src/exchange/book/order.ts'
import type { MeasuredImpact } from '../../../src/exchange/statistics/impact-exponent.ts'
import type { BenchmarkRun, RunResult, Trader } from './benchmark.ts'

/**
 * Metaorders: at START_STEP an outside participant begins to buy or sell with market orders of one lot each, at a tenth of the
 * usual volume, until its quantity is done. Each is one run, compared with the run of the same seed without it.
 */
const START_STEP = 6_000
const LOTS_A_STEP = 0.06
const SIZES_LOTS = [4, 8, 16, 32, 64, 128, 256]
const SHARES_A_LOT = 100

interface Metaorder {
  readonly side: Side
  readonly lots: number
}

/** The step at whose end a metaorder is done. */
function lastStepOf(lots: number): number {
  return START_STEP + Math.ceil(lots / LOTS_A_STEP)
}

/** Steps that the passive run needs. */
export const METAORDER_STEPS = lastStepOf(Math.max(...SIZES_LOTS)) + 1

const variantOf = ({ side, lots }: Metaorder) => `${side === 1 ? 'buy' : 'sell'} ${lots}`

function metaorderOf(variant: string): Metaorder | null {
  const [, word, lots] = /^(buy|sell) (\d+)$/.exec(variant) ?? []
  return lots === undefined ? null : { side: word === 'buy' ? 1 : -1, lots: Number(lots) }
}

/** The runs of all sizes and both sides for a seed. */
export function metaorderRuns(scenario: string, seed: number): BenchmarkRun[] {
  return SIZES_LOTS.flatMap((lots) =>
    ([1, -1] as const).map((side) => ({
      scenario,
      seed,
      variant: variantOf({ side, lots }),
      steps: lastStepOf(lots) + 1,
    })),
  )
}

/** The orders of a run's metaorder; null when the run has none. */
export function tradeMetaorder({ variant }: BenchmarkRun): ((step: number, trader: Trader) => void) | null {
  const metaorder = metaorderOf(variant)
  if (metaorder === null) return null
  const { side, lots } = metaorder
  let doneLots = 0
  return (step, trader) => {
    const dueLots = Math.min(lots, Math.floor((step - START_STEP + 1) * LOTS_A_STEP + 1e-9))
    if (dueLots > doneLots)
      doneLots += trader.market(side, (dueLots - doneLots) * SHARES_A_LOT) / SHARES_A_LOT
  }
}

/** Keeps the mid at the steps at which metaorders end, as values `mid after N`. */
export function createMidsAfter(): {
  observe(step: number, mid: number | null): void
  values(): Record<string, number | null>
} {
  const stepOf = new Map(SIZES_LOTS.map((lots) => [lastStepOf(lots), `mid after ${lots}`]))
  const values: Record<string, number | null> = {}
  let last: number | null = null
  return {
    observe(step, mid) {
      last = mid ?? last
      const name = stepOf.get(step)
      if (name !== undefined) values[name] = last
    },
    values: () => values,
  }
}

/** The impacts measured at each seed, in the order of the seeds; a seed without its passive run has none. */
export function impactsBySeed(results: readonly RunResult[], passive: string): MeasuredImpact[][] {
  const passiveRuns = results.filter(({ variant }) => variant === passive)
  return passiveRuns.map((base) =>
    results
      .filter(({ seed, scenario }) => seed === base.seed && scenario === base.scenario)
      .flatMap(({ variant, values }) => {
        const metaorder = metaorderOf(variant)
        if (metaorder === null) return []
        const name = `mid after ${metaorder.lots}`
        const [with_, without] = [values[name] ?? null, base.values[name] ?? null]
        if (with_ === null || without === null) return []
        return [{ lots: metaorder.lots, impact: metaorder.side * (with_ - without) }]
      }),
  )
}
