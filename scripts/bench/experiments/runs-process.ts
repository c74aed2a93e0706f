/**
 * A process of the benchmark that makes runs of all experiments in its threads, as `optionlake experiment run` does.
 *
 *   node runs-process.js FOLDER SCENARIOS STEPS PARALLEL
 *
 * SCENARIOS are separated by commas; STEPS is `all` for those of each scenario. Sends messages to its parent.
 */
import { setFlagsFromString } from 'node:v8'
import { planRuns } from '../../../src/commands/experiment/planned-runs.ts'
import { makeRuns } from '../../../src/commands/experiment/run-pool.ts'
import { loadScenario } from '../../../src/exchange/scenarios/load.ts'
import { BUILT_IN_EXPERIMENTS } from '../../../src/experiments/strategies/experiment.ts'

export type RunsMessage =
  | { readonly kind: 'progress'; readonly steps: number }
  | {
      readonly kind: 'result'
      readonly seconds: number
      readonly records: number
      /** Files in the order of the plan, with how each run ended. */
      readonly runs: readonly { readonly file: string | null; readonly end: string }[]
    }

// As main.ts does.
setFlagsFromString('--heap-growing-percent=20')

const [, , folder = '', scenarios = '', steps = 'all', parallel = '2'] = process.argv
const plan = planRuns({
  scenarios: scenarios.split(',').map((scenario) => {
    const { id, seed } = loadScenario(scenario)
    return { scenario, scenarioId: id, seed }
  }),
  experiments: BUILT_IN_EXPERIMENTS.map(({ name, mode }) => ({ experiment: name, mode, strategyFile: null })),
  ...{ firstSeed: null, seeds: 1, rules: 'research', steps: steps === 'all' ? null : Number(steps) },
})

const reached = new Array<number>(plan.length).fill(0)
const tell = (message: RunsMessage) => void process.send?.(message)
const beganMs = performance.now()
const results = await makeRuns(
  plan,
  { folder, venue: { kind: 'embedded' }, version: 'benchmark' },
  {
    ...{ parallel: Number(parallel), signal: new AbortController().signal },
    events: {
      advanced: (at, step) => {
        reached[at] = step
        tell({ kind: 'progress', steps: reached.reduce((all, one) => all + one, 0) })
      },
      ended: (at, result) => {
        reached[at] = result.kind === 'ended' ? (result.outcome.lastStep ?? 0) : 0
      },
    },
  },
)
tell({
  kind: 'result',
  seconds: (performance.now() - beganMs) / 1_000,
  records: results.reduce((all, one) => all + (one.kind === 'ended' ? one.outcome.records : 0), 0),
  runs: results.map((one) => ({
    file: one.file,
    end: one.kind === 'ended' ? one.outcome.end.kind : one.error.message,
  })),
})
process.disconnect?.()
