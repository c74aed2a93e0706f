import { resolve } from 'node:path'
import { EXIT_OF } from '../../experiments/run/recorded-run.ts'
import { EXIT, type ExitCode, Failure } from '../../process/failure.ts'
import type { ExperimentRunAnswer } from '../../schemas/experiment/run.ts'
import { amount, count, fixed, minutesAndSeconds } from '../terminal/format.ts'
import { formatTable } from '../terminal/table.ts'
import type { PlannedRun, RunResult } from './planned-runs.ts'

/** A planned run with what came of it. */
export interface FinishedRun {
  readonly run: PlannedRun
  readonly result: RunResult
  /** Wall clock, s. */
  readonly seconds: number
}

/** One line for standard error: `normal_market passive, seed 12345: complete, 36,000 steps in 0:12 → FILE`. */
export function describeRun(one: FinishedRun): string {
  const { run, result, seconds } = one
  const seed = seedOf(one)
  const name = `${run.scenarioId} ${run.experiment}${seed === null ? '' : `, seed ${seed}`}`
  const file = result.file === null ? '' : ` → ${result.file}`
  if (result.kind === 'failed') return `${name}: ${endOf(one)}: ${messageOf(result.error)}${file}`
  const { end, lastStep } = result.outcome
  const why = end.kind === 'complete' ? 'complete' : `${end.kind}: ${end.reason}`
  const steps = lastStep === null ? 'no step' : amount(lastStep, 'step')
  return `${name}: ${why}, ${steps} in ${minutesAndSeconds(seconds)}${file}`
}

/** A table of the runs, in the order of the plan. */
export function tableOfRuns(runs: readonly FinishedRun[]): string {
  return formatTable(runs, [
    { title: 'scenario', value: ({ run }) => run.scenarioId },
    { title: 'experiment', value: ({ run }) => run.experiment },
    { title: 'seed', leaveOut: 5, align: 'right', value: (one) => String(seedOf(one) ?? '–') },
    { title: 'end', value: endOf },
    { title: 'steps', leaveOut: 4, align: 'right', value: (one) => count(outcomeOf(one)?.lastStep ?? null) },
    {
      title: 'orders',
      leaveOut: 3,
      align: 'right',
      value: (one) => count(outcomeOf(one)?.ordersSent ?? null),
    },
    {
      title: 'skipped',
      leaveOut: 1,
      align: 'right',
      value: (one) => count(outcomeOf(one)?.ordersSkipped ?? null),
    },
    { title: 'fills', align: 'right', value: (one) => count(outcomeOf(one)?.fills ?? null) },
    {
      title: 'shares',
      leaveOut: 6,
      align: 'right',
      value: (one) => count(outcomeOf(one)?.filledQty ?? null),
    },
    {
      title: 'inventory',
      leaveOut: 2,
      align: 'right',
      value: (one) => count(outcomeOf(one)?.inventory ?? null),
    },
    { title: 'P&L $', align: 'right', value: (one) => fixed(outcomeOf(one)?.pnl, 2) },
  ])
}

/** The same for programs. */
export function runsAsJson(runs: readonly FinishedRun[]): ExperimentRunAnswer {
  return {
    runs: runs.map((one) => {
      const { run, result, seconds } = one
      const outcome = outcomeOf(one)
      return {
        ...{ scenario: run.scenarioId, experiment: run.experiment, mode: run.mode, rules: run.rules },
        seed: seedOf(one),
        end: endOf(one),
        reason: result.kind === 'failed' ? messageOf(result.error) : result.outcome.end.reason,
        steps: outcome?.lastStep ?? null,
        orders_sent: outcome?.ordersSent ?? null,
        orders_skipped: outcome?.ordersSkipped ?? null,
        refusals: outcome?.refusals ?? null,
        fills: outcome?.fills ?? null,
        filled_qty: outcome?.filledQty ?? null,
        inventory: outcome?.inventory ?? null,
        cash_flow: outcome?.cashFlow ?? null,
        pnl: outcome?.pnl ?? null,
        seconds: Math.round(seconds * 1_000) / 1_000,
        file: result.file && resolve(result.file),
      }
    }),
  }
}

/**
 * What the command ends with when a run has failed; null when none has. A run that a rule ended is a result like any other;
 * one that was cut, or whose strategy failed, is not. The exit code is that of the first one.
 */
export function failureOf(runs: readonly FinishedRun[]): Failure | null {
  const failed = runs.filter(hasFailed)
  const [first] = failed
  if (first === undefined) return null
  const line = describeRun(first)
  const untried = runs.filter(isUntried).length
  const message =
    runs.length === 1
      ? line
      : `${count(failed.length)} of ${amount(runs.length, 'run')} failed, first ${line}`
  const rest = untried === 0 ? '' : `; ${amount(untried, 'other')} not tried`
  return new Failure(codeOf(first.result), `${message}${rest}`)
}

/** It did not begin because of something else, such as another run that was refused. */
export function isUntried(one: FinishedRun): boolean {
  return one.result.kind === 'failed' && one.result.file === null && !hasFailed(one)
}

export function hasFailed({ result }: FinishedRun): boolean {
  return codeOf(result) !== EXIT.ok
}

function codeOf(result: RunResult): ExitCode {
  if (result.kind === 'failed') return result.error instanceof Failure ? result.error.exitCode : EXIT.internal
  return EXIT_OF[result.outcome.end.kind]
}

function outcomeOf({ result }: FinishedRun) {
  return result.kind === 'ended' ? result.outcome : null
}

/** The kind of the end, in the word of the manifest. */
function endOf({ result }: FinishedRun): string {
  return result.kind === 'ended' ? result.outcome.end.kind : (result.end ?? 'not run')
}

function seedOf({ run, result }: Pick<FinishedRun, 'run' | 'result'>): number | null {
  return (result.kind === 'ended' ? result.seed : null) ?? run.seed
}

/** A defect shows where it is; what a user can act on is one line. */
function messageOf(error: Error): string {
  return error instanceof Failure ? error.message : (error.stack ?? error.message)
}
