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
  /** The most messages in any second so far, its end excluded; at most `limit`. */
  peakPerSecond(): number
}

/** How many messages may be sent at once after a pause: those due in 20 ms, the timer resolution, and at least 2. */
export function burstOf(limit: number): number {
  return Math.max(2, Math.ceil(limit / 50))
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

  function forgetFirst(): void {
    firstInSecond = (firstInSecond + 1) % limit
    inSecond -= 1
  }

  return {
    nextAt: (nowMs) => Math.max(nowMs, times[oldest]! + windowMs, emptyAtMs - toleranceMs),
    record: (nowMs) => {
      while (inSecond > 0 && nowMs - times[firstInSecond]! >= 1000) forgetFirst()
      if (inSecond === limit) forgetFirst()
      times[oldest] = nowMs
      oldest = (oldest + 1) % limit
      inSecond += 1
      peak = Math.max(peak, inSecond)
      emptyAtMs = Math.max(emptyAtMs, nowMs) + spacingMs
    },
    peakPerSecond: () => peak,
  }
}
