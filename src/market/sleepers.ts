/** Somebody who waits for a time of a clock that is moved. */
export interface Sleeper {
  /** Monotonic ms of that clock. */
  readonly atMs: number
  wake(): void
}

/**
 * Waits until the sleeper that this adds to `asleep` is woken by whoever moves the clock and takes it out. The list stays in
 * order of time; at equal times, who came first is first. Rejects with the signal's reason, and then leaves the list.
 */
export function sleepIn(asleep: Sleeper[], atMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const giveUp = () => {
      asleep.splice(asleep.indexOf(sleeper), 1)
      reject(signal?.reason)
    }
    const wake = () => {
      signal?.removeEventListener('abort', giveUp)
      resolve()
    }
    const sleeper = { atMs, wake }
    const later = asleep.findIndex((other) => other.atMs > atMs)
    asleep.splice(later < 0 ? asleep.length : later, 0, sleeper)
    signal?.addEventListener('abort', giveUp, { once: true })
  })
}
