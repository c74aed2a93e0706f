import type { Clock } from '../../market/clock.ts'

export interface RetryPolicy {
  /** Waits before the second attempt, the third, and so on, ms. */
  readonly waitsMs: readonly number[]
  /** Each wait varies at random by up to this fraction, up or down. */
  readonly jitterFraction: number
}

/** Within a cycle: 2 s, 4 s, 8 s, each ±25 %. */
export const CYCLE_RETRIES: RetryPolicy = { waitsMs: [2_000, 4_000, 8_000], jitterFraction: 0.25 }

/**
 * Repeats an action until it succeeds. Throws the last error once the attempts are used up, if the error is not
 * retryable, or if the next wait would end after the deadline (monotonic ms). Throws the signal's reason if the
 * signal is aborted during a wait. `random` returns a value in [0, 1).
 */
export async function retry<Result>(
  action: (attempt: number) => Promise<Result>,
  { waitsMs, jitterFraction, isRetryable }: RetryPolicy & { isRetryable: (error: unknown) => boolean },
  {
    clock,
    random,
    signal,
    deadlineAtMs,
  }: { clock: Clock; random: () => number; signal: AbortSignal; deadlineAtMs: number },
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action(attempt)
    } catch (error) {
      const waitMs = waitsMs[attempt - 1]
      if (waitMs === undefined || signal.aborted || !isRetryable(error)) throw error
      const drawnMs = waitMs * (1 + jitterFraction * (2 * random() - 1))
      if (clock.monotonicMs() + drawnMs >= deadlineAtMs) throw error
      await clock.sleep(drawnMs, signal)
    }
  }
}
