import { type ChildProcess, fork } from 'node:child_process'
import { resolve } from 'node:path'
import type { RunResult } from './benchmark.ts'
import type { RunOrder, WorkerAnswer } from './run-worker.ts'

const WORKER = resolve(import.meta.dirname, 'run-worker.js')

/**
 * Makes all runs in worker processes, the longest first, so that none is left alone at the end. Rejects with the first
 * run that fails, and ends all workers in any case.
 * @returns results in the order of the runs
 */
export async function makeRuns(
  orders: readonly RunOrder[],
  workers: number,
  onDone: (steps: number) => void,
): Promise<RunResult[]> {
  const results = new Array<RunResult>(orders.length)
  const queue = orders.map((_, at) => at).sort((one, other) => stepsOf(other) - stepsOf(one))
  const children = Array.from({ length: Math.min(workers, orders.length) }, () => fork(WORKER))
  try {
    await Promise.all(children.map(workOff))
  } finally {
    for (const child of children) child.kill()
  }
  return results

  function stepsOf(at: number): number {
    return (orders[at] as RunOrder).run.steps
  }

  async function workOff(child: ChildProcess): Promise<void> {
    for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
      results[at] = await askWorker(child, orders[at] as RunOrder)
      onDone(stepsOf(at))
    }
  }
}

function askWorker(child: ChildProcess, order: RunOrder): Promise<RunResult> {
  return new Promise((done, failed) => {
    const onExit = (code: number | null) => failed(new Error(`a worker ended with exit code ${code}`))
    child.once('exit', onExit)
    child.once('message', (answer: WorkerAnswer) => {
      child.off('exit', onExit)
      if ('error' in answer) failed(new Error(answer.error))
      else done(answer.result)
    })
    child.send(order)
  })
}
