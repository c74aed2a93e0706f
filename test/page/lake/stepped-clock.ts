import type { Clock } from '../../../src/market/clock.ts'
import type { EpochMs } from '../../../src/market/units.ts'

/** A clock whose wall time moves only when it is set. */
export interface SteppedClock extends Clock {
  set(at: EpochMs): void
}

export function steppedClock(startAt: EpochMs): SteppedClock {
  let now = startAt
  return {
    now: () => now,
    set: (at) => {
      now = at
    },
    monotonicMs: () => performance.now(),
    machineMs: (ms) => ms,
    sleep: () => Promise.reject(new Error('nothing waits while a lake is made')),
  }
}
