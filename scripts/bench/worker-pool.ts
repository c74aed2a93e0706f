import { type ChildProcess, fork } from 'node:child_process'

/** What a worker answers to one piece of work. */
export type WorkerAnswer<Result> = { readonly result: Result } | { readonly error: string }

/**
 * Does all the work in processes of their own, the longest piece first, so that none is left alone at the end. Rejects with
 * the first piece that fails, and ends all workers in any case.
 * @param workerFile answers each message, one piece of work, with a WorkerAnswer.
 * @returns results in the order of the work
 */
export async function workInProcesses<Work extends object, Result>(
  workerFile: string,
  work: readonly Work[],
  {
    workers,
    sizeOf,
    onDone,
  }: {
    readonly workers: number
    sizeOf(work: Work): number
    onDone(work: Work): void
  },
): Promise<Result[]> {
  const results = new Array<Result>(work.length)
  const pieceAt = (at: number) => work[at] as Work
  const queue = work.map((_, at) => at).sort((one, other) => sizeOf(pieceAt(other)) - sizeOf(pieceAt(one)))
  const children = Array.from({ length: Math.min(workers, work.length) }, () => fork(workerFile))
  try {
    await Promise.all(children.map(workOff))
  } finally {
    for (const child of children) child.kill()
  }
  return results

  async function workOff(child: ChildProcess): Promise<void> {
    for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
      results[at] = await ask<Result>(child, pieceAt(at))
      onDone(pieceAt(at))
    }
  }
}

function ask<Result>(child: ChildProcess, work: object): Promise<Result> {
  return new Promise((done, failed) => {
    const onExit = (code: number | null) => failed(new Error(`a worker ended with exit code ${code}`))
    child.once('exit', onExit)
    child.once('message', (answer: WorkerAnswer<Result>) => {
      child.off('exit', onExit)
      if ('error' in answer) failed(new Error(answer.error))
      else done(answer.result)
    })
    child.send(work)
  })
}
