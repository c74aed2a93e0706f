import { RequestRefused } from '../session/errors.ts'
import { NotReady } from '../supervisor/state.ts'

/**
 * When fetches may reach the wire. Pure over a given monotonic now.
 *
 * - `closed`: all may. `failures` is how many have failed in a row.
 * - `open`: none may until `untilMs`.
 * - `half_open`: one may, the trial; the others are turned away while it runs.
 */
export type BreakerState =
  | { readonly name: 'closed'; readonly failures: number }
  | { readonly name: 'open'; readonly untilMs: number }
  | { readonly name: 'half_open'; readonly onTrial: boolean }

/** What one symbol's fetch has shown of the gateway. */
export type FetchVerdict =
  /** It served. */
  | 'served'
  /** It did not, and that was its fault. */
  | 'failed'
  /** Nothing either way: no such contract, no entitlement, stopped by us. */
  | 'proved_nothing'

export interface BreakerLimits {
  readonly failuresToOpen: number
  readonly openMs: number
}

export const CLOSED: BreakerState = { name: 'closed', failures: 0 }

/** The same state at a later time: an open breaker becomes half open when its time is over. */
export function atTime(state: BreakerState, nowMs: number): BreakerState {
  return state.name === 'open' && nowMs >= state.untilMs ? { name: 'half_open', onTrial: false } : state
}

/** The state after a fetch has been let through; null where none may. */
export function admitted(state: BreakerState): BreakerState | null {
  if (state.name === 'closed') return state
  return state.name === 'half_open' && !state.onTrial ? { name: 'half_open', onTrial: true } : null
}

/** The state after a fetch that it had let through. */
export function judged(
  state: BreakerState,
  verdict: FetchVerdict,
  { nowMs, limits }: { nowMs: number; limits: BreakerLimits },
): BreakerState {
  const open: BreakerState = { name: 'open', untilMs: nowMs + limits.openMs }
  if (verdict === 'served') return CLOSED
  if (state.name === 'half_open') {
    // A trial that proves nothing lets the others through, and the next failure opens again.
    return verdict === 'failed' ? open : { name: 'closed', failures: limits.failuresToOpen - 1 }
  }
  if (state.name === 'open' || verdict === 'proved_nothing') return state
  const failures = state.failures + 1
  return failures >= limits.failuresToOpen ? open : { name: 'closed', failures }
}

/**
 * What an error of a fetch shows. "No such contract" and entitlements are facts about contracts; a gateway that was not
 * ready is the keeper's business; everything else counts.
 */
export function verdictOfError(error: unknown): FetchVerdict {
  if (error instanceof NotReady) return 'proved_nothing'
  if (error instanceof RequestRefused) {
    const { kind } = error.notice
    return kind === 'contract' || kind === 'entitlement' ? 'proved_nothing' : 'failed'
  }
  return 'failed'
}
