import CircuitBreaker from 'opossum'
import { z } from 'zod'
import type { Clock } from '../../market/clock.ts'
import type { EpochMs } from '../../market/units.ts'
import { abortable } from '../../process/abortable.ts'
import { createTurns } from '../session/requests/turns.ts'
import { type FetchVerdict, verdictOfError } from './verdict.ts'

export const breakerOptions = z.strictObject({
  failuresToOpen: z
    .int()
    .min(1)
    .max(1_000)
    .default(5)
    .describe(
      'Attempts to fetch a symbol that fail in a row before its breaker opens and no further one is sent. A slot has four: the first and three retries.',
    ),
  openMs: z
    .int()
    .min(100)
    .max(3_600_000)
    .default(60_000)
    .describe('How long the breaker stays open, ms; then one attempt is let through as a trial.'),
  fetchTimeoutMs: z
    .int()
    .min(100)
    .max(3_600_000)
    .default(290_000)
    .describe('Time limit of one attempt, ms; after it the attempt is stopped and counts as failed.'),
})
export type BreakerOptions = z.output<typeof breakerOptions>

/** Opossum's states, as health and metrics name them. */
export type BreakerState = 'closed' | 'open' | 'half_open'

/** The breaker is open for longer than the caller has time: nothing was sent. */
export class BreakerOpen extends Error {
  constructor(leftMs: number, lastFailure: string | null) {
    const seconds = Math.max(1, Math.ceil(leftMs / 1_000))
    const last = lastFailure === null ? '' : ` (the last: ${lastFailure})`
    super(`too many attempts have failed${last}: none is sent to the gateway for another ${seconds} s`)
    this.name = 'BreakerOpen'
  }
}

/** An attempt that did not end within its time limit. */
export class FetchTimedOut extends Error {
  constructor(timeoutMs: number) {
    super(`the fetch did not end within ${timeoutMs} ms`)
    this.name = 'FetchTimedOut'
  }
}

/** Stops sending one symbol's fetches to the gateway after several consecutive failures. */
export interface Breaker {
  state(): BreakerState
  /** When it entered its state. */
  since(): EpochMs
  /** Attempts that have failed in a row. */
  failures(): number
  /**
   * Makes one attempt, after the one that is running; `verdictOf` decides what its result says about the gateway. An
   * open breaker is waited for: the attempt is its trial. Rejects with BreakerOpen when it stays open until the
   * deadline (monotonic ms), with FetchTimedOut, or with what the attempt throws. The signal given to the attempt is
   * aborted at its time limit and with the caller's.
   */
  fire<Result>(
    attempt: (signal: AbortSignal) => Promise<Result>,
    verdictOf: (result: Result) => FetchVerdict,
    caller: { readonly signal: AbortSignal; readonly deadlineAtMs: number },
  ): Promise<Result>
  counters(): BreakerCounters
  /** Releases the library's timers. Calling it again has no effect. */
  close(): void
}

interface BreakerCounters {
  /** How often it has opened. */
  readonly opened: number
  /** Attempts rejected without being sent. */
  readonly rejected: number
  readonly failed: number
}

/** Window of opossum's statistics, which are not used. */
const STATISTICS_WINDOW_MS = 10_000

/**
 * What an attempt came to. The circuit settles only with this, so that the library sees the verdict and nothing else:
 * one that is not `served` is thrown, and `errorFilter` passes those that are inconclusive.
 */
class Outcome<Result> {
  readonly verdict: FetchVerdict
  readonly settled: { readonly result: Result } | { readonly error: unknown }

  constructor(verdict: FetchVerdict, settled: { readonly result: Result } | { readonly error: unknown }) {
    this.verdict = verdict
    this.settled = settled
  }
}

/**
 * Opossum's own state and reset timer decide. Our part only counts consecutive failures, which opossum does not, and
 * calls `open()`. Its timer is the machine's: on a clock of another speed it takes `machineMs` of the time that it is
 * open. Results of attempts that began before it opened would change its state, so there is one attempt at a time.
 */
