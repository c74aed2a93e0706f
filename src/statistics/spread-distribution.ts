/** Spreads in ticks are counted up to here; wider ones count as this wide. */
const MAX_TICKS = 4_095

/** Counts how often each spread occurs, in bounded memory. */
export function createSpreadCounts(): {
  add(spreadTicks: number): void
  /** Counts by ticks, up to the widest that occurred. */
  counts(): number[]
} {
  const counts = new Float64Array(MAX_TICKS + 1)
  let widest = 0
  return {
    add(spreadTicks) {
      const at = Math.min(MAX_TICKS, Math.round(spreadTicks))
      if (at > widest) widest = at
      counts[at] = (counts[at] as number) + 1
    },
    counts: () => [...counts.subarray(0, widest + 1)],
  }
}

/** Mean spread in ticks; null without counts. */
export function meanSpread(counts: readonly number[]): number | null {
  let total = 0
  let sum = 0
  counts.forEach((count, ticks) => {
    total += count
    sum += count * ticks
  })
  return total === 0 ? null : sum / total
}

/**
 * How heavy the tail of the spread is: standard deviation over mean of its excess above the given quantile. An exponential
 * tail has 1 (a geometric one, in ticks, a little less), a heavier one more, a lighter one less. Null when fewer
 * than 100 steps exceed the quantile.
 */
export function excessVariation(counts: readonly number[], quantile = 0.95): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0)
  let below = 0
  let threshold = 0
  while (threshold < counts.length && below + (counts[threshold] as number) <= quantile * total) {
    below += counts[threshold] as number
    threshold++
  }
  let number = 0
  let sum = 0
  let squares = 0
  for (let ticks = threshold + 1; ticks < counts.length; ticks++) {
    const count = counts[ticks] as number
    number += count
    sum += count * (ticks - threshold)
    squares += count * (ticks - threshold) ** 2
  }
  if (number < 100) return null
  const mean = sum / number
  return Math.sqrt(squares / number - mean * mean) / mean
}

/** Sum of several runs' counts. */
export function addCounts(runs: readonly (readonly number[])[]): number[] {
  const sum: number[] = []
  for (const counts of runs) {
    for (const [ticks, count] of counts.entries()) sum[ticks] = (sum[ticks] ?? 0) + count
  }
  return sum
}
