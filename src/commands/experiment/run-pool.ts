import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import type { RunOutcome } from '../../experiments/run/outcome.ts'
import { decisionLimitMs } from '../../experiments/run/settings.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { PlannedRun, RunEvents, RunResult } from './planned-runs.ts'
import type { RunReport, RunSetup } from './run-order.ts'
import { openRunThread, type RunThread } from './run-thread.ts'

export interface PoolOptions {
  /** Threads at once; null for one a core. There are never more than runs. */
  readonly parallel: number | null
  /** Stops all runs: those under way keep what they have, the others do not begin. */
  readonly signal: AbortSignal
  readonly events?: Partial<RunEvents>
  /** Null for that of the rules. */
  readonly decisionLimitMs?: number | null
  /** How long a stopped run may take to write its end, ms. */
  readonly stopLimitMs?: number | undefined
  /** The compiled program of a thread. */
  readonly workerFile?: string
}

/**
 * Makes runs in threads, in the order of the plan, and resolves when all have ended. A run that fails does not disturb the
 * others.
 * @returns the results in the order of the plan
 */
export async function makeRuns(
  plan: readonly PlannedRun[],
  setup: RunSetup,
  options: PoolOptions,
): Promise<readonly RunResult[]> {
  const { parallel, signal, events } = options
  const workerFile = options.workerFile ?? resolve(import.meta.dirname, 'run-worker.js')
  const results = new Array<RunResult>(plan.length)
  let next = 0

  async function make(thread: RunThread, run: PlannedRun, at: number): Promise<RunResult> {
    const limitMs = options.decisionLimitMs ?? decisionLimitMs(run.rules)
    const listener = {
      started: () => events?.started?.(at),
      advanced: (step: number, steps: number | null) => events?.advanced?.(at, step, steps),
      noted: (line: string) => events?.noted?.(at, line),
    }
    return resultOf(await thread.make({ ...setup, run, decisionLimitMs: limitMs }, listener, signal))
  }

  async function workOff(): Promise<void> {
    let thread: RunThread | null = null
    try {
      while (next < plan.length) {
        const at = next++
        const run = plan[at] as PlannedRun
        if (signal.aborted) results[at] = notBegun(EXIT.ok, (signal.reason as Error).message)
        else {
          thread ??= openRunThread(workerFile, options.stopLimitMs)
          results[at] = await make(thread, run, at)
        }
        events?.ended?.(at, results[at])
        // Modules of a user are loaded once a thread, and may keep state: each of their runs has a thread of its own.
        if (thread?.isAlive && run.strategyFile === null) continue
        await thread?.close()
        thread = null
      }
    } finally {
      await thread?.close()
    }
  }

  // One account and one client id: runs over TWS would trade with each other.
  const most = setup.venue.kind === 'tws' ? 1 : (parallel ?? availableParallelism())
  const threads = Math.min(most, plan.length)
  await Promise.all(Array.from({ length: threads }, workOff))
  return results
}

function resultOf(report: RunReport): RunResult {
  if (report.kind === 'refused') return notBegun(report.exitCode, report.reason)
  const { path, seed, outcome, figures, exitCode } = report.run
  if (figures === null) {
    const error = new Failure(exitCode, outcome.reason)
    return { kind: 'failed', end: outcome.kind, error, file: path }
  }
  return { kind: 'ended', outcome: figures satisfies RunOutcome, file: path, seed }
}

function notBegun(exitCode: Failure['exitCode'], reason: string): RunResult {
  return { kind: 'failed', end: null, error: new Failure(exitCode, reason), file: null }
}
