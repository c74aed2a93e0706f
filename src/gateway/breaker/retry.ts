import type { Clock } from '../../market/clock.ts'

/** What one try brought. */
export type Outcome<Result> = { readonly result: Result } | { readonly error: unknown }

export interface RetryPolicy<Result> {
  /** Wait before the second try, the third, …, ms; so many tries follow the first. */
  readonly waitsMs: readonly number[]
  /** Each wait is drawn within this share of it, up and down. */
  readonly jitterFraction: number
  /** Whether a further try can be of use. */
  again(outcome: Outcome<Result>): boolean
}

/** Inside a cycle: 2 s, 4 s, 8 s, each a quarter more or less. */
export const CYCLE_WAITS = { waitsMs: [2_000, 4_000, 8_000], jitterFraction: 0.25 } as const

export interface RetryEnv {
  readonly clock: Clock
  /** From 0 to 1, 1 excluded. */
  readonly random: () => number
  readonly signal: AbortSignal
  /** Monotonic ms: no wait begins that would end after it. */
  readonly deadlineAtMs: number
}

/**
 * Tries until it has worked, the tries are used up, or the deadline is too near: then the last outcome stands, thrown
 * or returned. Rejects with the signal's reason when that is aborted during a wait.
 */
export async function retrying<Result>(
  action: (attempt: number) => Promise<Result>,
  policy: RetryPolicy<Result>,
  env: RetryEnv,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await outcomeOf(() => action(attempt))
    const waitMs = policy.waitsMs[attempt - 1]
    const drawnMs = (waitMs ?? 0) * (1 + policy.jitterFraction * (2 * env.random() - 1))
    const isInTime = env.clock.monotonicMs() + drawnMs < env.deadlineAtMs
    if (waitMs === undefined || !isInTime || env.signal.aborted || !policy.again(outcome)) {
      if ('error' in outcome) throw outcome.error
      return outcome.result
    }
    await env.clock.sleep(drawnMs, env.signal)
  }
}

async function outcomeOf<Result>(action: () => Promise<Result>): Promise<Outcome<Result>> {
  try {
    return { result: await action() }
  } catch (error) {
    return { error }
  }
}
