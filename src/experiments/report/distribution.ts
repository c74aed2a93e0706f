/** How values are distributed: the percentiles that their names say, and the largest of all. */
export interface Distribution {
  readonly count: number
  readonly p5: number
  readonly p25: number
  readonly p50: number
  readonly p75: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** NaN values are left out; null when nothing is left. Percentiles are values that occur (nearest rank). */
export function distributionOf(values: Float64Array): Distribution | null {
  // Typed arrays sort NaN to the end.
  const sorted = Float64Array.from(values).sort()
  const firstNaN = sorted.findIndex(Number.isNaN)
  const count = firstNaN < 0 ? sorted.length : firstNaN
  if (count === 0) return null
  const at = (fraction: number) => sorted[Math.max(0, Math.ceil(fraction * count) - 1)] as number
  return {
    count,
    ...{ p5: at(0.05), p25: at(0.25), p50: at(0.5), p75: at(0.75), p95: at(0.95), p99: at(0.99) },
    max: sorted[count - 1] as number,
  }
}

/** The mean of each percentile over several runs, and the largest value of all of them; null without runs. */
export function meanDistribution(distributions: readonly (Distribution | null)[]): Distribution | null {
  const known = distributions.filter((one) => one !== null)
  if (known.length === 0) return null
  const mean = (key: keyof Distribution) => known.reduce((sum, one) => sum + one[key], 0) / known.length
  return {
    count: known.reduce((sum, one) => sum + one.count, 0),
    ...{ p5: mean('p5'), p25: mean('p25'), p50: mean('p50') },
    ...{ p75: mean('p75'), p95: mean('p95'), p99: mean('p99') },
    max: Math.max(...known.map(({ max }) => max)),
  }
}
