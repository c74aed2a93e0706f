import { type Clock, systemClock } from '../../market/clock.ts'
import type { EpochMs } from '../../market/units.ts'

/** A clock that stands still at a time until it is set to another: what is stored by it is stamped with past times. */
export function pastClock(startAt: EpochMs): { readonly clock: Clock; setTime(at: EpochMs): void } {
  let time = startAt
  return {
    clock: { ...systemClock, now: () => time },
    setTime: (at) => {
      time = at
    },
  }
}
