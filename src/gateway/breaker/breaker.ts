import CircuitBreaker from 'opossum'
import { z } from 'zod'
import type { Clock } from '../../market/clock.ts'
import { abortable } from '../../process/abortable.ts'
import {
  admit,
  afterFetch,
  type BreakerState,
  CLOSED,
  type FetchVerdict,
  stateAt,
  verdictOfError,
} from './policy.ts'

export const breakerOptions = z.strictObject({
  failuresToOpen: z
    .int()
    .min(1)
    .max(1_000)
    .default(5)
    .describe('Fetches that fail in a row before the breaker opens and no further one is sent.'),
  openMs: z
    .int()
    .min(100)
    .max(3_600_000)
    .default(60_000)
    .describe('How long the breaker stays open, ms; then one fetch is let through as a trial.'),
  fetchTimeoutMs: z
    .int()
    .min(100)
    .max(3_600_000)
    .default(290_000)
    .describe("Time limit of one symbol's fetch, ms; after it the fetch is stopped and counts as failed."),
})
export type BreakerOptions = z.output<typeof breakerOptions>

/** The breaker is open: the fetch was rejected and nothing was sent. */
export class BreakerOpen extends Error {
  constructor(state: BreakerState, nowMs: number) {
    const seconds = state.name === 'open' ? Math.max(1, Math.ceil((state.untilMs - nowMs) / 1_000)) : null
    super(
      seconds === null
        ? 'too many fetches have failed: one trial fetch is running, and no other is sent until it ends'
        : `too many fetches have failed: none is sent to the gateway for another ${seconds} s`,
    )
    this.name = 'BreakerOpen'
  }
}

/** A fetch that did not end within its time limit. */
export class FetchTimedOut extends Error {
  constructor(timeoutMs: number) {
    super(`the fetch did not end within ${timeoutMs} ms`)
    this.name = 'FetchTimedOut'
  }
}

/** Stops sending one symbol's fetches to the gateway after several consecutive failures. */
export interface Breaker {
  /** The state now. An open breaker becomes half open as time passes. */
  state(): BreakerState
  /**
   * Runs one fetch, its retries included; `verdictOf` decides what its result says about the gateway. Rejects with
   * BreakerOpen before anything is sent, with FetchTimedOut, or with what the fetch throws. The signal given to the
   * fetch is aborted at its time limit.
   */
  fire<Result>(
    fetch: (signal: AbortSignal) => Promise<Result>,
    verdictOf: (result: Result) => FetchVerdict,
    signal: AbortSignal,
  ): Promise<Result>
  counters(): BreakerCounters
  /** Releases the library's timers. Calling it again has no effect. */
  close(): void
}

interface BreakerCounters {
  /** How often it has opened. */
  readonly opened: number
  /** Fetches rejected without being sent. */
  readonly rejected: number
  readonly failed: number
}

/** Opossum's timer uses the machine's time. It is only a safety net, set this much later than our own deadline. */
const SAFETY_NET_MS = 5_000
/** Window of opossum's statistics, which are not used. */
const STATISTICS_WINDOW_MS = 10_000

/** Thrown so that opossum counts a fetch that returned a result as failed. */
class FailedResult extends Error {}

/**
 * Opossum opens on a percentage of failures, so the policy counts consecutive failures and opens the circuit itself.
 * An open circuit is replaced when its time is up: the new one starts half open, timed by our clock rather than the
 * machine's, and a fetch still running on the old one cannot close it.
 */
export function openBreaker(options: BreakerOptions, { clock }: { clock: Clock }): Breaker {
  const counts = { opened: 0, rejected: 0, failed: 0 }
  let state: BreakerState = CLOSED
  let circuit = newCircuit(options, 'closed')

  function refresh(): BreakerState {
    const now = stateAt(state, clock.monotonicMs())
    if (now !== state) {
      circuit.shutdown()
      circuit = newCircuit(options, 'half_open')
      state = now
    }
    return state
  }

  function settle(ranOn: Circuit, verdict: FetchVerdict): void {
    if (verdict === 'failed') counts.failed += 1
    // A fetch that began before the breaker opened says nothing about the gateway as it is now.
    if (ranOn !== circuit || state.name === 'open') return
    state = afterFetch(state, verdict, { nowMs: clock.monotonicMs(), limits: options })
    if (state.name !== 'open') return
    counts.opened += 1
    circuit.open()
  }

  /**
   * Our own deadline, on the injected clock. Without it, a trial fetch that hangs would keep the breaker half open
   * forever.
   */
  async function withDeadline<Result>(
    fetch: (signal: AbortSignal) => Promise<Result>,
    signals: readonly AbortSignal[],
  ): Promise<Result> {
    const limited = abortable(...signals)
    const settled = new AbortController()
    const timedOut = clock.sleep(options.fetchTimeoutMs, settled.signal).then(() => {
      const error = new FetchTimedOut(options.fetchTimeoutMs)
      limited.abort(error)
      throw error
    })
    try {
      return await Promise.race([fetch(limited.signal), timedOut])
    } finally {
      settled.abort()
      limited.release()
    }
  }

  return {
    state: refresh,
    counters: () => ({ ...counts }),
    close: () => circuit.shutdown(),
    fire: async <Result>(
      fetch: (signal: AbortSignal) => Promise<Result>,
      verdictOf: (result: Result) => FetchVerdict,
      signal: AbortSignal,
    ): Promise<Result> => {
      signal.throwIfAborted()
      const next = admit(refresh())
      if (!next) {
        counts.rejected += 1
        throw new BreakerOpen(state, clock.monotonicMs())
      }
      state = next
      const ranOn = circuit
      let outcome: { result: Result } | undefined
      const attempt: Attempt = async () => {
        const safetyNet = (ranOn as WithSignal).getSignal()
        const result = await withDeadline(fetch, safetyNet ? [signal, safetyNet] : [signal])
        outcome = { result }
        if (verdictOf(result) === 'failed') throw new FailedResult()
      }
      try {
        await ranOn.fire(attempt)
      } catch (error) {
        if (!(error instanceof FailedResult)) {
          settle(ranOn, signal.aborted ? 'inconclusive' : verdictOfError(error))
          throw error
        }
      }
      const { result } = outcome as { result: Result }
      settle(ranOn, verdictOf(result))
      return result
    },
  }
}

type Attempt = () => Promise<void>
type Circuit = CircuitBreaker<[Attempt], void>
/** Opossum's types are a version behind its code. */
type WithSignal = Circuit & { getSignal(): AbortSignal | undefined }

function newCircuit(options: BreakerOptions, initialState: 'closed' | 'half_open'): Circuit {
  return new CircuitBreaker((attempt: Attempt) => attempt(), {
    timeout: options.fetchTimeoutMs + SAFETY_NET_MS,
    // Neither can be reached: the policy opens the circuit, and an open one is replaced rather than reset.
    errorThresholdPercentage: 100,
    volumeThreshold: Number.MAX_SAFE_INTEGER,
    resetTimeout: 2 ** 31 - 1,
    rollingCountTimeout: STATISTICS_WINDOW_MS,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    // After the safety net has stopped a fetch, the next one must not begin with an aborted signal.
    autoRenewAbortController: true,
    ...(initialState === 'half_open' && { state: { closed: false, halfOpen: true } }),
  } as CircuitBreaker.Options<[Attempt]>)
}
