/** An abort signal that follows other signals until it is released. */
export interface Abortable {
  readonly signal: AbortSignal
  /** Aborts the signal and stops following the others. */
  abort(reason: Error): void
  /** Stops following the others. Calling it again has no effect. */
  release(): void
}

/**
 * For work that is shorter-lived than the signals that may abort it. Abort or release it when the work is over, so
 * that no listener is left behind: in Node 20, `AbortSignal.any` leaks a reference for each call into signals that
 * live longer.
 */
export function abortable(...others: readonly AbortSignal[]): Abortable {
  const own = new AbortController()
  const listeners = others.map((other) => ({ other, listen: () => abort(other.reason) }))
  const release = () => {
    for (const { other, listen } of listeners) other.removeEventListener('abort', listen)
  }
  function abort(reason: unknown): void {
    release()
    own.abort(reason)
  }
  for (const { other, listen } of listeners) other.addEventListener('abort', listen, { once: true })
  const ended = others.find(({ aborted }) => aborted)
  if (ended) abort(ended.reason)
  return { signal: own.signal, abort, release }
}
