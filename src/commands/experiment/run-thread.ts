import { Worker } from 'node:worker_threads'
import { finishManifest } from '../../experiments/run/finish-manifest.ts'
import { describeThrown } from '../../experiments/strategies/thrown.ts'
import { EXIT } from '../../process/failure.ts'
import {
  PHASE,
  type RunOrder,
  type RunReport,
  SHARED,
  SHARED_BYTES,
  type WorkerCommand,
  type WorkerMessage,
} from './run-order.ts'
import { createStrategyWatch } from './strategy-watch.ts'

/** Who is told how one run goes. */
export interface RunListener {
  started(): void
  /** Called a few times a second; `steps` is null where nobody knows. */
  advanced(step: number, steps: number | null): void
  noted(line: string): void
}

/** A thread that makes runs, one at a time. */
export interface RunThread {
  /** False once it has ended: it makes no further run. */
  readonly isAlive: boolean
  /** Never rejects: whatever happens to the thread is in the report. */
  make(order: RunOrder, listener: RunListener, signal: AbortSignal): Promise<RunReport>
  close(): Promise<void>
}

const LOOK_INTERVAL_MS = 250
const STOP_LIMIT_MS = 5_000
/** Heap of a thread, MB: a strategy that hoards ends its own run. */
const MAX_HEAP_MB = 512

/**
 * @param workerFile the compiled program of the thread
 * @param stopLimitMs how long a stopped run may take to write its end
 */
export function openRunThread(workerFile: string, stopLimitMs = STOP_LIMIT_MS): RunThread {
  const memory = new SharedArrayBuffer(SHARED_BYTES)
  const shared = new Int32Array(memory)
  const worker = new Worker(workerFile, {
    workerData: memory,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  })
  let isAlive = true
  let failure: string | null = null
  worker.on('error', (error: NodeJS.ErrnoException) => {
    failure =
      error.code === 'ERR_WORKER_OUT_OF_MEMORY'
        ? `it needs more than ${MAX_HEAP_MB} MB`
        : `outside of decide: ${describeThrown(error)}`
  })
  worker.on('exit', () => {
    isAlive = false
  })
  const tell = (command: WorkerCommand) => worker.postMessage(command)

  /** Of a run that was stopped and did not write its end in time. */
  function reportOfStop(path: string | null, why: string): RunReport {
    if (path === null) return { kind: 'refused', exitCode: EXIT.ok, reason: why }
    const reason = `${why}; it did not end within ${stopLimitMs / 1_000} s`
    return { kind: 'recorded', run: { ...finishManifest(path, 'stopped', reason), exitCode: EXIT.ok } }
  }

  /** Of a run whose thread was ended from outside or has died. */
  function reportOfEnd(order: RunOrder, path: string | null, hanging: string | null): RunReport {
    const what = hanging ?? failure ?? 'its thread has ended: it must not call process.exit'
    const reason = `${order.run.experiment}: ${what}`
    // A user's strategy may also fail between its decisions: a timer of it, or too much memory.
    const isInStrategy = Atomics.load(shared, SHARED.phase) !== PHASE.waiting
    const byStrategy = isInStrategy || order.run.strategyFile !== null
    const exitCode = byStrategy ? EXIT.configuration : EXIT.internal
    if (path === null) return { kind: 'refused', exitCode, reason }
    const kind = !byStrategy ? 'failed' : hanging === null ? 'strategy_failed' : 'strategy_too_slow'
    return { kind: 'recorded', run: { ...finishManifest(path, kind, reason), exitCode } }
  }

  /** What the run has left at a gateway is looked after here; an exchange ends a run without its client by itself. */
  async function cleanUp({ venue }: RunOrder, runId: string | null): Promise<readonly string[]> {
    if (venue.kind !== 'tws' || runId === null) return []
    const { cleanUpAfterRun } = await import('./clean-up-after-run.ts')
    return cleanUpAfterRun(venue.access, runId)
  }

  function make(order: RunOrder, listener: RunListener, signal: AbortSignal): Promise<RunReport> {
    return new Promise((settle, reject) => {
      let path: string | null = null
      let runId: string | null = null
      let steps: number | null = null
      let wasEnded = false
      let stopByMs = Number.POSITIVE_INFINITY
      Atomics.store(shared, SHARED.step, 0)
      Atomics.store(shared, SHARED.phase, PHASE.waiting)
      const watch = createStrategyWatch(shared, order.decisionLimitMs)

      const onMessage = (message: WorkerMessage) => {
        if (message.kind === 'ended') return finish(message.report)
        if (message.kind === 'note') return listener.noted(message.line)
        path = message.path
        runId = message.runId
        steps = message.steps
        listener.started()
      }
      const onExit = async () => {
        clearInterval(timer)
        try {
          // Before the next run, which needs the same client id.
          for (const line of await cleanUp(order, runId)) listener.noted(line)
          const isStopped = wasEnded && watch.problem === null
          const report = isStopped
            ? reportOfStop(path, (signal.reason as Error).message)
            : reportOfEnd(order, path, watch.problem)
          finish(report)
        } catch (error) {
          reject(error)
        }
      }
      const onAbort = () => {
        stopByMs = performance.now() + stopLimitMs
        tell({ kind: 'stop', reason: (signal.reason as Error).message })
      }
      const timer = setInterval(() => {
        if (path !== null) listener.advanced(Atomics.load(shared, SHARED.step), steps)
        if (!watch.look(performance.now()) && performance.now() <= stopByMs) return
        wasEnded = true
        void worker.terminate()
      }, LOOK_INTERVAL_MS)
      function finish(report: RunReport): void {
        clearInterval(timer)
        signal.removeEventListener('abort', onAbort)
        worker.off('message', onMessage).off('exit', onExit)
        settle(report)
      }

      worker.on('message', onMessage).on('exit', onExit)
      signal.addEventListener('abort', onAbort, { once: true })
      if (isAlive) tell({ kind: 'run', order })
      else void onExit()
    })
  }

  return {
    get isAlive() {
      return isAlive
    },
    make,
    close: async () => void (await worker.terminate()),
  }
}
