import type { MetricCollector } from '../../../src/exchange/statistics/collector.ts'
import { createColumnRecorder } from '../../../src/exchange/statistics/run-columns.ts'
import {
  createSpikeDetector,
  isBack,
  type MiniFlashCrash,
  miniFlashCrashes,
} from '../../../src/statistics/mini-flash-crashes.ts'
import { measureCalmness } from '../../../src/statistics/stress.ts'
import type { Figure, RunResult, ScenarioBenchmark } from './benchmark.ts'
import { meanFigure, valuesOf } from './over-seeds.ts'
import { passiveRunFigures, passiveRunValues } from './passive-run.ts'
import { changePopulations } from './variant.ts'

const SCENARIO = 'mini_flash_crash'
const WITHOUT_SPIKES = 'without spiking agents'
const STEPS_AN_HOUR = 36_000
const JOHNSON = 'Johnson and others, Scientific Reports 3, 2627'

export const miniFlashCrashBenchmark: ScenarioBenchmark = {
  scenario: SCENARIO,
  seeds: { full: 20, quick: 3 },
  steps: { full: 36_000, quick: 36_000 },
  runsOf: (seed, steps) => [
    { scenario: SCENARIO, seed, variant: 'base', steps },
    { scenario: SCENARIO, seed, variant: WITHOUT_SPIKES, steps },
    { scenario: 'normal_market', seed, variant: 'base', steps },
  ],
  change: (data, { variant }) =>
    variant === WITHOUT_SPIKES ? changePopulations(data, 'spiking', { activationProbability: 0 }) : data,
  collect(market, run): MetricCollector {
    const recorder = createColumnRecorder(market, run.steps)
    const detector = createSpikeDetector()
    return {
      observe(observation) {
        recorder.observe(observation)
        for (const { price } of observation.trades) detector.print(observation.step, price)
      },
      finish() {
        const { columns } = recorder
        const events = miniFlashCrashes(detector.spikes(), columns.midTicks)
        const known = events.map((event) => isBack(event)).filter((back) => back !== null)
        const { twoSidedFraction } = measureCalmness({ ...columns, depth: columns.bidDepth })
        return {
          values: {
            twoSidedFraction,
            ...passiveRunValues(columns, market.tickDollars),
            eventsPerHour: (events.length * STEPS_AN_HOUR) / run.steps,
            ofSpikingAgents: share(events.map((event) => isOfSpikingAgents(event, columns.spikingVolume))),
            backWithinMinute: share(known),
            largestFraction:
              events.length === 0 ? null : Math.max(...events.map(({ first }) => first.fraction)),
          },
          series: {},
        }
      },
    }
  },
  summarize,
}

/** Whether a spiking agent traded in the steps of the first move. */
function isOfSpikingAgents({ first }: MiniFlashCrash, spikingVolume: ArrayLike<number>): boolean {
  for (let step = first.startStep; step <= first.endStep; step++) {
    if ((spikingVolume[step] as number) > 0) return true
  }
  return false
}

/** The part of the answers that is yes; null without answers. */
function share(answers: readonly boolean[]): number | null {
  return answers.length === 0 ? null : answers.filter(Boolean).length / answers.length
}

function summarize(results: readonly RunResult[]): readonly Figure[] {
  const percent = (name: string) =>
    valuesOf(results, SCENARIO, 'base', name).map((value) => (value === null ? null : value * 100))
  const events = (scenario: string, variant: string) => valuesOf(results, scenario, variant, 'eventsPerHour')
  return [
    meanFigure(
      { name: 'steps with both sides', unit: '%', atLeast: 99.9, source: 'our choice' },
      percent('twoSidedFraction'),
    ),
    meanFigure(
      { name: 'mini flash crashes', unit: '/h', atLeast: 3, atMost: 15, source: JOHNSON },
      events(SCENARIO, 'base'),
    ),
    meanFigure(
      { name: 'those in which a spiking agent trades', unit: '%', atLeast: 95, source: 'our choice' },
      percent('ofSpikingAgents'),
    ),
    meanFigure(
      { name: 'those that are back within a minute', unit: '%', atLeast: 95, source: 'our choice' },
      percent('backWithinMinute'),
    ),
    meanFigure(
      { name: 'largest move of a run', unit: '%', source: 'for information' },
      percent('largestFraction'),
    ),
    meanFigure(
      { name: 'without the spiking agents', unit: '/h', atMost: 0, source: 'our choice' },
      events(SCENARIO, WITHOUT_SPIKES),
    ),
    meanFigure(
      { name: 'in normal_market at the same seeds', unit: '/h', atMost: 0, source: 'our choice' },
      events('normal_market', 'base'),
    ),
    ...passiveRunFigures(results, SCENARIO, { midRange: '6.6 %', meanSpread: '0.95', maxSpread: '8.0' }),
  ]
}
