/** Work that is done one at a time, in the order in which it was asked for. */
interface Turns {
  /**
   * Does the work when all earlier work is over. Rejects with the signal's reason as soon as it is aborted while the
   * work waits; the others keep their places.
   */
  take<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result>
}

/** `free` resolves when the next work may begin: work may have been given up before it was over. */
export function createTurns(free: () => Promise<void>): Turns {
  let last: Promise<unknown> = Promise.resolve()
  return {
    take: (work, signal) => {
      const before = last
      const result = untilTurn(before, signal).then(work)
      last = before.then(() => result.catch(() => undefined)).then(free)
      return result
    },
  }
}

/** Resolves with `before`, or rejects when the signal is aborted first. */
async function untilTurn(before: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) {
    await before
    return
  }
  let abort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
  })
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([before, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
