import type { ObservedMarket } from '../../../src/exchange/statistics/collector.ts'
import { createColumnRecorder, type RunColumns } from '../../../src/exchange/statistics/run-columns.ts'
import { measureFlashCrash } from '../../../src/statistics/flash-crash.ts'
import {
  createSpikeDetector,
  type MiniFlashCrash,
  miniFlashCrashes,
} from '../../../src/statistics/mini-flash-crashes.ts'
import { makeRun, readScenarioData } from './observed-run.ts'
import { type PlotMark, plotRun } from './run-plot.ts'
import { sellerStart } from './seller-start.ts'

/** The same for all scenarios, and chosen before any plot was seen: the seed of normal_market's file. */
export const PLOT_SEED = 12_345

/** Runs a built-in scenario for as long as its file says, and draws it. */
export function plotScenario(scenario: string, seed = PLOT_SEED): string {
  const steps = readScenarioData(scenario).steps as number
  const detector = createSpikeDetector()
  const seen: { market: ObservedMarket; columns: RunColumns }[] = []
  const run = { scenario, seed, variant: 'base', steps }
  makeRun(
    {
      scenario,
      seeds: { full: 1, quick: 1 },
      steps: { full: steps, quick: steps },
      runsOf: () => [run],
      collect(market) {
        const recorder = createColumnRecorder(market, steps)
        seen.push({ market, columns: recorder.columns })
        return {
          observe(observation) {
            recorder.observe(observation)
            for (const { price } of observation.trades) detector.print(observation.step, price)
          },
          finish: () => ({ values: {}, series: {} }),
        }
      },
      summarize: () => [],
    },
    run,
  )
  const [{ market, columns }] = seen as [(typeof seen)[number]]
  const events = miniFlashCrashes(detector.spikes(), columns.midTicks)
  return plotRun({
    title: `${scenario}, seed ${seed}`,
    columns,
    tickDollars: market.tickDollars,
    stepsPerSecond: market.stepsPerSecond,
    marks: scenario === 'flash_crash' ? crashMarks(columns) : events.map(eventMark),
  })
}

function crashMarks(columns: RunColumns): PlotMark[] {
  const startStep = sellerStart()
  const { troughStep, fallFraction } = measureFlashCrash(columns, startStep)
  return [
    { step: startStep, label: 'the seller starts' },
    { step: troughStep, label: `trough, −${(100 * fallFraction).toFixed(1)} %` },
  ]
}

function eventMark({ first }: MiniFlashCrash): PlotMark {
  return {
    step: first.startStep,
    label: `${first.direction === 1 ? '+' : '−'}${(100 * first.fraction).toFixed(1)} %`,
  }
}
