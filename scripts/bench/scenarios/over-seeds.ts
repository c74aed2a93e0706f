import { meanInterval } from '../../../src/statistics/intervals.ts'
import type { Figure, RunResult } from './benchmark.ts'

/** What a figure is called, measured in and compared with. */
export type FigureHead = Pick<Figure, 'name' | 'unit' | 'source' | 'atLeast' | 'atMost' | 'original'>

/** The mean over the seeds with its 95 % interval. Runs in which the value could not be had are left out, and said. */
export function meanFigure(head: FigureHead, values: readonly (number | null)[]): Figure {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return { ...head, value: null, interval: null, why: 'no run has it' }
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length
  const interval = meanInterval(known)
  const missing = values.length - known.length
  const figure = { ...head, value: mean, interval }
  return missing === 0 ? figure : { ...figure, why: `${missing} of ${values.length} runs do not have it` }
}

/** A value of the runs of one scenario and variant, in order of their seeds. */
export function valuesOf(
  results: readonly RunResult[],
  scenario: string,
  variant: string,
  name: string,
): (number | null)[] {
  return results
    .filter((run) => run.scenario === scenario && run.variant === variant)
    .sort((one, other) => one.seed - other.seed)
    .map(({ values }) => values[name] ?? null)
}

/** The geometric mean of ratios, which gives a ratio and its inverse the same weight, with the interval of its logarithm. */
export function ratioFigure(head: FigureHead, ratios: readonly (number | null)[]): Figure {
  const logs = ratios.map((ratio) => (ratio === null || ratio <= 0 ? null : Math.log(ratio)))
  const { value, interval, ...figure } = meanFigure(head, logs)
  return {
    ...figure,
    value: value === null ? null : Math.exp(value),
    interval: interval === null ? null : [Math.exp(interval[0]), Math.exp(interval[1])],
  }
}

/** The largest value of all runs. */
export function largestFigure(head: FigureHead, values: readonly (number | null)[]): Figure {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return { ...head, value: null, interval: null, why: 'no run has it' }
  return { ...head, value: Math.max(...known), interval: null }
}
