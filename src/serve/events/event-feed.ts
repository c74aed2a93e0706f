import type { PageEvent } from './page-events.ts'

/** Passes events of the daemon to whoever listens. Keeps none. */
export interface EventFeed {
  /** Never throws: a listener that fails must not stop a cycle. */
  publish(event: PageEvent): void
  /** Returns a function that removes the listener. */
  subscribe(listener: (event: PageEvent) => void): () => void
}

export function createEventFeed(onError: (error: unknown) => void = () => {}): EventFeed {
  const listeners = new Set<(event: PageEvent) => void>()
  return {
    publish: (event) => {
      for (const listener of listeners) {
        try {
          listener(event)
        } catch (error) {
          onError(error)
        }
      }
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
