import type { MetricCollector } from '../../../src/exchange/statistics/collector.ts'
import { createColumnRecorder, type RunColumns } from '../../../src/exchange/statistics/run-columns.ts'
import { CRASH_WINDOWS, fallAfter, measureFlashCrash } from '../../../src/statistics/flash-crash.ts'
import { measureCalmness } from '../../../src/statistics/stress.ts'
import type { BenchmarkRun, Figure, RunResult, ScenarioBenchmark } from './benchmark.ts'
import { largestFigure, meanFigure, valuesOf } from './over-seeds.ts'
import { passiveRunFigures, passiveRunValues } from './passive-run.ts'
import { sellerStart } from './seller-start.ts'
import { changePopulations } from './variant.ts'

const SCENARIO = 'flash_crash'
const WITHOUT_SELLER = 'without seller'
/** The step at which the built-in scenario's sell programme starts. */
const START_STEP = sellerStart()
const STEPS_A_MINUTE = 600
const REPORT = 'CFTC and SEC report on 6 May 2010; Kirilenko and others 2017'

export const flashCrashBenchmark: ScenarioBenchmark = {
  scenario: SCENARIO,
  seeds: { full: 20, quick: 3 },
  steps: { full: 54_000, quick: 54_000 },
  runsOf: (seed, steps) => [
    { scenario: SCENARIO, seed, variant: 'base', steps },
    { scenario: SCENARIO, seed, variant: WITHOUT_SELLER, steps },
  ],
  change: (data, { variant }) =>
    variant === WITHOUT_SELLER ? changePopulations(data, 'institutional', { percentageOfVolume: 0 }) : data,
  collect(market, run): MetricCollector {
    const recorder = createColumnRecorder(market, run.steps)
    return {
      observe: (observation) => recorder.observe(observation),
      finish: () => ({ values: measure(recorder.columns, run, market.tickDollars), series: {} }),
    }
  },
  summarize,
}

function measure(columns: RunColumns, run: BenchmarkRun, tickDollars: number) {
  const { twoSidedFraction } = measureCalmness({ ...columns, depth: columns.bidDepth })
  const crash = measureFlashCrash(columns, START_STEP)
  const isBase = run.variant === 'base'
  return {
    ...passiveRunValues(columns, tickDollars),
    twoSidedFraction,
    fallFraction: isBase
      ? crash.fallFraction
      : fallAfter(columns.midTicks, START_STEP, CRASH_WINDOWS.troughSteps),
    minutesToTrough: crash.stepsToTrough / STEPS_A_MINUTE,
    collapseSeconds: crash.collapseSteps / 10,
    recoveredFraction: crash.recoveredFraction,
    depthFraction: crash.depthFraction,
    hotPotatoShare: crash.hotPotatoShare,
    makerToMakerShare: crash.makerToMakerShare,
    makerToMakerShareBefore: crash.makerToMakerShareBefore,
  }
}

function summarize(results: readonly RunResult[]): readonly Figure[] {
  const percent = (name: string, variant = 'base') =>
    valuesOf(results, SCENARIO, variant, name).map((value) => (value === null ? null : value * 100))
  const plain = (name: string) => valuesOf(results, SCENARIO, 'base', name)
  return [
    meanFigure(
      {
        name: 'steps with both sides',
        unit: '%',
        atLeast: 99.9,
        source: 'our choice',
      },
      percent('twoSidedFraction'),
    ),
    meanFigure(
      {
        name: 'fall to the trough',
        unit: '%',
        atLeast: 5,
        atMost: 6,
        source: REPORT,
        original: 'no crash',
      },
      percent('fallFraction'),
    ),
    meanFigure(
      { name: 'time from the start to the trough', unit: 'min', atMost: 15, source: REPORT },
      plain('minutesToTrough'),
    ),
    meanFigure(
      { name: 'recovered 30 min after the trough', unit: '% of the fall', atLeast: 50, source: REPORT },
      percent('recoveredFraction'),
    ),
    meanFigure(
      {
        name: 'buy depth at the trough',
        unit: '% of that before',
        atMost: 2,
        source: REPORT,
      },
      percent('depthFraction'),
    ),
    meanFigure(
      {
        name: 'time of the collapse',
        unit: 's',
        source: 'for information: from 10 % of the fall to the trough',
      },
      plain('collapseSeconds'),
    ),
    meanFigure(
      { name: "makers' volume among themselves, in the 5 min up to the trough", unit: '%', source: REPORT },
      percent('makerToMakerShare'),
    ),
    meanFigure(
      {
        name: 'trades between makers, in the 14 s in which they are most',
        unit: '% of all volume',
        atLeast: 49,
        source: `${REPORT}: 49 %`,
      },
      percent('hotPotatoShare'),
    ),
    meanFigure(
      { name: "makers' volume among themselves, before", unit: '%', source: REPORT },
      percent('makerToMakerShareBefore'),
    ),
    meanFigure(
      { name: 'fall without the seller', unit: '%', atMost: 1, source: 'our choice' },
      percent('fallFraction', WITHOUT_SELLER),
    ),
    largestFigure(
      { name: 'largest fall without the seller', unit: '%', atMost: 1, source: 'our choice' },
      percent('fallFraction', WITHOUT_SELLER),
    ),
    ...passiveRunFigures(results, SCENARIO, { midRange: '2.4 %', meanSpread: '0.26', maxSpread: '7.9' }),
  ]
}
