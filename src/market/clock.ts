import { setTimeout as delay } from 'node:timers/promises'
import { type EpochMs, epochMs } from './units.ts'

/** The one source of time, passed in. Slots and rows use `now`; waits and rates use `monotonicMs`. */
export interface Clock {
  /** Wall clock, whole milliseconds. May step. */
  now(): EpochMs
  /** Milliseconds from an arbitrary start; never goes back; fractional. */
  monotonicMs(): number
  /** Resolves after `ms` milliseconds of this clock; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /**
   * How many milliseconds of the machine `ms` of this clock take: for a library that has timers of its own. A clock
   * that is moved by hand returns `ms`.
   */
  machineMs(ms: number): number
}

/** The longest time a timer can wait, 24 days: a longer one fires at once. */
const MAX_WAIT_MS = 2_147_483_647

export const systemClock: Clock = {
  now: () => epochMs(Date.now()),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(Math.min(MAX_WAIT_MS, Math.max(0, ms)), undefined, signal ? { signal } : {}).catch(
      (error: unknown) => {
        throw signal?.aborted ? signal.reason : error
      },
    )
  },
  machineMs: (ms) => ms,
}

/**
 * A clock that reads `startAt` at the moment of the call and runs `speed` times as fast as the wall clock. With speed
 * 1 it is the system clock with an offset, such as the embedded gateway's time or that of a recorded day.
 */
export function clockFrom(startAt: EpochMs, speed = 1): Clock {
  const zero = performance.now()
  const elapsed = () => (performance.now() - zero) * speed
  return {
    now: () => epochMs(Math.round(startAt + elapsed())),
    monotonicMs: elapsed,
    sleep: (ms, signal) => systemClock.sleep(ms / speed, signal),
    machineMs: (ms) => ms / speed,
  }
}
