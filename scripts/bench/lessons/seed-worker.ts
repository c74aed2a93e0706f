/** A worker process of the lessons: makes all runs of one seed for each message of its parent. */
import type { WorkerAnswer } from '../worker-pool.ts'
import type { RunFigures } from './run-figures.ts'
import { makeSeedRuns, type SeedWork } from './seed-runs.ts'

process.on('message', (work: SeedWork) => {
  void answer(work).then((result) => process.send?.(result))
})

async function answer(work: SeedWork): Promise<WorkerAnswer<RunFigures[]>> {
  try {
    return { result: await makeSeedRuns(work) }
  } catch (error) {
    return { error: `${work.scenario}, seed ${work.seed}: ${(error as Error).message}` }
  }
}
