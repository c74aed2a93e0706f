import type { Fetched } from '../capture/fetch-symbol.ts'
import { type Breaker, type BreakerOptions, createBreaker } from '../gateway/breaker/breaker.ts'
import type { FetchVerdict } from '../gateway/breaker/policy.ts'
import { CYCLE_WAITS, type RetryPolicy, retrying } from '../gateway/breaker/retry.ts'
import { NotReady } from '../gateway/supervisor/state.ts'
import { fetchVerdict } from '../harvest/verdict.ts'
import type { Clock } from '../market/clock.ts'
import type { EpochMs } from '../market/units.ts'
import { Failure } from '../process/failure.ts'
import type { BreakerStatus } from '../serve/health/snapshot.ts'

/** What stands between the cycles and the gateway: a breaker for each symbol, and retries within a cycle. */
export interface SymbolBreakers {
  fetch(symbol: string, action: () => Promise<Fetched>, deadlineAtMs: number): Promise<Fetched>
  /** Of each symbol's breaker, as of now. */
  states(): ReadonlyMap<string, BreakerStatus>
  close(): void
}

export interface SymbolBreakersEnv {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly options: BreakerOptions
  /** From 0 to 1, 1 excluded. */
  readonly random: () => number
}

/** Errors that another try cannot mend. */
const isFinal = (error: unknown) => error instanceof Failure || error instanceof NotReady

const RETRIES: RetryPolicy<Fetched> = {
  ...CYCLE_WAITS,
  again: (outcome) => 'error' in outcome && !isFinal(outcome.error),
}

/**
 * One breaker a symbol: a symbol whose chain the gateway cannot list does not keep the others from theirs, and after an
 * outage each has a trial of its own.
 */
export function openSymbolBreakers(
  symbols: readonly string[],
  { clock, signal, options, random }: SymbolBreakersEnv,
): SymbolBreakers {
  const breakers = new Map<string, Breaker>(
    symbols.map((symbol) => [symbol, createBreaker(options, { clock })]),
  )
  const seen = new Map<string, BreakerStatus>()

  function stateOf(symbol: string, breaker: Breaker): BreakerStatus {
    const { name } = breaker.state()
    const before = seen.get(symbol)
    const now = before?.state === name ? before : { state: name, since: clock.now() as EpochMs }
    seen.set(symbol, now)
    return now
  }

  return {
    fetch: (symbol, action, deadlineAtMs) => {
      const breaker = breakers.get(symbol)
      if (!breaker) throw new RangeError(`no breaker for ${symbol}`)
      const env = { clock, random, signal, deadlineAtMs }
      return breaker.fire(() => retrying(action, RETRIES, env), verdictOf, signal)
    },
    states: () => new Map([...breakers].map(([symbol, breaker]) => [symbol, stateOf(symbol, breaker)])),
    close: () => {
      for (const breaker of breakers.values()) breaker.close()
    },
  }
}

/** A fetch that ended with a reason before anything was asked for proved nothing about the gateway. */
function verdictOf(fetched: Fetched): FetchVerdict {
  return 'harvest' in fetched ? fetchVerdict(fetched.harvest) : 'proved_nothing'
}
