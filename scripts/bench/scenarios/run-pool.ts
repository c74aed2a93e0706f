import { resolve } from 'node:path'
import { workInProcesses } from '../worker-pool.ts'
import type { RunResult } from './benchmark.ts'
import type { RunOrder } from './run-worker.ts'

const WORKER = resolve(import.meta.dirname, 'run-worker.js')

/** Makes all runs in worker processes. @returns results in the order of the runs */
export function makeRuns(
  orders: readonly RunOrder[],
  workers: number,
  onDone: (steps: number) => void,
): Promise<RunResult[]> {
  return workInProcesses<RunOrder, RunResult>(WORKER, orders, {
    workers,
    sizeOf: ({ run }) => run.steps,
    onDone: ({ run }) => onDone(run.steps),
  })
}
