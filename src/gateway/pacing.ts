/**
 * An exact budget over a sliding window: never more than `limit` messages in any window of `windowMs`,
 * its end excluded. Pure over the time it is told, in ms; times must not go back.
 */
export interface Pacer {
  /** The earliest moment, `nowMs` or later, at which one more message keeps within the budget. */
  nextAt(nowMs: number): number
  /** One message was written at that moment. */
  record(nowMs: number): void
  /** Most messages recorded in any one second so far, its end excluded; at most `limit`. */
  peakPerSecond(): number
}

/**
 * Remembers the last `limit` times in a ring: a message may go as soon as the one written `limit` messages
 * before it is a whole window old. Every operation is O(1), the peak amortised.
 */
export function createPacer(limit: number, windowMs: number): Pacer {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError(`not a number of messages: ${limit}`)
  if (!(windowMs >= 1000))
    throw new RangeError(`a window shorter than the second it stands for: ${windowMs} ms`)
  const times = new Float64Array(limit).fill(Number.NEGATIVE_INFINITY)
  let oldest = 0
  let firstInSecond = 0
  let inSecond = 0
  let peak = 0

  function forgetFirst(): void {
    firstInSecond = (firstInSecond + 1) % limit
    inSecond -= 1
  }

  return {
    nextAt: (nowMs) => Math.max(nowMs, times[oldest]! + windowMs),
    record: (nowMs) => {
      while (inSecond > 0 && nowMs - times[firstInSecond]! >= 1000) forgetFirst()
      if (inSecond === limit) forgetFirst()
      times[oldest] = nowMs
      oldest = (oldest + 1) % limit
      inSecond += 1
      peak = Math.max(peak, inSecond)
    },
    peakPerSecond: () => peak,
  }
}
