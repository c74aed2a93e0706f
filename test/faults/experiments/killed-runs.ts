import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'

const RUNS_PROCESS = resolve(import.meta.dirname, '../../../scripts/bench/experiments/runs-process.js')

/** Makes runs in a process of their own and kills it after a time, ms. */
export async function killRuns(folder: string, afterMs: number): Promise<void> {
  const child = fork(RUNS_PROCESS, [folder, 'normal_market', '100000', '2'], { stdio: 'ignore' })
  const exit = once(child, 'exit')
  await new Promise<void>((done) => child.once('message', () => done()))
  await new Promise((done) => setTimeout(done, afterMs))
  child.kill('SIGKILL')
  await exit
}
