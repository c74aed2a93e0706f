import { type FetchedSymbol, verdictOf } from '../../capture/symbol/fetched-symbol.ts'
import { type Breaker, type BreakerOptions, openBreaker } from '../../gateway/breaker/breaker.ts'
import { CYCLE_RETRIES, retry } from '../../gateway/breaker/retry.ts'
import { NotReady } from '../../gateway/supervisor/state.ts'
import type { Clock } from '../../market/clock.ts'
import { Failure } from '../../process/failure.ts'
import type { BreakerStatus } from '../../serve/health/snapshot.ts'

/** A breaker for each symbol between the cycles and the gateway, with retries within a cycle. */
export interface SymbolBreakers {
  /** Runs a fetch, and again after each failure while there is time before the deadline (monotonic ms). */
  fetch(symbol: string, action: () => Promise<FetchedSymbol>, deadlineAtMs: number): Promise<FetchedSymbol>
  /** The state of each symbol's breaker. */
  states(): ReadonlyMap<string, BreakerStatus>
  close(): void
}

/** Errors that a retry cannot fix. */
const isFinal = (error: unknown) => error instanceof Failure || error instanceof NotReady

const RETRIES = { ...CYCLE_RETRIES, isRetryable: (error: unknown) => !isFinal(error) }

/**
 * A symbol whose chain the gateway cannot list does not stop the others, and after an outage each symbol has a trial
 * fetch of its own.
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
  const seen = new Map<string, BreakerStatus>()

  /** The breaker's state, with the time at which it was first seen. */
  function stateOf(symbol: string, breaker: Breaker): BreakerStatus {
    const { name } = breaker.state()
    const before = seen.get(symbol)
    const state = before?.state === name ? before : { state: name, since: clock.now() }
    seen.set(symbol, state)
    return state
  }

  return {
    fetch: (symbol, action, deadlineAtMs) => {
      const breaker = breakers.get(symbol)
      if (!breaker) throw new RangeError(`no breaker for ${symbol}`)
      const env = { clock, random, signal, deadlineAtMs }
      return breaker.fire(() => retry(action, RETRIES, env), verdictOf, signal)
    },
    states: () => new Map([...breakers].map(([symbol, breaker]) => [symbol, stateOf(symbol, breaker)])),
    close: () => {
      for (const breaker of breakers.values()) breaker.close()
    },
  }
}
