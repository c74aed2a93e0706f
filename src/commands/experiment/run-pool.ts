import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { finishManifest } from '../../experiments/run/finish-manifest.ts'
import { isStrategyFile } from '../../experiments/strategies/experiment.ts'
import { EXIT, type ExitCode } from '../../process/failure.ts'
import {
  PHASE,
  type RunOrder,
  type RunReport,
  SHARED,
  SHARED_BYTES,
  type WorkerCommand,
  type WorkerMessage,
} from './run-order.ts'

/** Who is told how runs go; `at` is the place of a run in the list of orders. */
export interface RunListener {
  onStart?(at: number, path: string, steps: number | null): void
  /** Called a few times a second for each run that is under way. */
  onProgress?(at: number, step: number): void
  onEnd?(at: number, report: RunReport): void
}

export interface PoolOptions extends RunListener {
  /** Threads at once; null for one a core. There are never more than runs. */
  readonly parallel: number | null
  /** Stops all runs: those under way keep what they have, the others do not begin. */
  readonly signal: AbortSignal
  /** The compiled program of a thread. */
  readonly workerFile?: string
}

const LOOK_INTERVAL_MS = 250
/** On top of the limit of a decision: a thread that is only slow reports it itself. */
const GRACE_MS = 2_000
/** A strategy's file must have been loaded by then, ms. */
const LOAD_LIMIT_MS = 30_000
/** How long a stopped run may take to write its end, ms. */
const STOP_LIMIT_MS = 5_000
/** Heap of a thread, MB: a strategy that hoards ends its own run. */
const MAX_HEAP_MB = 512

/**
 * Makes runs in threads, in the order of the list, and resolves when all have ended. A run that fails does not disturb the
 * others. A thread whose strategy does not return is ended from outside, and so is one that is out of memory.
 * @returns the reports in the order of the orders
 */
export async function makeRuns(
  orders: readonly RunOrder[],
  { parallel, signal, workerFile = resolve(import.meta.dirname, 'run-worker.js'), ...listener }: PoolOptions,
): Promise<readonly RunReport[]> {
  const reports = new Array<RunReport>(orders.length)
  let next = 0

  async function workOff(): Promise<void> {
    let thread: RunThread | null = null
    try {
      while (next < orders.length) {
        const at = next++
        const order = orders[at] as RunOrder
        thread ??= openThread(workerFile)
        const report = signal.aborted ? notBegun(signal) : await thread.make(order, at, listener, signal)
        reports[at] = report
        listener.onEnd?.(at, report)
        // Modules of a user are loaded once a thread, and may keep state: each of their runs has a thread of its own.
        if (!thread.isAlive || isStrategyFile(order.experiment)) {
          await thread.close()
          thread = null
        }
      }
    } finally {
      await thread?.close()
    }
  }

  const threads = Math.min(parallel ?? availableParallelism(), orders.length)
  await Promise.all(Array.from({ length: threads }, workOff))
  return reports
}

interface RunThread {
  readonly isAlive: boolean
  make(order: RunOrder, at: number, listener: RunListener, signal: AbortSignal): Promise<RunReport>
  close(): Promise<void>
}

function openThread(workerFile: string): RunThread {
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
        : `its thread has failed: ${error.stack ?? String(error)}`
  })
  const tell = (command: WorkerCommand) => worker.postMessage(command)

  function make(order: RunOrder, at: number, listener: RunListener, signal: AbortSignal): Promise<RunReport> {
    return new Promise((settle) => {
      let path: string | null = null
      let stopAtMs: number | null = null
      const watch = createWatch(shared, order)
      Atomics.store(shared, SHARED.step, 0)
      Atomics.store(shared, SHARED.phase, PHASE.waiting)

      const onMessage = (message: WorkerMessage) => {
        if (message.kind === 'ended') return finish(message.report)
        path = message.path
        listener.onStart?.(at, message.path, message.steps)
      }
      const onExit = () => {
        isAlive = false
        finish(endedReport(path, shared, order, watch.verdict, failure))
      }
      const onAbort = () => {
        stopAtMs = performance.now() + STOP_LIMIT_MS
        tell({ kind: 'stop', reason: (signal.reason as Error).message })
      }
      const timer = setInterval(() => {
        if (path !== null) listener.onProgress?.(at, Atomics.load(shared, SHARED.step))
        const isLate = stopAtMs !== null && performance.now() > stopAtMs
        if (watch.hangs() || isLate) void worker.terminate()
      }, LOOK_INTERVAL_MS)
      function finish(report: RunReport): void {
        clearInterval(timer)
        signal.removeEventListener('abort', onAbort)
        worker.off('message', onMessage).off('exit', onExit)
        settle(report)
      }

      worker.on('message', onMessage).on('exit', onExit)
      if (!isAlive) return onExit()
      signal.addEventListener('abort', onAbort, { once: true })
      tell({ kind: 'run', order })
    })
  }

  worker.on('exit', () => {
    isAlive = false
  })
  return {
    get isAlive() {
      return isAlive
    },
    make,
    close: async () => void (await worker.terminate()),
  }
}

/** Tells when the strategy's code has not returned for too long. */
function createWatch(
  shared: Int32Array,
  { decisionLimitMs }: RunOrder,
): { readonly verdict: string | null; hangs(): boolean } {
  let seen = ''
  let seenAtMs = performance.now()
  let verdict: string | null = null
  return {
    get verdict() {
      return verdict
    },
    hangs: () => {
      const [step, phase] = [Atomics.load(shared, SHARED.step), Atomics.load(shared, SHARED.phase)]
      const now = performance.now()
      if (seen !== `${step} ${phase}`) {
        seen = `${step} ${phase}`
        seenAtMs = now
      }
      if (phase === PHASE.waiting) return false
      const limitMs = phase === PHASE.loading ? LOAD_LIMIT_MS : decisionLimitMs
      if (now - seenAtMs < limitMs + GRACE_MS) return false
      verdict =
        phase === PHASE.loading
          ? `its file was not loaded within ${LOAD_LIMIT_MS / 1_000} s`
          : `it did not answer step ${step}: the limit is ${limitMs} ms`
      return true
    },
  }
}

/** The report of a run whose thread was ended from outside or has died. */
function endedReport(
  path: string | null,
  shared: Int32Array,
  { experiment }: RunOrder,
  verdict: string | null,
  failure: string | null,
): RunReport {
  const what = verdict ?? failure ?? 'its thread has ended: it must not call process.exit'
  const reason = `${experiment}: ${what}`
  const inStrategy = Atomics.load(shared, SHARED.phase) !== PHASE.waiting
  const exitCode: ExitCode = inStrategy ? EXIT.configuration : EXIT.internal
  if (path === null) return { kind: 'refused', exitCode, reason }
  const kind = verdict !== null ? 'strategy_too_slow' : inStrategy ? 'strategy_failed' : 'failed'
  return { kind: 'recorded', run: { ...finishManifest(path, kind, reason), exitCode } }
}

function notBegun(signal: AbortSignal): RunReport {
  return { kind: 'refused', exitCode: EXIT.ok, reason: (signal.reason as Error).message }
}
