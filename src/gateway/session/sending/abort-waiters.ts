/**
 * Who gives up when which signal is aborted. One listener serves all that wait under the same signal: hundreds may,
 * and Node takes more than ten listeners on one signal for a leak.
 */
export interface AbortWaiters {
  /** Calls `giveUp` when the signal is aborted, unless the returned function is called before. */
  wait(signal: AbortSignal, giveUp: () => void): () => void
}

export function createAbortWaiters(): AbortWaiters {
  const waiting = new Map<AbortSignal, { giveUps: Set<() => void>; listener: () => void }>()

  function listen(signal: AbortSignal): Set<() => void> {
    const known = waiting.get(signal)
    if (known) return known.giveUps
    const giveUps = new Set<() => void>()
    const listener = () => {
      waiting.delete(signal)
      for (const giveUp of giveUps) giveUp()
    }
    waiting.set(signal, { giveUps, listener })
    signal.addEventListener('abort', listener, { once: true })
    return giveUps
  }

  return {
    wait: (signal, giveUp) => {
      const giveUps = listen(signal)
      giveUps.add(giveUp)
      return () => {
        giveUps.delete(giveUp)
        const entry = waiting.get(signal)
        if (entry?.giveUps !== giveUps || giveUps.size > 0) return
        waiting.delete(signal)
        signal.removeEventListener('abort', entry.listener)
      }
    },
  }
}
