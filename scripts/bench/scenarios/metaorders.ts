import type { Side } from '../../../src/exchange/book/order.ts'
import type { MeasuredImpact } from '../../../src/statistics/impact-exponent.ts'
import type { BenchmarkRun, RunResult, Trader } from './benchmark.ts'

/**
 * Metaorders: at START_STEP an outside participant begins to buy or sell with market orders until its quantity is done, at one of
 * two paces. Each is one run, compared with the run of the same seed without it: its impact is how much further the mid is
 * in its direction at the end of its last step.
 */
const START_STEP = 6_000
const SHARES_A_LOT = 100

interface Pace {
  /** The end of the variant's name. */
  readonly suffix: string
  readonly sizesLots: readonly number[]
  lotsAStep(lots: number): number
}

/** A tenth of the usual volume, however long it takes: 7 s for the smallest, 7 min for the largest. */
const AT_A_TENTH: Pace = {
  suffix: '',
  sizesLots: [4, 8, 16, 32, 64, 128, 256],
  lotsAStep: () => 0.06,
}
/** All within two minutes. */
const IN_TWO_MINUTES: Pace = {
  suffix: ' in 2 min',
  sizesLots: [8, 32, 128],
  lotsAStep: (lots) => lots / 1_200,
}
export const PACES = { atATenth: AT_A_TENTH, inTwoMinutes: IN_TWO_MINUTES }

interface Metaorder {
  readonly side: Side
  readonly lots: number
  readonly pace: Pace
}

/** The step at whose end a metaorder is done. */
function lastStepOf({ lots, pace }: Omit<Metaorder, 'side'>): number {
  return START_STEP + Math.ceil(lots / pace.lotsAStep(lots))
}

const METAORDERS: readonly Metaorder[] = Object.values(PACES).flatMap((pace) =>
  pace.sizesLots.flatMap((lots) => ([1, -1] as const).map((side) => ({ side, lots, pace }))),
)

/** Steps that the passive run needs. */
export const METAORDER_STEPS = Math.max(...METAORDERS.map(lastStepOf)) + 1

const variantOf = ({ side, lots, pace }: Metaorder) => `${side === 1 ? 'buy' : 'sell'} ${lots}${pace.suffix}`
const midNameOf = ({ lots, pace }: Omit<Metaorder, 'side'>) => `mid after ${lots}${pace.suffix}`

const metaorderOf = (variant: string) =>
  METAORDERS.find((metaorder) => variantOf(metaorder) === variant) ?? null

/** The runs of all sizes, paces and both sides for a seed. */
export function metaorderRuns(scenario: string, seed: number): BenchmarkRun[] {
  return METAORDERS.map((metaorder) => ({
    scenario,
    seed,
    variant: variantOf(metaorder),
    steps: lastStepOf(metaorder) + 1,
  }))
}

/** The orders of a run's metaorder; null when the run has none. */
export function tradeMetaorder({ variant }: BenchmarkRun): ((step: number, trader: Trader) => void) | null {
  const metaorder = metaorderOf(variant)
  if (metaorder === null) return null
  const { side, lots, pace } = metaorder
  const lotsAStep = pace.lotsAStep(lots)
  let doneLots = 0
  return (step, trader) => {
    const dueLots = Math.min(lots, Math.floor((step - START_STEP + 1) * lotsAStep + 1e-9))
    if (dueLots > doneLots)
      doneLots += trader.market(side, (dueLots - doneLots) * SHARES_A_LOT) / SHARES_A_LOT
  }
}

/** Keeps the mid at the steps at which metaorders end, as values `mid after N` and `mid after N in 2 min`. */
export function createMidsAfter(): {
  observe(step: number, mid: number | null): void
  values(): Record<string, number | null>
} {
  const namesAt = new Map<number, string[]>()
  for (const metaorder of METAORDERS) {
    const step = lastStepOf(metaorder)
    namesAt.set(step, [...(namesAt.get(step) ?? []), midNameOf(metaorder)])
  }
  const values: Record<string, number | null> = {}
  let last: number | null = null
  return {
    observe(step, mid) {
      last = mid ?? last
      for (const name of namesAt.get(step) ?? []) values[name] = last
    },
    values: () => values,
  }
}

/** The impacts measured at each seed, in the order of the seeds; a seed without its passive run has none. */
export function impactsBySeed(
  results: readonly RunResult[],
  passive: string,
  pace: Pace,
): MeasuredImpact[][] {
  const passiveRuns = results.filter(({ variant }) => variant === passive)
  return passiveRuns.map((base) =>
    results
      .filter(({ seed, scenario }) => seed === base.seed && scenario === base.scenario)
      .flatMap(({ variant, values }) => {
        const metaorder = metaorderOf(variant)
        if (metaorder === null || metaorder.pace !== pace) return []
        const name = midNameOf(metaorder)
        const [moved, unmoved] = [values[name] ?? null, base.values[name] ?? null]
        if (moved === null || unmoved === null) return []
        return [{ lots: metaorder.lots, impact: metaorder.side * (moved - unmoved) }]
      }),
  )
}
