import { Failure } from '../../process/failure.ts'
import { RequestRefused } from '../session/errors.ts'
import { NotReady } from '../supervisor/state.ts'

/**
 * Which fetches may reach the gateway. The functions below take the state and the monotonic time, and return the next
 * state.
 *
 * - `closed`: all may. `failures` is how many have failed in a row.
 * - `open`: none may until `untilMs`.
 * - `half_open`: one may, as a trial; the others are rejected while it runs.
 */
export type BreakerState =
  | { readonly name: 'closed'; readonly failures: number }
  | { readonly name: 'open'; readonly untilMs: number }
  | { readonly name: 'half_open'; readonly isTrialRunning: boolean }

/** What one symbol's fetch says about the gateway. */
export type FetchVerdict =
  /** It served data. */
  | 'served'
  /** It served no data, but should have. */
  | 'failed'
  /** Neither: no such contract, no subscription, stopped by this program. */
  | 'inconclusive'

export interface BreakerLimits {
  readonly failuresToOpen: number
  readonly openMs: number
}

export const CLOSED: BreakerState = { name: 'closed', failures: 0 }

/** An open breaker becomes half open once its time is up; other states do not change. */
export function stateAt(state: BreakerState, nowMs: number): BreakerState {
  return state.name === 'open' && nowMs >= state.untilMs
    ? { name: 'half_open', isTrialRunning: false }
    : state
}

/** The state after a fetch is let through; null if it is rejected. */
export function admit(state: BreakerState): BreakerState | null {
  if (state.name === 'closed') return state
  return state.name === 'half_open' && !state.isTrialRunning
    ? { name: 'half_open', isTrialRunning: true }
    : null
}

/** The state after the end of a fetch that was let through. */
export function afterFetch(
  state: BreakerState,
  verdict: FetchVerdict,
  { nowMs, limits }: { nowMs: number; limits: BreakerLimits },
): BreakerState {
  const open: BreakerState = { name: 'open', untilMs: nowMs + limits.openMs }
  if (verdict === 'served') return CLOSED
  if (state.name === 'half_open') {
    // After an inconclusive trial, fetches go through again, but the next failure reopens the breaker.
    return verdict === 'failed' ? open : { name: 'closed', failures: limits.failuresToOpen - 1 }
  }
  if (state.name === 'open' || verdict === 'inconclusive') return state
  const failures = state.failures + 1
  return failures >= limits.failuresToOpen ? open : { name: 'closed', failures }
}

/**
 * The verdict on a fetch that threw. An unknown symbol or contract, a missing subscription or a full disk says nothing
 * about the gateway; a gateway that is not ready is the supervisor's job; every other error is a failure.
 */
export function verdictOfError(error: unknown): FetchVerdict {
  if (error instanceof NotReady || error instanceof Failure) return 'inconclusive'
  if (error instanceof RequestRefused) {
    const { kind } = error.notice
    return kind === 'contract' || kind === 'entitlement' ? 'inconclusive' : 'failed'
  }
  return 'failed'
}
