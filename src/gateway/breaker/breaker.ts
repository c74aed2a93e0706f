import CircuitBreaker from 'opossum'
import { z } from 'zod'
import type { Clock } from '../../market/clock.ts'
import { abortable } from '../../process/abortable.ts'
import {
  admitted,
  atTime,
  type BreakerState,
  CLOSED,
  type FetchVerdict,
  judged,
  verdictOfError,
} from './policy.ts'

export const breakerOptions = z.strictObject({
  failuresToOpen: z
    .int()
    .min(1)
    .max(1_000)
    .default(5)
    .describe('Fetches that fail in a row before no further one is sent to the gateway.'),
  openMs: z
    .int()
    .min(100)
    .max(3_600_000)
    .default(60_000)
    .describe('How long none is sent; then one tries, ms.'),
  fetchTimeoutMs: z
    .int()
    .min(100)
    .max(3_600_000)
    .default(290_000)
    .describe("Longest time for one symbol's fetch, ms; it has failed then, and is told to stop."),
})
export type BreakerOptions = z.output<typeof breakerOptions>

/** No fetch is sent to the gateway at the moment. */
export class BreakerOpen extends Error {
  constructor(state: BreakerState, nowMs: number) {
    const seconds = state.name === 'open' ? Math.max(1, Math.ceil((state.untilMs - nowMs) / 1_000)) : null
    super(
      seconds === null
        ? 'too many fetches have failed, and one is just trying whether the gateway serves again'
        : `too many fetches have failed: none is sent to the gateway for another ${seconds} s`,
    )
    this.name = 'BreakerOpen'
  }
}

/** A fetch that did not end in its time. */
export class FetchTimedOut extends Error {
  constructor(timeoutMs: number) {
    super(`the fetch has not ended within ${timeoutMs} ms`)
    this.name = 'FetchTimedOut'
  }
}

/** Stands before the gateway and lets one symbol's fetch through at a time of its choosing. */
export interface Breaker {
  /** As of now; time alone makes an open one half open. */
  state(): BreakerState
  /**
   * Runs one symbol's fetch, its retries included; `verdictOf` judges what it brought. Rejects with BreakerOpen
   * before anything is sent, with FetchTimedOut, or with what the fetch throws. The fetch's signal is aborted when
   * its time is over.
   */
  fire<Result>(
    fetch: (signal: AbortSignal) => Promise<Result>,
    verdictOf: (result: Result) => FetchVerdict,
    signal: AbortSignal,
  ): Promise<Result>
  counters(): BreakerCounters
  /** Gives back what the library holds. Twice is once. */
  close(): void
}

export interface BreakerCounters {
  /** How often it has opened. */
  readonly opened: number
  /** Fetches that were turned away. */
  readonly rejected: number
  readonly failed: number
}

/** Opossum's own timer is in the machine's time: a net under ours, which is the clock's, and so much later. */
const NET_MS = 5_000
/** Of its statistics, which nobody reads. */
const STATISTICS_MS = 10_000

/** A fetch whose result was judged a failure, as the library has to be told. */
class Judged extends Error {}

/**
 * The breaker. Opossum counts percentages; "five in a row" is counted by the policy, which opens it. An open circuit
 * is used up: the next one begins half open when the clock, not the machine, says so; what is still on its way on the
 * old one cannot close the new one.
 */
export function createBreaker(options: BreakerOptions, { clock }: { clock: Clock }): Breaker {
  const counts = { opened: 0, rejected: 0, failed: 0 }
  let state: BreakerState = CLOSED
  let circuit = newCircuit(options, 'closed')

  function refresh(): BreakerState {
    const now = atTime(state, clock.monotonicMs())
    if (now !== state) {
      circuit.shutdown()
      circuit = newCircuit(options, 'half_open')
      state = now
    }
    return state
  }

  function settle(on: CircuitBreaker<[Attempt], void>, verdict: FetchVerdict): void {
    if (verdict === 'failed') counts.failed += 1
    // A fetch of a circuit that is used up says nothing about the gateway of now.
    if (on !== circuit || state.name === 'open') return
    state = judged(state, verdict, { nowMs: clock.monotonicMs(), limits: options })
    if (state.name !== 'open') return
    counts.opened += 1
    circuit.open()
  }

  /** Our own deadline, on the clock: a trial that hangs would otherwise keep the breaker half open for ever. */
  async function withDeadline<Result>(
    fetch: (signal: AbortSignal) => Promise<Result>,
    signals: readonly AbortSignal[],
  ): Promise<Result> {
    const over = abortable(...signals)
    const settled = new AbortController()
    const late = clock.sleep(options.fetchTimeoutMs, settled.signal).then(() => {
      const error = new FetchTimedOut(options.fetchTimeoutMs)
      over.abort(error)
      throw error
    })
    try {
      return await Promise.race([fetch(over.signal), late])
    } finally {
      settled.abort()
      over.release()
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
      const begun = admitted(refresh())
      if (!begun) {
        counts.rejected += 1
        throw new BreakerOpen(state, clock.monotonicMs())
      }
      state = begun
      const on = circuit
      let outcome: { result: Result } | undefined
      const attempt: Attempt = async () => {
        const net = (on as WithSignal).getSignal()
        const result = await withDeadline(fetch, net ? [signal, net] : [signal])
        outcome = { result }
        if (verdictOf(result) === 'failed') throw new Judged()
      }
      try {
        await on.fire(attempt)
      } catch (error) {
        if (!(error instanceof Judged)) {
          settle(on, signal.aborted ? 'proved_nothing' : verdictOfError(error))
          throw error
        }
      }
      const { result } = outcome as { result: Result }
      settle(on, verdictOf(result))
      return result
    },
  }
}

type Attempt = () => Promise<void>
/** The library's types are a version behind it. */
type WithSignal = CircuitBreaker<[Attempt], void> & { getSignal(): AbortSignal | undefined }

function newCircuit(
  options: BreakerOptions,
  begins: 'closed' | 'half_open',
): CircuitBreaker<[Attempt], void> {
  return new CircuitBreaker((attempt: Attempt) => attempt(), {
    timeout: options.fetchTimeoutMs + NET_MS,
    // Both out of reach: it opens when the policy says so, and is replaced rather than reset.
    errorThresholdPercentage: 100,
    volumeThreshold: Number.MAX_SAFE_INTEGER,
    resetTimeout: 2 ** 31 - 1,
    rollingCountTimeout: STATISTICS_MS,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    // After its net has cut a fetch off, the next one must not begin with an aborted signal.
    autoRenewAbortController: true,
    ...(begins === 'half_open' && { state: { closed: false, halfOpen: true } }),
  } as CircuitBreaker.Options<[Attempt]>)
}
