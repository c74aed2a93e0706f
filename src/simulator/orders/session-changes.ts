import type { EpochMs } from '../../market/units.ts'
import type { Timeline } from '../timeline.ts'

/**
 * Calls for many orders at the open or the close of their markets, with one timer for each such time: orders come and
 * go by the thousand within a session, and a timer of each would stay until the close.
 */
export interface SessionChanges {
  /** Runs once in `ms`. Returns a function that cancels it, which may be called late or twice. */
  after(ms: number, run: () => void): () => void
}

export function createSessionChanges(timeline: Timeline, now: () => EpochMs): SessionChanges {
  const waiting = new Map<number, Set<{ run: () => void }>>()
  return {
    after: (ms, run) => {
      const at = now() + ms
      const entry = { run }
      const entries = waiting.get(at) ?? new Set()
      entries.add(entry)
      if (!waiting.has(at)) {
        waiting.set(at, entries)
        timeline.after(ms, () => {
          waiting.delete(at)
          // What one call cancels is no longer in the set when its turn would come.
          for (const due of entries) due.run()
        })
      }
      return () => void entries.delete(entry)
    },
  }
}
