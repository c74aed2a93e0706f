import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../../src/market/clock.ts'
import { type EpochMs, epochMs } from '../../src/market/units.ts'

/** A clock whose speed can be changed while it runs: sessions at one speed, nights at another. */
export interface VariableSpeedClock extends Clock {
  setSpeed(speed: number): void
}

/** Interval at which sleepers check the time, so that they notice a change of speed, ms. */
const CHECK_MS = 20

export function variableSpeedClock(startAt: EpochMs, speed: number): VariableSpeedClock {
  let pace = speed
  let wallAtMs = performance.now()
  let elapsedMs = 0
  const elapsed = () => elapsedMs + (performance.now() - wallAtMs) * pace
  return {
    now: () => epochMs(Math.round(startAt + elapsed())),
    monotonicMs: elapsed,
    setSpeed: (next) => {
      elapsedMs = elapsed()
      wallAtMs = performance.now()
      pace = next
    },
    // At the speed of this moment: a later change does not reach a timer that has begun.
    machineMs: (ms) => ms / pace,
    sleep: async (ms, signal) => {
      const untilMs = elapsed() + ms
      for (let left = ms; left > 0; left = untilMs - elapsed()) {
        await delay(Math.min(CHECK_MS, left / pace), undefined, signal ? { signal } : {}).catch(
          (error: unknown) => {
            throw signal?.aborted ? signal.reason : error
          },
        )
      }
      signal?.throwIfAborted()
    },
  }
}
