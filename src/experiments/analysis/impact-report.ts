import type { FillRate, Placement } from './fill-rates.ts'
import { PLACEMENTS } from './fill-rates.ts'
import { type ImpactCurve, type ImpactPoint, impactCurve, overSeeds, type SeedFigure } from './over-seeds.ts'
import { IMPACT_HORIZONS_STEPS, type RunImpact } from './run-impact.ts'

/** One experiment in one market, over its seeds. Dollars. */
export interface ExperimentImpact {
  readonly experiment: string
  readonly runs: number
  /** Mid and spread of the runs less those of the passive runs, means over the steps. */
  readonly midDifference: SeedFigure
  readonly lastMidDifference: SeedFigure
  readonly spreadDifference: SeedFigure
  /** One at each of IMPACT_HORIZONS_STEPS. */
  readonly orderImpacts: readonly SeedFigure[]
  /** Steps between orders. At longer horizons the impact is that of several orders. */
  readonly orderIntervalSteps: number | null
}

/** Fill rates of one group of orders over the seeds, fractions. */
export interface GroupFills<Key> {
  readonly key: Key
  readonly orders: number
  readonly quantityRate: SeedFigure
  readonly wholeRate: SeedFigure
  readonly stepsToFill: SeedFigure
}

/** All runs of one scenario under one set of rules. */
export interface MarketImpact {
  readonly scenario: string
  readonly rules: string | null
  readonly seeds: number
  readonly experiments: readonly ExperimentImpact[]
  /** Impact over the quantity of an order, of experiments whose names differ in a number only, at each horizon. */
  readonly orderCurves: readonly {
    readonly name: string
    readonly horizonSteps: number
    readonly curve: ImpactCurve
  }[]
  /** Impact over the executed quantity, of experiments that buy or sell only. */
  readonly executedCurves: readonly { readonly name: string; readonly curve: ImpactCurve }[]
  readonly fillsByQuantity: readonly (GroupFills<number> & { readonly experiment: string })[]
  readonly fillsByPlacement: readonly (GroupFills<Placement> & { readonly experiment: string })[]
}

/** Fewer quantities are no curve. */
const MIN_QUANTITIES = 3

/** Brings the runs of each market together. A seed that was run more than once counts once, with the mean of its runs. */
export function impactReport(runs: readonly RunImpact[]): MarketImpact[] {
  return [...groupBy(runs, ({ scenario, rules }) => JSON.stringify([scenario, rules])).values()].map(
    (market) => {
      const { scenario, rules } = market[0] as RunImpact
      const byExperiment = [...groupBy(market, ({ experiment }) => experiment)]
      return {
        scenario,
        rules,
        seeds: new Set(market.map(({ seed }) => seed)).size,
        experiments: byExperiment.map(([experiment, own]) => experimentImpact(experiment, own)),
        orderCurves: orderCurves(market),
        executedCurves: byExperiment.flatMap(([name, own]) => {
          const curve = impactCurve(bySeed(own).map((same) => same.flatMap(({ executed }) => executed)))
          return curve.points.length < MIN_QUANTITIES ? [] : [{ name, curve }]
        }),
        fillsByQuantity: byExperiment.flatMap(([experiment, own]) =>
          groupFills(own, ({ fillsByQuantity }) => fillsByQuantity)
            .sort((one, other) => one.key - other.key)
            .map((group) => ({ experiment, ...group })),
        ),
        fillsByPlacement: byExperiment.flatMap(([experiment, own]) =>
          groupFills(own, ({ fillsByPlacement }) => fillsByPlacement)
            .sort((one, other) => PLACEMENTS.indexOf(one.key) - PLACEMENTS.indexOf(other.key))
            .map((group) => ({ experiment, ...group })),
        ),
      }
    },
  )
}

function experimentImpact(experiment: string, runs: readonly RunImpact[]): ExperimentImpact {
  const figure = (figureOf: (run: RunImpact) => number | null) =>
    overSeeds(bySeed(runs).map((same) => meanOf(same.map(figureOf))))
  const intervals = runs.flatMap(({ orderIntervalSteps }) => orderIntervalSteps ?? [])
  return {
    experiment,
    runs: runs.length,
    midDifference: figure(({ market }) => market?.meanMidDifference ?? null),
    lastMidDifference: figure(({ market }) => market?.lastMidDifference ?? null),
    spreadDifference: figure(({ market }) => market?.meanSpreadDifference ?? null),
    orderImpacts: IMPACT_HORIZONS_STEPS.map((_, at) =>
      figure(({ orderImpacts }) => orderImpacts[at] ?? null),
    ),
    orderIntervalSteps: intervals.length === 0 ? null : Math.min(...intervals),
  }
}

function orderCurves(market: readonly RunImpact[]): MarketImpact['orderCurves'] {
  const families = groupBy(market, ({ experiment }) => experiment.replace(/\d+/, 'N'))
  return [...families].flatMap(([name, runs]) =>
    IMPACT_HORIZONS_STEPS.flatMap((horizonSteps, at) => {
      const seeds = bySeed(runs).map((same) => same.flatMap((run) => pointsOf(run, at)))
      const curve = impactCurve(seeds)
      return curve.points.length < MIN_QUANTITIES ? [] : [{ name, horizonSteps, curve }]
    }),
  )
}

function pointsOf({ byQuantity }: RunImpact, horizon: number): ImpactPoint[] {
  return byQuantity.flatMap(({ quantity, impacts }) => {
    const impact = impacts[horizon] ?? null
    return impact === null ? [] : [{ quantity, impact }]
  })
}

function groupFills<Key>(
  runs: readonly RunImpact[],
  groupsOf: (run: RunImpact) => ReadonlyMap<Key, FillRate>,
): GroupFills<Key>[] {
  const keys = [...new Set(runs.flatMap((run) => [...groupsOf(run).keys()]))]
  return keys.map((key) => {
    const figure = (figureOf: (rate: FillRate) => number | null) =>
      overSeeds(
        bySeed(runs).map((same) =>
          meanOf(
            same.map((run) => {
              const rate = groupsOf(run).get(key)
              return rate === undefined ? null : figureOf(rate)
            }),
          ),
        ),
      )
    return {
      key,
      orders: runs.reduce((sum, run) => sum + (groupsOf(run).get(key)?.orders ?? 0), 0),
      quantityRate: figure(({ quantityRate }) => quantityRate),
      wholeRate: figure(({ wholeRate }) => wholeRate),
      stepsToFill: figure(({ meanStepsToFill }) => meanStepsToFill),
    }
  })
}

function bySeed(runs: readonly RunImpact[]): RunImpact[][] {
  return [...groupBy(runs, ({ seed }) => seed).values()]
}

function meanOf(values: readonly (number | null)[]): number | null {
  return overSeeds(values).mean
}

function groupBy<Key, Item>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}
