import type { MetricCollector } from '../../../src/exchange/statistics/collector.ts'
import { createMarketMetrics } from '../../../src/exchange/statistics/market-metrics.ts'
import { autocorrelation, decayExponent, lagSums } from '../../../src/statistics/autocorrelation.ts'
import { impactBySize, impactExponent, type MeasuredImpact } from '../../../src/statistics/impact-exponent.ts'
import { bootstrapInterval } from '../../../src/statistics/intervals.ts'
import { kurtosis } from '../../../src/statistics/moments.ts'
import { addCounts, excessVariation } from '../../../src/statistics/spread-distribution.ts'
import { hillTailIndex } from '../../../src/statistics/tail-index.ts'
import type { Figure, RunResult, ScenarioBenchmark } from './benchmark.ts'
import {
  createMidsAfter,
  impactsBySeed,
  METAORDER_STEPS,
  metaorderRuns,
  PACES,
  tradeMetaorder,
} from './metaorders.ts'
import { type FigureHead, meanFigure, valuesOf } from './over-seeds.ts'

const SCENARIO = 'normal_market'
const CONT = 'Cont 2001, Quantitative Finance 1'
const LILLO = 'Lillo, Mike and Farmer 2005, PRE 71'
const SATO = 'Sato and Kanazawa, arXiv 2411.13965'
const OURS = 'our choice'
const INFORMATION = 'for information'
/** One hour in minutes: the longest lag. */
const MAX_LAG = 60
/** Autocorrelation of returns is looked for beyond this lag. */
const NO_MEMORY_FROM = 21

/** Full sessions for tails and memory; beside each, the runs of its metaorders, for which the session is the passive run. */
export const normalMarketBenchmark: ScenarioBenchmark = {
  scenario: SCENARIO,
  seeds: { full: 50, quick: 2 },
  steps: { full: 234_000, quick: 36_000 },
  runsOf: (seed, steps) => [
    { scenario: SCENARIO, seed, variant: 'base', steps },
    ...(steps >= METAORDER_STEPS ? metaorderRuns(SCENARIO, seed) : []),
  ],
  collect(market, run): MetricCollector {
    const mids = createMidsAfter()
    const metrics = run.variant === 'base' ? createMarketMetrics(market) : null
    return {
      observe(seen) {
        mids.observe(seen.step, seen.mid)
        metrics?.observe(seen)
      },
      finish() {
        const { values, series } = metrics?.finish() ?? { values: {}, series: {} }
        return { values: { ...values, ...mids.values() }, series }
      },
    }
  },
  trade: tradeMetaorder,
  summarize: (results) => [...priceFigures(results), ...returnFigures(results), ...impactFigures(results)],
}

function priceFigures(results: readonly RunResult[]): Figure[] {
  const values = (name: string, factor = 1) =>
    valuesOf(results, SCENARIO, 'base', name).map((value) => (value === null ? null : value * factor))
  const spreads = results.filter(isBase).map(({ series }) => series.spreadCounts ?? [])
  return [
    meanFigure(
      { name: 'steps with both sides', unit: '%', atLeast: 99.9, source: OURS },
      values('twoSidedFraction', 100),
    ),
    meanFigure(
      {
        name: 'range of the mid',
        unit: '%',
        atLeast: 0.5,
        source: `${OURS}: the mid moves`,
        original: '0.01 % in an hour',
      },
      values('midRangeFraction', 100),
    ),
    meanFigure(
      { name: 'mean spread', unit: '$', source: INFORMATION, original: '0.100 (at most 0.2)' },
      values('meanSpreadDollars'),
    ),
    pooledFigure(
      {
        name: "spread's excess: deviation / mean",
        unit: '(exponential: 1)',
        atLeast: 1,
        source: `${OURS}: heavy tail`,
      },
      spreads,
      (sample) => excessVariation(addCounts(sample)),
    ),
    meanFigure(
      { name: 'volatility a year', unit: '%', source: INFORMATION },
      values('yearlyVolatility', 100),
    ),
    meanFigure(
      { name: 'Hurst exponent of order signs', unit: '', atLeast: 0.6, atMost: 0.8, source: LILLO },
      values('signHurst'),
    ),
    meanFigure({ name: 'cancels a trade', unit: '', source: INFORMATION }, values('cancelsPerTrade')),
    meanFigure({ name: 'life of an order', unit: 's', source: INFORMATION }, values('orderLifeSeconds')),
  ]
}

