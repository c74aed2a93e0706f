import { setMaxListeners } from 'node:events'

/**
 * Closes resources in the reverse order of their opening: the code that opens one registers its closer. All of them
 * share one abort signal.
 */
export interface Lifetime {
  /** Aborted when the lifetime begins to close, with the reason given to `close`. */
  readonly signal: AbortSignal
  onClose(closer: () => void | Promise<void>): void
  /** Runs every closer, even after one has failed, then throws the first failure. Calling it again has no effect. */
  close(reason?: Error): Promise<void>
}

export function openLifetime(): Lifetime {
  const controller = new AbortController()
  // Every part of the program listens, and every symbol that is being fetched: from eleven on Node warns of a leak.
  setMaxListeners(0, controller.signal)
  const closers: Array<() => void | Promise<void>> = []
  let closing: Promise<void> | undefined

  async function runClosers(): Promise<void> {
    const failures: unknown[] = []
    for (let closer = closers.pop(); closer; closer = closers.pop()) {
      try {
        await closer()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }

  return {
    signal: controller.signal,
    onClose: (closer) => void closers.push(closer),
    close: (reason = new Error('stopped')) => {
      if (!closing) {
        controller.abort(reason)
        closing = runClosers()
      }
      return closing
    },
  }
}
