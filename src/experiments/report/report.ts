import type { ReportRun } from './report-run.ts'

/** A file that the report has nothing of, and why. */
export interface LeftOutFile {
  readonly file: string
  readonly reason: string
}

/** Everything that a report shows. */
export interface Report {
  /** Passive runs first within each market; markets in the order of their scenarios. */
  readonly runs: readonly ReportRun[]
  /** Places in `runs` of those that count where figures are taken over seeds: one a scenario, experiment, seed and rules. */
  readonly counted: ReadonlySet<number>
  readonly leftOut: readonly LeftOutFile[]
  readonly madeAt: Date
  readonly version: string
}

/** The runs that count of one scenario under one set of rules. */
export interface MarketGroup {
  /** The scenario, with its rules where the report has several. */
  readonly label: string
  readonly runs: readonly ReportRun[]
}

export function marketGroups({ runs, counted }: Report): MarketGroup[] {
  const rules = new Set(runs.map((run) => run.rules))
  const groups = new Map<string, ReportRun[]>()
  runs.forEach((run, index) => {
    if (!counted.has(index)) return
    const label = rules.size === 1 ? run.scenario : `${run.scenario}, rules ${run.rules ?? 'unknown'}`
    const group = groups.get(label)
    if (group) group.push(run)
    else groups.set(label, [run])
  })
  return [...groups].map(([label, group]) => ({ label, runs: group }))
}

/** The runs of each experiment, in the order of the built-in ones; others follow by name. */
export function byExperiment(runs: readonly ReportRun[]): [experiment: string, runs: ReportRun[]][] {
  const groups = new Map<string, ReportRun[]>()
  for (const run of runs) groups.set(run.experiment, [...(groups.get(run.experiment) ?? []), run])
  const place = (name: string) => {
    const at = EXPERIMENT_ORDER.indexOf(name)
    return at < 0 ? EXPERIMENT_ORDER.length : at
  }
  return [...groups].sort(([one], [other]) => place(one) - place(other) || one.localeCompare(other, 'en'))
}

export const PRICE_LEVEL_EXPERIMENTS: readonly string[] = [
  'price_bid_minus_1',
  'price_bid',
  'price_mid',
  'price_ask',
  'price_ask_plus_1',
]

export const QUANTITY_EXPERIMENTS: readonly string[] = ['qty_100', 'qty_200', 'qty_300', 'qty_400', 'qty_500']

const EXPERIMENT_ORDER: readonly string[] = [
  'passive',
  'aggressive_buy_100',
  'aggressive_sell_100',
  'spread_cross_100',
  ...PRICE_LEVEL_EXPERIMENTS,
  ...QUANTITY_EXPERIMENTS,
  'inventory_mgmt',
]
