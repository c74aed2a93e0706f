import type { Clock } from '../../market/clock.ts'

export interface RetryPolicy {
  /** The wait before the second try, before the third, and so on, ms. */
  readonly waitsMs: readonly number[]
  /** Each wait is drawn at random from this share below it to this share above it. */
  readonly jitterFraction: number
}

/** Within a cycle: 2 s, 4 s, 8 s, each a quarter more or less. */
export const CYCLE_RETRIES: RetryPolicy = { waitsMs: [2_000, 4_000, 8_000], jitterFraction: 0.25 }

/**
 * Repeats an action until it succeeds. Throws the last error when the tries are used up, when the error is not worth a
 * retry, or when the next wait would end after the deadline (monotonic ms); the signal's reason when that is aborted
 * during a wait. `random` is from 0 to 1, 1 excluded.
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
