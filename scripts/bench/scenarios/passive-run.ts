import type { RunColumns } from '../../../src/exchange/statistics/run-columns.ts'
import type { Figure, RunResult } from './benchmark.ts'
import { meanFigure, valuesOf } from './over-seeds.ts'

const SOURCE = 'for information'

/** What is known of the original's published run without orders, for the same figures of ours. */
export interface PublishedRun {
  readonly midRange: string
  readonly meanSpread: string
  readonly maxSpread: string
}

/** The values that the published runs have as well; null where a run never had two sides. */
export function passiveRunValues(columns: RunColumns, tickDollars: number): Record<string, number | null> {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  let widest = -1
  let spread = 0
  let twoSided = 0
  for (let step = 0; step < columns.steps; step++) {
    const ticks = columns.spreadTicks[step] as number
    if (ticks < 0) continue
    twoSided++
    spread += ticks
    widest = Math.max(widest, ticks)
    low = Math.min(low, columns.midTicks[step] as number)
    high = Math.max(high, columns.midTicks[step] as number)
  }
  if (twoSided === 0) return { midRangeFraction: null, meanSpreadDollars: null, maxSpreadDollars: null }
  return {
    midRangeFraction: (high - low) / low,
    meanSpreadDollars: (spread / twoSided) * tickDollars,
    maxSpreadDollars: widest * tickDollars,
  }
}

/** Our figures beside those of the published run. */
export function passiveRunFigures(
  results: readonly RunResult[],
  scenario: string,
  published: PublishedRun,
): readonly Figure[] {
  const values = (name: string) => valuesOf(results, scenario, 'base', name)
  return [
    meanFigure(
      { name: 'range of the mid', unit: '%', source: SOURCE, original: published.midRange },
      values('midRangeFraction').map((value) => (value === null ? null : value * 100)),
    ),
    meanFigure(
      { name: 'mean spread', unit: '$', source: SOURCE, original: published.meanSpread },
      values('meanSpreadDollars'),
    ),
    meanFigure(
      { name: 'largest spread of a run', unit: '$', source: SOURCE, original: published.maxSpread },
      values('maxSpreadDollars'),
    ),
  ]
}
