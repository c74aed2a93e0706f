/**
 * An exact limit over a sliding window: never more than `limit` messages in any window of `windowMs`, its end
 * excluded. Messages are spread evenly over the window, except for small bursts, so a gateway that reads a little
 * late counts only a few more in its own second; two bursts of 45 that arrive 990 ms apart would count as 90. Reads
 * no clock: times are arguments in ms and must not decrease.
 */
export interface Pacer {
  /** The earliest time, not before `nowMs`, at which one more message is within the limit. */
  nextAt(nowMs: number): number
  /** Records a message written at this time. */
  record(nowMs: number): void
  /**
   * The gateway has counted too many messages at this time. Nothing is due for one window, so that the gateway's own
   * window empties; then the rate is half of what it was, and grows back to four fifths of it.
   */
  slowDown(nowMs: number): void
  /** The most messages in any second so far, its end excluded; at most `limit`. */
  peakPerSecond(): number
}

/** How many messages may be sent at once after a pause: those due in 20 ms, the timer resolution, and at least 2. */
export function burstOf(limit: number): number {
  return Math.max(2, Math.ceil(limit / 50))
}

/** After a breach the rate has this fraction of what it had … */
const SLOWER_FRACTION = 0.5
/** … and grows by this fraction of the limit … */
const RECOVERY_FRACTION = 0.1
/** … every 5 s, ms … */
const RECOVERY_STEP_MS = 5_000
/** … up to this fraction of what it had: another program may use the same rate … */
const CEILING_FRACTION = 0.8
/** … for this time, ms; after a second breach for the rest of the session, which the third would end. */
const CAUTIOUS_MS = 600_000

/** How breaches have slowed the session down: fractions of the limit. */
interface Slowness {
  /** At the time of the last breach. */
  readonly fraction: number
  readonly ceiling: number
  readonly sinceMs: number
  readonly breaches: number
}

const FULL_RATE: Slowness = {
  ...{ fraction: 1, ceiling: 1, breaches: 0 },
  sinceMs: Number.NEGATIVE_INFINITY,
}

function fractionAt({ fraction, ceiling, sinceMs, breaches }: Slowness, nowMs: number): number {
  if (breaches < 2 && nowMs - sinceMs >= CAUTIOUS_MS) return 1
  const steps = Math.floor((nowMs - sinceMs) / RECOVERY_STEP_MS)
  return Math.min(ceiling, fraction + RECOVERY_FRACTION * steps)
}

function afterBreach(before: Slowness, nowMs: number): Slowness {
  const fraction = fractionAt(before, nowMs)
  return {
    fraction: fraction * SLOWER_FRACTION,
    ceiling: fraction * CEILING_FRACTION,
    sinceMs: nowMs,
    breaches: before.breaches + 1,
  }
}

/**
 * Keeps the last `limit` times in a ring: a message may be sent once the one `limit` messages before it is a full
 * window old. A leaky bucket over the same window spreads them. Every operation is O(1); the peak is amortised.
 */
export function createPacer(limit: number, windowMs: number): Pacer {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError(`not a number of messages: ${limit}`)
  if (!(windowMs >= 1000)) throw new RangeError(`the window must be at least 1000 ms, not ${windowMs} ms`)
  const times = new Float64Array(limit).fill(Number.NEGATIVE_INFINITY)
  const spacingMs = windowMs / limit
  const toleranceMs = (burstOf(limit) - 1) * spacingMs
  let emptyAtMs = Number.NEGATIVE_INFINITY
  let oldest = 0
  let firstInSecond = 0
  let inSecond = 0
  let peak = 0
  let slowness = FULL_RATE

  function forgetFirst(): void {
    firstInSecond = (firstInSecond + 1) % limit
    inSecond -= 1
  }

  return {
    nextAt: (nowMs) => {
      // No burst while the rate is reduced.
      const tolerance = fractionAt(slowness, nowMs) === 1 ? toleranceMs : 0
      return Math.max(nowMs, times[oldest]! + windowMs, emptyAtMs - tolerance)
    },
    record: (nowMs) => {
      while (inSecond > 0 && nowMs - times[firstInSecond]! >= 1000) forgetFirst()
      if (inSecond === limit) forgetFirst()
      times[oldest] = nowMs
      oldest = (oldest + 1) % limit
      inSecond += 1
      peak = Math.max(peak, inSecond)
      emptyAtMs = Math.max(emptyAtMs, nowMs) + spacingMs / fractionAt(slowness, nowMs)
    },
    slowDown: (nowMs) => {
      // The refusals of one burst arrive together and are one breach.
      if (nowMs - slowness.sinceMs < windowMs) return
      slowness = afterBreach(slowness, nowMs)
      emptyAtMs = Math.max(emptyAtMs, nowMs + windowMs)
    },
    peakPerSecond: () => peak,
  }
}
