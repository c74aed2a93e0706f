import type { Figure, RunResult } from './benchmark.ts'

/** What a figure is called, measured in and compared with. */
export type FigureHead = Pick<Figure, 'name' | 'unit' | 'source' | 'atLeast' | 'atMost' | 'original'>

/** The mean over the seeds with its 95 % interval. Runs in which the value could not be had are left out, and said. */
export function meanFigure(head: FigureHead, values: readonly (number | null)[]): Figure {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return { ...head, value: null, interval: null, why: 'no run has it' }
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length
  const interval = intervalOf(known, mean)
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

/** Student's t interval; null with fewer than three values. */
function intervalOf(values: readonly number[], mean: number): readonly [number, number] | null {
  const count = values.length
  if (count < 3) return null
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1)
  const half = studentQuantile(count - 1) * Math.sqrt(variance / count)
  return [mean - half, mean + half]
}

/** The 97.5 % quantile of Student's t (Cornish–Fisher expansion; within 1 % from 3 degrees of freedom on). */
function studentQuantile(freedom: number): number {
  const z = 1.959964
  return (
    z +
    (z ** 3 + z) / (4 * freedom) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * freedom ** 3)
  )
}