export function openBreaker(options: BreakerOptions, { clock }: { readonly clock: Clock }): Breaker {
  const counts = { opened: 0, rejected: 0, failed: 0 }
  const turns = createTurns(async () => {})
  /** Opossum reads `resetTimeout` whenever it opens. */
  const settings = settingsOf(clock.machineMs(options.openMs))
  const circuit: Circuit = new CircuitBreaker((attempt: Attempt) => attempt(), settings)
  let failures = 0
  let lastFailure: string | null = null
  let since = clock.now()
  let openedAtMs = 0

  circuit.on('failure', (outcome: unknown) => {
    counts.failed += 1
    failures += 1
    lastFailure = messageOf(outcome)
    if (failures >= options.failuresToOpen) circuit.open()
  })
  circuit.on('success', (outcome: unknown) => {
    // An error that the filter passes is a success to opossum: it closes a half-open circuit.
    if (outcome instanceof Outcome && outcome.verdict === 'served') failures = 0
  })
  circuit.on('open', () => {
    counts.opened += 1
    openedAtMs = clock.monotonicMs()
    since = clock.now()
    // After an inconclusive trial the circuit is closed, and the next failure opens it again.
    failures = options.failuresToOpen - 1
  })
  const changed = () => {
    since = clock.now()
  }
  circuit.on('halfOpen', changed)
  circuit.on('close', changed)

  /** Waits while the circuit is open; throws BreakerOpen if it will be until the deadline. */
  async function untilTried(signal: AbortSignal, deadlineAtMs: number): Promise<void> {
    if (!circuit.opened) return
    const leftMs = openedAtMs + options.openMs - clock.monotonicMs()
    const waitMs = deadlineAtMs - clock.monotonicMs()
    if (leftMs < waitMs) await halfOpenOrAfter(waitMs, signal)
    if (!circuit.opened) return
    counts.rejected += 1
    throw new BreakerOpen(openedAtMs + options.openMs - clock.monotonicMs(), lastFailure)
  }

  /** Rejects with the signal's reason. */
  async function halfOpenOrAfter(waitMs: number, signal: AbortSignal): Promise<void> {
    const waiting = abortable(signal)
    const tried = () => waiting.abort(new Error('the breaker is half open'))
    circuit.once('halfOpen', tried)
    try {
      await clock.sleep(waitMs, waiting.signal).catch(() => {})
      signal.throwIfAborted()
    } finally {
      circuit.off('halfOpen', tried)
      waiting.release()
    }
  }

  /**
   * Our own time limit, on the injected clock. Without it, a trial that hangs would keep the breaker half open for
   * ever.
   */
  async function withLimit<Result>(
    attempt: (signal: AbortSignal) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    const limited = abortable(signal)
    const settled = new AbortController()
    const timedOut = clock.sleep(options.fetchTimeoutMs, settled.signal).then(() => {
      const error = new FetchTimedOut(options.fetchTimeoutMs)
      limited.abort(error)
      throw error
    })
    try {
      return await Promise.race([attempt(limited.signal), timedOut])
    } finally {
      settled.abort()
      limited.release()
    }
  }

  return {
    state: () => (circuit.opened ? 'open' : circuit.halfOpen ? 'half_open' : 'closed'),
    since: () => since,
    failures: () => failures,
    counters: () => ({ ...counts }),
    close: () => {
      if (!circuit.isShutdown) circuit.shutdown()
    },
    fire: <Result>(
      attempt: (signal: AbortSignal) => Promise<Result>,
      verdictOf: (result: Result) => FetchVerdict,
      { signal, deadlineAtMs }: { readonly signal: AbortSignal; readonly deadlineAtMs: number },
    ): Promise<Result> =>
      turns.take(async () => {
        signal.throwIfAborted()
        await untilTried(signal, deadlineAtMs)
        settings.resetTimeout = clock.machineMs(options.openMs)
        const settled = await circuit
          .fire(async () => {
            const outcome = await outcomeOf(() => withLimit(attempt, signal), verdictOf, signal)
            if (outcome.verdict !== 'served') throw outcome
            return outcome
          })
          .catch((thrown: unknown) => thrown)
        if (!(settled instanceof Outcome)) throw settled
        const outcome = settled as Outcome<Result>
        if ('error' in outcome.settled) throw outcome.settled.error
        return outcome.settled.result
      }, signal),
  }
}

type Attempt = () => Promise<unknown>
type Circuit = CircuitBreaker<[Attempt], unknown>

/** Never rejects. What a stop of the caller ends says nothing about the gateway. */
async function outcomeOf<Result>(
  run: () => Promise<Result>,
  verdictOf: (result: Result) => FetchVerdict,
  signal: AbortSignal,
): Promise<Outcome<Result>> {
  try {
    const result = await run()
    return new Outcome<Result>(verdictOf(result), { result })
  } catch (error) {
    return new Outcome<Result>(signal.aborted ? 'inconclusive' : verdictOfError(error), { error })
  }
}

function messageOf(outcome: unknown): string | null {
  if (!(outcome instanceof Outcome) || !('error' in outcome.settled)) return null
  const { error } = outcome.settled
  return error instanceof Error ? error.message : String(error)
}

/**
 * Opossum opens on a percentage of failures in a window, which must never happen here: the volume it needs is out of
 * reach. It has no time limit, because ours is on the injected clock and always settles the attempt.
 */
function settingsOf(resetTimeoutMs: number): CircuitBreaker.Options<[Attempt]> {
  return {
    timeout: false,
    resetTimeout: resetTimeoutMs,
    errorFilter: (outcome: unknown) => outcome instanceof Outcome && outcome.verdict === 'inconclusive',
    errorThresholdPercentage: 100,
    volumeThreshold: Number.MAX_SAFE_INTEGER,
    rollingCountTimeout: STATISTICS_WINDOW_MS,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
  }
}
