/** A signal of one's own that others abort, too. */
export interface Abortable {
  readonly signal: AbortSignal
  /** Aborts it, and lets the others go. */
  abort(reason: Error): void
  /** Lets the others go: from now on they do not abort it. Twice is once. */
  release(): void
}

/**
 * For work that is shorter than what may end it. To be aborted or released when the work is over: then nothing of it is
 * left. `AbortSignal.any` leaves a reference for each call in a signal that outlives it, in Node 20 for ever.
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
