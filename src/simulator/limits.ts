const SECOND_MS = 1_000

/** Counts at each message how many arrived in the past second, as the receiving side of a rate limit does. */
export interface RateWindow {
  /** Messages in (now − 1 s, now], this one included. `nowMs` must not decrease. */
  record(nowMs: number): number
  /** When one more message is within `limit`, not before `nowMs`, which must not decrease. */
  roomAtMs(nowMs: number, limit: number): number
  /** The largest count so far. */
  readonly peak: number
}

export function createRateWindow(): RateWindow {
  let times: number[] = []
  let oldest = 0
  let peak = 0

  function forgetOld(nowMs: number): void {
    while (oldest < times.length && (times[oldest] as number) <= nowMs - SECOND_MS) oldest++
  }

  return {
    record: (nowMs) => {
      times.push(nowMs)
      forgetOld(nowMs)
      const inWindow = times.length - oldest
      if (oldest > 1_024 && oldest > inWindow) {
        times = times.slice(oldest)
        oldest = 0
      }
      peak = Math.max(peak, inWindow)
      return inWindow
    },
    roomAtMs: (nowMs, limit) => {
      forgetOld(nowMs)
      const firstToLeave = times[times.length - limit]
      return times.length - oldest < limit ? nowMs : Math.max(nowMs, (firstToLeave ?? nowMs) + SECOND_MS)
    },
    get peak() {
      return peak
    },
  }
}

/** The market-data lines of one login, shared by all its clients. */
export interface LinePool {
  /** Takes a line; false when none is free. */
  take(): boolean
  release(): void
  readonly inUse: number
  readonly peak: number
}

/** `takenElsewhere`: lines that other programs of the login hold at the moment. */
export function createLinePool(limit: number, takenElsewhere: () => number = () => 0): LinePool {
  let inUse = 0
  let peak = 0
  return {
    take: () => {
      if (inUse + takenElsewhere() >= limit) return false
      inUse++
      peak = Math.max(peak, inUse)
      return true
    },
    release: () => {
      if (inUse === 0) throw new Error('a market-data line was released twice')
      inUse--
    },
    get inUse() {
      return inUse
    },
    get peak() {
      return peak
    },
  }
}
