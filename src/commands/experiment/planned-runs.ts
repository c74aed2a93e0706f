import type { RunOutcome, RunRules } from '../../experiments/run/outcome.ts'
import type { RecordedRun } from '../../experiments/run/recorded-run.ts'

/** One run that is to be made. Plain data, so that it can be passed to a worker thread. */
export interface PlannedRun {
  /** For files and tables: letters, digits, `_` and `-`. */
  readonly scenarioId: string
  /** What the venue knows it by: the name of a built-in scenario, a path of a file, or a name at a foreign exchange. */
  readonly scenario: string
  readonly experiment: string
  readonly mode: 'passive' | 'active'
  /** Path of the user's strategy; null for an experiment that comes with the program. */
  readonly strategyFile: string | null
  /** Null for that of the venue. */
  readonly seed: number | null
  /** Null for those of the venue. */
  readonly steps: number | null
  readonly rules: RunRules
}

/** What came of a planned run. */
export type RunResult =
  | {
      readonly kind: 'ended'
      readonly outcome: RunOutcome
      readonly file: string
      readonly seed: number | null
    }
  /** It did not start, and has no file. */
  | { readonly kind: 'failed'; readonly end: null; readonly error: Error; readonly file: null }
  /** It could not go on, or its thread was ended; `end` is what its manifest says. */
  | {
      readonly kind: 'failed'
      readonly end: RecordedRun['outcome']['kind']
      readonly error: Error
      readonly file: string
    }

/** Told while runs go on; `at` is the place of a run in the plan. */
export interface RunEvents {
  started(at: number): void
  /** A few times a second for each run; `steps` is null where nobody knows. */
  advanced(at: number, step: number, steps: number | null): void
  /** One line that a person should know while the run goes on, such as a gateway that is lost. */
  noted(at: number, line: string): void
  ended(at: number, result: RunResult): void
}

/** Every scenario with every experiment, each with every seed: the baselines of a scenario lie beside its other runs. */
export function planRuns({
  scenarios,
  experiments,
  firstSeed,
  seeds,
  steps,
  rules,
}: {
  /** `seed` is that of the scenario itself; null where only the venue knows it. */
  readonly scenarios: readonly Pick<PlannedRun, 'scenario' | 'scenarioId' | 'seed'>[]
  readonly experiments: readonly Pick<PlannedRun, 'experiment' | 'mode' | 'strategyFile'>[]
  readonly firstSeed: number | null
  readonly seeds: number
  readonly steps: number | null
  readonly rules: RunRules
}): PlannedRun[] {
  return scenarios.flatMap((scenario) => {
    const first = firstSeed ?? scenario.seed
    return experiments.flatMap((experiment) =>
      Array.from({ length: seeds }, (_, at) => ({
        ...{ ...scenario, ...experiment, steps, rules },
        seed: first === null ? null : first + at,
      })),
    )
  })
}
