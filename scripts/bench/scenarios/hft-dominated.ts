import { createMarketMetrics } from '../../../src/exchange/statistics/market-metrics.ts'
import type { Figure, RunResult, ScenarioBenchmark } from './benchmark.ts'
import { type FigureHead, meanFigure, ratioFigure, valuesOf } from './over-seeds.ts'

const SCENARIO = 'hft_dominated'
const NORMAL = 'normal_market'
const STRESSED = 'stressed_market'
const OURS = 'our choice'
const INFORMATION = 'for information'

/** Compared with the normal and the stressed market at the same seed. */
export const hftDominatedBenchmark: ScenarioBenchmark = {
  scenario: SCENARIO,
  seeds: { full: 20, quick: 2 },
  steps: { full: 36_000, quick: 36_000 },
  runsOf: (seed, steps) =>
    [SCENARIO, NORMAL, STRESSED].map((scenario) => ({ scenario, seed, variant: 'base', steps })),
  collect: (market) => createMarketMetrics(market),
  summarize,
}

function summarize(results: readonly RunResult[]): readonly Figure[] {
  const values = (name: string, scenario = SCENARIO) => valuesOf(results, scenario, 'base', name)
  const percent = (name: string) => values(name).map((value) => (value === null ? null : value * 100))
  const against = (head: FigureHead, name: string, other: string) => {
    const others = values(name, other)
    return ratioFigure(
      head,
      values(name).map((value, at) => {
        const compared = others[at] ?? null
        return value === null || compared === null || compared === 0 ? null : value / compared
      }),
    )
  }
  return [
    meanFigure(
      { name: 'steps with both sides', unit: '%', atLeast: 99.9, source: OURS },
      percent('twoSidedFraction'),
    ),
    against(
      { name: 'cancels a trade', unit: '× normal', atLeast: 1, source: OURS },
      'cancelsPerTrade',
      NORMAL,
    ),
    against(
      { name: 'life of an order', unit: '× normal', atMost: 1, source: OURS },
      'orderLifeSeconds',
      NORMAL,
    ),
    against(
      { name: 'shares at a price level', unit: '× normal', atMost: 1, source: OURS },
      'meanLevelShares',
      NORMAL,
    ),
    meanFigure(
      { name: "half-life of the makers' inventory", unit: 'min', atLeast: 1, atMost: 15, source: OURS },
      values('makerHalfLifeMinutes'),
    ),
    against(
      { name: 'volatility', unit: '× stressed', atMost: 1, source: OURS },
      'yearlyVolatility',
      STRESSED,
    ),
    against(
      { name: 'range of the mid', unit: '× stressed', atMost: 1, source: OURS },
      'midRangeFraction',
      STRESSED,
    ),
    meanFigure(
      { name: 'range of the mid', unit: '%', source: INFORMATION, original: '7.1 %' },
      percent('midRangeFraction'),
    ),
    meanFigure(
      { name: 'mean spread', unit: '$', source: INFORMATION, original: '0.27 (at most 2.7)' },
      values('meanSpreadDollars'),
    ),
    meanFigure(
      { name: 'cancels a trade, by itself', unit: '', source: INFORMATION },
      values('cancelsPerTrade'),
    ),
    meanFigure(
      { name: 'life of an order, by itself', unit: 's', source: INFORMATION },
      values('orderLifeSeconds'),
    ),
  ]
}