function returnFigures(results: readonly RunResult[]): Figure[] {
  const sessions = results.filter(isBase).map(({ series }) => series.minuteReturns ?? [])
  const plain = sessions.map((returns) => lagSums(returns, MAX_LAG))
  const absolute = sessions.map((returns) => lagSums(returns.map(Math.abs), MAX_LAG))
  const ofSizes = (lag: number): FigureHead => ({
    name: `autocorrelation of |r| at ${lag} min`,
    unit: '',
    atLeast: 0,
    source: CONT,
  })
  return [
    pooledFigure(
      { name: 'kurtosis of 1-minute returns', unit: '(normal: 3)', atLeast: 4, source: CONT },
      sessions,
      (sample) => kurtosis(sample.flat()),
    ),
    pooledFigure(
      { name: 'tail index of 1-minute returns', unit: '', atLeast: 2, atMost: 5, source: CONT },
      sessions,
      (sample) => hillTailIndex(sample.flat()),
    ),
    ...[1, 5, 20].map((lag) =>
      pooledFigure(ofSizes(lag), absolute, (sample) => autocorrelation(sample)[lag] ?? null),
    ),
    pooledFigure(
      { name: 'exponent of its decay, 1 to 60 min', unit: '', atLeast: 0.2, atMost: 0.4, source: CONT },
      absolute,
      (sample) => decayExponent(autocorrelation(sample), 1, MAX_LAG),
    ),
    pooledFigure(
      { name: 'autocorrelation of r at 1 min', unit: '', source: INFORMATION },
      plain,
      (sample) => autocorrelation(sample)[1] ?? null,
    ),
    withoutInterval(
      { name: 'mean |autocorrelation| of r, 21 to 60 min', unit: '', atMost: 0.02, source: CONT },
      meanSize(autocorrelation(plain).slice(NO_MEMORY_FROM)),
    ),
  ]
}

function impactFigures(results: readonly RunResult[]): Figure[] {
  const impacts = (pace: (typeof PACES)[keyof typeof PACES]) =>
    impactsBySeed(results, 'base', pace).filter((measured) => measured.length > 0)
  const bySeed = impacts(PACES.atATenth)
  const sizes = impactBySize(bySeed.flat())
  const ends = [sizes.at(0), sizes.at(-1)].filter((size) => size !== undefined)
  const exponent = (sample: readonly MeasuredImpact[][]) => impactExponent(sample.flat())
  return [
    pooledFigure(
      {
        name: 'δ of metaorders at a tenth of the volume',
        unit: '',
        atLeast: 0.4,
        atMost: 0.6,
        source: SATO,
      },
      bySeed,
      exponent,
    ),
    ...ends.map(({ lots }) =>
      pooledFigure(
        { name: `impact of ${lots} lots`, unit: 'ticks', source: INFORMATION },
        bySeed,
        (sample) => impactBySize(sample.flat()).find((size) => size.lots === lots)?.impact ?? null,
      ),
    ),
    pooledFigure(
      { name: 'δ of metaorders in two minutes', unit: '', source: INFORMATION },
      impacts(PACES.inTwoMinutes),
      exponent,
    ),
  ]
}

function isBase({ scenario, variant }: RunResult): boolean {
  return scenario === SCENARIO && variant === 'base'
}

/** A figure of all sessions together, with a bootstrap over the sessions. */
function pooledFigure<Run>(
  head: FigureHead,
  runs: readonly Run[],
  statistic: (sample: readonly Run[]) => number | null,
): Figure {
  const value = statistic(runs)
  if (value === null) return { ...head, value, interval: null, why: 'too few runs or steps' }
  return { ...head, value, interval: bootstrapInterval(runs, statistic, 200) }
}

/** A mean of sizes: what chance adds to it has no sign, so resampled sessions give larger ones and no interval. */
function withoutInterval(head: FigureHead, value: number | null): Figure {
  const figure = { ...head, value, interval: null }
  return value === null ? { ...figure, why: 'too few runs or steps' } : figure
}

function meanSize(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + Math.abs(value), 0) / known.length
}
