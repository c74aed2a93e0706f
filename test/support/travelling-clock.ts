import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../../src/market/clock.ts'
import { type EpochMs, epochMs } from '../../src/market/units.ts'

/** A clock whose speed can be changed on the way: hours of the day at one speed, nights at another. */
export interface TravellingClock extends Clock {
  setSpeed(speed: number): void
}

/** Sleepers look again after so long, so that a change of speed reaches them. */
const LOOK_MS = 20

export function travellingClock(startAt: EpochMs, speed: number): TravellingClock {
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
    sleep: async (ms, signal) => {
      const untilMs = elapsed() + ms
      for (let left = ms; left > 0; left = untilMs - elapsed()) {
        await delay(Math.min(LOOK_MS, left / pace), undefined, signal ? { signal } : {}).catch(
          (error: unknown) => {
            throw signal?.aborted ? signal.reason : error
          },
        )
      }
      signal?.throwIfAborted()
    },
  }
}
