import { loadScenario } from '../../../src/exchange/scenarios/load.ts'
import type { RuleSet } from '../../../src/exchange/server/rules.ts'
import type { RunPath } from '../../../src/experiments/analysis/run-path.ts'
import { createRunTrace } from '../../../src/experiments/analysis/trace-run.ts'
import type { RunOutcome } from '../../../src/experiments/run/outcome.ts'
import { runExperiment } from '../../../src/experiments/run/run-experiment.ts'
import { MAX_INVENTORY } from '../../../src/experiments/run/settings.ts'
import { BUILT_IN_STRATEGIES } from '../../../src/experiments/strategies/built-in.ts'
import type { Strategy } from '../../../src/experiments/strategies/strategy.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { openInProcessVenue } from './in-process-venue.ts'
import { type RunFigures, runFigures } from './run-figures.ts'
import { SWEEPS } from './sweeps.ts'

/** Experiments at one seed of one scenario. */
export interface SeedWork {
  readonly scenario: string
  readonly seed: number
  readonly steps: number
  readonly rules: RuleSet
}

/** Not reached: the built-in strategies answer in microseconds, and their time must not decide anything here. */
const DECISION_LIMIT_MS = 60_000

/** The figures of the experiments and of the sweeps, each against the passive run of the same market. */
export async function makeSeedRuns(work: SeedWork): Promise<RunFigures[]> {
  const passive = await play(strategyOf('passive'), work)
  const figures = [runFigures(passive.path, passive.path, passive.outcome)]
  for (const strategy of [...BUILT_IN_STRATEGIES, ...SWEEPS]) {
    if (strategy.mode === 'passive') continue
    const { path, outcome } = await play(strategy, work)
    figures.push(runFigures(path, passive.path, outcome))
  }
  return figures
}

function strategyOf(name: string): Strategy {
  const found = BUILT_IN_STRATEGIES.find((strategy) => strategy.name === name)
  if (found === undefined) throw new RangeError(`there is no experiment ${name}`)
  return found
}

type PlayedPath = RunPath & { readonly seed: number; readonly rules: string }

async function play(
  strategy: Strategy,
  { scenario, seed, steps, rules }: SeedWork,
): Promise<{ path: PlayedPath; outcome: RunOutcome }> {
  const venue = openInProcessVenue(loadScenario(scenario), { seed, steps, rules })
  const { name: experiment, mode } = strategy
  const identity = { scenario, seed, rules, experiment, mode, runId: venue.run.runId }
  const trace = createRunTrace(identity)
  const settings = { scenario, rules, steps, decisionLimitMs: DECISION_LIMIT_MS, maxInventory: MAX_INVENTORY }
  const outcome = await runExperiment(settings, {
    venue,
    strategy,
    log: { append: trace.add },
    clock: systemClock,
    signal: new AbortController().signal,
  })
  trace.addLateFills(outcome.lateFills)
  return { path: { ...trace.path(), seed, rules }, outcome }
}
