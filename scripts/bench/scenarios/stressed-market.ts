import type { MetricCollector } from '../../../src/exchange/statistics/collector.ts'
import { createColumnRecorder } from '../../../src/exchange/statistics/run-columns.ts'
import { type Calmness, compareStress, measureCalmness, type Stress } from '../../../src/statistics/stress.ts'
import type { Figure, RunResult, ScenarioBenchmark } from './benchmark.ts'
import { type FigureHead, meanFigure, ratioFigure, valuesOf } from './over-seeds.ts'
import { passiveRunFigures, passiveRunValues } from './passive-run.ts'

const SCENARIO = 'stressed_market'
const CALM = 'normal_market'
const OURS = 'our choice'

export const stressedMarketBenchmark: ScenarioBenchmark = {
  scenario: SCENARIO,
  seeds: { full: 60, quick: 6 },
  steps: { full: 36_000, quick: 36_000 },
  runsOf: (seed, steps) => [
    { scenario: SCENARIO, seed, variant: 'base', steps },
    { scenario: CALM, seed, variant: 'base', steps },
  ],
  collect(market, run): MetricCollector {
    const recorder = createColumnRecorder(market, run.steps)
    return {
      observe: (observation) => recorder.observe(observation),
      finish() {
        const { bidDepth, askDepth, ...columns } = recorder.columns
        const depth = bidDepth.map((shares, step) => shares + (askDepth[step] as number))
        const values = {
          ...passiveRunValues(recorder.columns, market.tickDollars),
          ...measureCalmness({ ...columns, depth }),
        }
        return { values, series: {} }
      },
    }
  },
  summarize,
}

function summarize(results: readonly RunResult[]): readonly Figure[] {
  const column = (name: keyof Calmness, scenario = SCENARIO) => valuesOf(results, scenario, 'base', name)
  const stressed = calmnessOf(results, SCENARIO)
  const calm = calmnessOf(results, CALM)
  const ratios = stressed.map((run, index) => compareStress(run, calm[index] as Calmness))
  const ratio = (head: FigureHead, name: keyof Stress) =>
    ratioFigure(
      head,
      ratios.map(({ [name]: value }) => value),
    )
  return [
    meanFigure(
      { name: 'steps with both sides', unit: '%', atLeast: 99, source: OURS, original: '47.2 %' },
      column('twoSidedFraction').map((value) => (value === null ? null : value * 100)),
    ),
    ratio(
      { name: 'volatility of minutes', unit: '× normal', atLeast: 3, atMost: 5, source: OURS },
      'volatilityRatio',
    ),
    ratio(
      { name: 'spread', unit: '× normal', atLeast: 2, atMost: 4, source: OURS, original: '17 ×' },
      'spreadRatio',
    ),
    ratio({ name: 'depth', unit: '× normal', atLeast: 0.1, atMost: 0.3, source: OURS }, 'depthRatio'),
    ...passiveRunFigures(results, SCENARIO, { midRange: '6.8 %', meanSpread: '1.72', maxSpread: '11.6' }),
  ]
}

/** Each run of the scenario, in order of the seeds. */
function calmnessOf(results: readonly RunResult[], scenario: string): Calmness[] {
  const column = (name: keyof Calmness) => valuesOf(results, scenario, 'base', name)
  const [volatility, spread, depth, twoSided] = [
    column('volatility'),
    column('meanSpreadTicks'),
    column('meanDepth'),
    column('twoSidedFraction'),
  ]
  return volatility.map((value, index) => ({
    volatility: value,
    meanSpreadTicks: spread[index] ?? null,
    meanDepth: depth[index] ?? null,
    twoSidedFraction: twoSided[index] ?? null,
  }))
}
