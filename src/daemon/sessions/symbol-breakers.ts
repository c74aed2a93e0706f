import type { FetchAttempt } from '../../capture/session-source.ts'
import { type FetchedSymbol, verdictOf } from '../../capture/symbol/fetched-symbol.ts'
import { type Breaker, BreakerOpen, type BreakerOptions, openBreaker } from '../../gateway/breaker/breaker.ts'
import { CYCLE_RETRIES, retry } from '../../gateway/breaker/retry.ts'
import { NotReady } from '../../gateway/supervisor/state.ts'
import type { Clock } from '../../market/clock.ts'
import { Failure } from '../../process/failure.ts'
import type { BreakerStatus } from '../../serve/health/snapshot.ts'

/** A breaker for each symbol between the cycles and the gateway, with retries within a cycle. */
export interface SymbolBreakers {
  /**
   * Makes an attempt, and again after each failure while there is time before the deadline (monotonic ms): four in
   * all, and then one each time that the breaker, which has opened, lets a trial through. Each counts.
   */
  fetch(symbol: string, attempt: FetchAttempt, deadlineAtMs: number): Promise<FetchedSymbol>
  /** The state of each symbol's breaker. */
  states(): ReadonlyMap<string, BreakerStatus>
  close(): void
}

/** Errors that a retry cannot fix. */
const isFinal = (error: unknown) =>
  error instanceof Failure || error instanceof NotReady || error instanceof BreakerOpen

const RETRIES = { ...CYCLE_RETRIES, isRetryable: (error: unknown) => !isFinal(error) }

/**
 * A symbol whose chain the gateway cannot list does not stop the others, and after an outage each symbol has a trial
 * of its own.
 */
export function openSymbolBreakers(
  symbols: readonly string[],
  {
    clock,
    signal,
    options,
    random,
  }: {
    readonly clock: Clock
    readonly signal: AbortSignal
    readonly options: BreakerOptions
    /** Returns a value in [0, 1). */
    readonly random: () => number
  },
): SymbolBreakers {
  const breakers = new Map<string, Breaker>(
    symbols.map((symbol) => [symbol, openBreaker(options, { clock })]),
  )

  return {
    fetch: async (symbol, attempt, deadlineAtMs) => {
      const breaker = breakers.get(symbol)
      if (!breaker) throw new RangeError(`no breaker for ${symbol}`)
      const once = () => breaker.fire(attempt, verdictOf, { signal, deadlineAtMs })
      for (;;) {
        try {
          return await retry(once, RETRIES, { clock, random, signal, deadlineAtMs })
        } catch (error) {
          // While the breaker opens again after every trial, it decides how far apart the attempts are.
          if (isFinal(error) || signal.aborted || breaker.state() !== 'open') throw error
        }
      }
    },
    states: () =>
      new Map([...breakers].map(([symbol, one]) => [symbol, { state: one.state(), since: one.since() }])),
    close: () => {
      for (const breaker of breakers.values()) breaker.close()
    },
  }
}
