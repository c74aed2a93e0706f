import { evidenceOf, overSeeds, type SeedFigure } from '../../../src/experiments/analysis/over-seeds.ts'
import type { Interval } from '../../../src/statistics/intervals.ts'
import type { FigureName, RunFigures } from './run-figures.ts'

/** The runs of one scenario under one set of rules. */
export interface ScenarioRuns {
  readonly scenario: string
  /** In the order in which they were made, ascending. */
  readonly seeds: readonly number[]
  /** Null when there is no such run. */
  run(experiment: string, seed: number): RunFigures | null
}

/** In the order in which the scenarios first appear. */
export function byScenario(runs: readonly RunFigures[], rules: string): ScenarioRuns[] {
  const own = runs.filter((run) => run.rules === rules)
  return [...new Set(own.map(({ scenario }) => scenario))].map((scenario) => {
    const same = own.filter((run) => run.scenario === scenario)
    const found = new Map(same.map((run) => [`${run.experiment} ${run.seed}`, run]))
    return {
      scenario,
      seeds: [...new Set(same.map(({ seed }) => seed))].sort((one, other) => one - other),
      run: (experiment, seed) => found.get(`${experiment} ${seed}`) ?? null,
    }
  })
}

/** A figure of one experiment over the seeds. */
export function valueOver(runs: ScenarioRuns, experiment: string, name: FigureName): SeedFigure {
  return figureOver(runs, (seed) => runs.run(experiment, seed)?.values[name] ?? null)
}

export function figureOver(runs: ScenarioRuns, figureOf: (seed: number) => number | null): SeedFigure {
  return overSeeds(runs.seeds.map(figureOf))
}

/** Marks an interval that contains zero. */
export const CONTAINS_ZERO = '°'

/** `12.3 (11.9 … 12.7)`. */
export function rateText(figure: SeedFigure, decimals = 1): string {
  return figureText(figure, { decimals, factor: 100 })
}

/** `0.0123 (0.0101 … 0.0145)`, with a mark when the interval contains zero. */
export function signedText(figure: SeedFigure, decimals = 4): string {
  const mark = evidenceOf(figure) === 'contains zero' ? CONTAINS_ZERO : ''
  return `${figureText(figure, { decimals, factor: 1 })}${mark}`
}

function figureText(
  { mean, interval }: SeedFigure,
  { decimals, factor }: { readonly decimals: number; readonly factor: number },
): string {
  if (mean === null) return '–'
  const text = (value: number) => withoutMinusZero((factor * value).toFixed(decimals))
  return interval === null ? text(mean) : `${text(mean)} (${text(interval[0])} … ${text(interval[1])})`
}

export function exponentText(exponent: number | null, interval: Interval | null): string {
  if (exponent === null) return '–'
  const range = interval === null ? '' : ` (${interval[0].toFixed(2)} … ${interval[1].toFixed(2)})`
  return `${exponent.toFixed(2)}${range}`
}

function withoutMinusZero(text: string): string {
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text
}

/** `normal_market, hft_dominated`, or `none`. */
export function namesOf(scenarios: readonly ScenarioRuns[]): string {
  return scenarios.length === 0 ? 'none' : scenarios.map(({ scenario }) => scenario).join(', ')
}
