import type { Figure, RunResult } from './benchmark.ts'
import { IMBALANCE } from './observed-run.ts'

/** The furthest that cash or shares over all accounts were from their sum at the start, at any step of any run. */
export function conservationFigure(results: readonly RunResult[]): Figure {
  return {
    name: 'cash and shares made or lost',
    value: results.reduce(
      (largest, { values }) => Math.max(largest, values[IMBALANCE] ?? Number.POSITIVE_INFINITY),
      0,
    ),
    interval: null,
    unit: 'ticks × shares',
    atMost: 0,
    source: 'every trade has a buyer and a seller',
  }
}
