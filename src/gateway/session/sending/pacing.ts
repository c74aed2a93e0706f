/**
 * An exact limit over a sliding window: never more than `limit` messages in any window of `windowMs`, its end excluded.
 * Within the window messages are spread evenly, except for small bursts. A gateway that reads a little late then still
 * counts few more in its second; two bursts of 45 that it sees 990 ms apart would count as 90. It reads no clock: times
 * are arguments, in ms, and must not go back.
 */
export interface Pacer {
  /** The earliest time, `nowMs` or later, at which one more message is within the limit. */
  nextAt(nowMs: number): number
  /** One message was written at that time. */
  record(nowMs: number): void
  /** The most messages in any second so far, its end excluded; at most `limit`. */
  peakPerSecond(): number
}

/** How many messages may go at once after a pause: those due in 20 ms, the resolution of timers, and at least 2. */
export function burstOf(limit: number): number {
  return Math.max(2, Math.ceil(limit / 50))
}

/**
 * Keeps the last `limit` times in a ring: a message may go as soon as the one `limit` messages before it is a whole window
 * old. A leaky bucket over the same window spreads them. Every operation is O(1), the peak amortised.
 */
export function createPacer(limit: number, windowMs: number): Pacer {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError(`not a number of messages: ${limit}`)
  if (!(windowMs >= 1000))
    throw new RangeError(`a window shorter than the second it stands for: ${windowMs} ms`)
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
