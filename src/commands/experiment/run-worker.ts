import { parentPort, workerData } from 'node:worker_threads'
import { addressText } from '../../experiments/client/address.ts'
import { openExchangeVenue } from '../../experiments/client/exchange-venue.ts'
import type { Manifest } from '../../experiments/files/manifest.ts'
import { type RecordedRun, recordRun } from '../../experiments/run/recorded-run.ts'
import { MAX_INVENTORY } from '../../experiments/run/settings.ts'
import { findExperiment } from '../../experiments/strategies/experiment.ts'
import { systemClock } from '../../market/clock.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { EmbeddedExchange } from './embedded-exchange.ts'
import {
  BEAT_INTERVAL_MS,
  PHASE,
  type RunOrder,
  type RunReport,
  SHARED,
  type WorkerCommand,
  type WorkerMessage,
} from './run-order.ts'
import type { TwsGateway } from './tws-gateway.ts'

// A thread that makes runs, one after the other. Its pool watches the shared memory and ends it when a strategy never returns.

const shared = new Int32Array(workerData as SharedArrayBuffer)
const stopping = new AbortController()

// Not a reason for the thread to go on.
setInterval(() => Atomics.add(shared, SHARED.beats, 1), BEAT_INTERVAL_MS).unref()

function tell(message: WorkerMessage): void {
  parentPort?.postMessage(message)
}

parentPort?.on('message', (command: WorkerCommand) => {
  if (command.kind === 'stop') stopping.abort(new Error(command.reason))
  else void make(command.order).then((report) => tell({ kind: 'ended', report }))
})

async function make(order: RunOrder): Promise<RunReport> {
  let embedded: EmbeddedExchange | null = null
  try {
    // Loaded where it is needed: a thread with a user's strategy lives for one run, which may be short.
    if (order.venue.kind === 'embedded') {
      const { openEmbeddedExchange } = await import('./embedded-exchange.ts')
      embedded = await openEmbeddedExchange(order.run, onExchangeError)
    }
    return { kind: 'recorded', run: await makeAt(embedded, order) }
  } catch (error) {
    if (stopping.signal.aborted)
      return { kind: 'refused', exitCode: EXIT.ok, reason: (stopping.signal.reason as Error).message }
    if (error instanceof Failure) return { kind: 'refused', exitCode: error.exitCode, reason: error.message }
    const reason = `unexpected: ${error instanceof Error ? error.stack : String(error)}`
    return { kind: 'refused', exitCode: EXIT.internal, reason }
  } finally {
    await embedded?.close()
  }
}

/** Opened by the first run of this thread over TWS, and kept for the others. */
let gateway: TwsGateway | null = null

async function makeAt(embedded: EmbeddedExchange | null, order: RunOrder): Promise<RecordedRun> {
  const { run, decisionLimitMs, venue } = order
  const { rules, steps, seed } = run
  enter(PHASE.loading, 0)
  const experiment = await findExperiment(run.strategyFile ?? run.experiment)
  enter(PHASE.waiting, 0)
  const scenario = embedded ? run.scenarioId : run.scenario
  // The embedded exchange was opened with seed and steps, so that it takes them under the rules original too.
  const asked = embedded ? { seed: null, steps: null } : { seed, steps }
  const { signal } = stopping
  return recordRun(
    order.folder,
    { scenario, rules, steps, decisionLimitMs, maxInventory: MAX_INVENTORY },
    {
      version: order.version,
      host: hostOf(venue),
      scenarioSha256: embedded?.scenarioSha256 ?? null,
      agentSeeds: embedded?.agentSeeds ?? null,
      configuration: embedded ? { book_levels: embedded.bookLevels } : configurationOf(venue),
    },
    {
      ...{ experiment, signal, clock: systemClock },
      openVenue: async () => {
        if (venue.kind === 'tws') {
          const { openTwsGateway } = await import('./tws-gateway.ts')
          gateway ??= await openTwsGateway(venue.access, signal)
          return gateway.openVenue(signal, (line) => tell({ kind: 'note', line }))
        }
        const access = venue.kind === 'exchange' ? venue.access : embedded?.access
        if (!access) throw new Error('a run without an exchange')
        return openExchangeVenue({
          ...{ access, scenario, ...asked, clock: systemClock, signal },
          answersPings: embedded !== null,
        })
      },
      onStart: (path, started) =>
        tell({ kind: 'started', path, runId: started.runId, steps: steps ?? started.steps }),
      onStrategy: (phase, step) => enter(phase === 'begins' ? PHASE.deciding : PHASE.waiting, step),
    },
  )
}

function enter(phase: (typeof PHASE)[keyof typeof PHASE], step: number): void {
  Atomics.store(shared, SHARED.step, step)
  Atomics.store(shared, SHARED.phase, phase)
}

function hostOf(venue: RunOrder['venue']): Manifest['host'] {
  if (venue.kind === 'embedded') return { kind: 'embedded', address: null, secure: false }
  if (venue.kind === 'tws') return { kind: 'tws', address: venue.access.address, secure: false }
  const { address } = venue.access
  return { kind: 'exchange', address: addressText(address), secure: address.secure }
}

/** Of a run over TWS: what was traded, and how far apart its steps are. Accounts stay out of the files. */
function configurationOf(venue: RunOrder['venue']): Manifest['configuration'] {
  return venue.kind === 'tws' ? { symbol: venue.access.symbol, step_ms: venue.access.stepMs } : {}
}

/** An error of the embedded exchange cuts its run, which then says so; it also ends this thread with its stack. */
function onExchangeError(error: unknown): void {
  throw error
}
