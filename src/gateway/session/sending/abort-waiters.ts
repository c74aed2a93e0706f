/**
 * One abort listener shared by many waiters. Hundreds may wait under the same signal, and Node reports more than ten
 * listeners on one signal as a leak.
 */
export interface AbortWaiters {
  /** Calls `onAbort` when the signal is aborted, unless the returned function is called first. */
  wait(signal: AbortSignal, onAbort: () => void): () => void
}

export function createAbortWaiters(): AbortWaiters {
  const waiting = new Map<AbortSignal, { callbacks: Set<() => void>; listener: () => void }>()

  function callbacksOf(signal: AbortSignal): Set<() => void> {
    const known = waiting.get(signal)
    if (known) return known.callbacks
    const callbacks = new Set<() => void>()
    const listener = () => {
      waiting.delete(signal)
      for (const callback of callbacks) callback()
    }
    waiting.set(signal, { callbacks, listener })
    signal.addEventListener('abort', listener, { once: true })
    return callbacks
  }

  return {
    wait: (signal, onAbort) => {
      const callbacks = callbacksOf(signal)
      callbacks.add(onAbort)
      return () => {
        callbacks.delete(onAbort)
        const entry = waiting.get(signal)
        if (entry?.callbacks !== callbacks || callbacks.size > 0) return
        waiting.delete(signal)
        signal.removeEventListener('abort', entry.listener)
      }
    },
  }
}
