/** A worker process of the scenario benchmark: makes one run for each message of its parent. */
import type { WorkerAnswer } from '../worker-pool.ts'
import { benchmarkOf } from './all-benchmarks.ts'
import type { BenchmarkRun, RunResult } from './benchmark.ts'
import { makeRun } from './observed-run.ts'

/** A run, and the scenario whose benchmark it belongs to. */
export interface RunOrder {
  readonly benchmark: string
  readonly run: BenchmarkRun
}

process.on('message', ({ benchmark, run }: RunOrder) => process.send?.(answer(benchmark, run)))

function answer(benchmark: string, run: BenchmarkRun): WorkerAnswer<RunResult> {
  try {
    return { result: makeRun(benchmarkOf(benchmark), run) }
  } catch (error) {
    return { error: `${run.scenario}, ${run.variant}, seed ${run.seed}: ${(error as Error).message}` }
  }
}
