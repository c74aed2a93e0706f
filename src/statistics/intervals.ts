import { uniformOf } from '../market/random.ts'
import { mean, standardDeviation } from './moments.ts'

export type Interval = readonly [low: number, high: number]

/** Quantile 0.975 of Student's t for n degrees of freedom, from 1. */
const STUDENT_975 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
]

/** 95 % interval of the mean of independent values (Student's t); null for fewer than two. */
export function meanInterval(values: readonly number[]): Interval | null {
  const centre = mean(values)
  const deviation = standardDeviation(values)
  if (centre === null || deviation === null) return null
  const freedom = values.length - 1
  const quantile = STUDENT_975[freedom - 1] ?? 1.96 + 2.4 / freedom
  const half = (quantile * deviation) / Math.sqrt(values.length)
  return [centre - half, centre + half]
}

/**
 * 95 % interval of any statistic of independent runs: the statistic of samples drawn with replacement (percentile
 * bootstrap, Efron 1979). Samples for which it is null are left out; null when that is more than a tenth of them. The same
 * runs give the same interval.
 */
export function bootstrapInterval<Run>(
  runs: readonly Run[],
  statistic: (sample: readonly Run[]) => number | null,
  samples = 400,
): Interval | null {
  if (runs.length < 2) return null
  const values: number[] = []
  for (let sample = 0; sample < samples; sample++) {
    const drawn = runs.map((_, at) => runs[Math.floor(uniformOf(sample, at) * runs.length)] as Run)
    const value = statistic(drawn)
    if (value !== null) values.push(value)
  }
  if (values.length < 0.9 * samples) return null
  values.sort((one, other) => one - other)
  const at = (fraction: number) => values[Math.round(fraction * (values.length - 1))] as number
  return [at(0.025), at(0.975)]
}
