import TinyQueue from 'tinyqueue'
import type { Clock } from '../market/clock.ts'

/** Thousands of scheduled callbacks behind one timer. */
export interface Timeline {
  /** Runs once after `ms`. Returns a function that cancels it, which may be called late or twice. */
  after(ms: number, run: () => void): () => void
  /** Cancels everything. */
  close(): void
}

interface Entry {
  readonly dueMs: number
  /** Breaks ties: equal times run in the order of their `after` calls. */
  readonly order: number
  /** null: cancelled. */
  run: (() => void) | null
}

export function createTimeline(clock: Clock): Timeline {
  const queue = new TinyQueue<Entry>([], earliestFirst)
  let order = 0
  let sleeping: { untilMs: number; controller: AbortController } | null = null
  let closed = false

  function arm(): void {
    const first = queue.peek()
    if (closed || !first || (sleeping && sleeping.untilMs <= first.dueMs)) return
    sleeping?.controller.abort()
    const sleep = { untilMs: first.dueMs, controller: new AbortController() }
    sleeping = sleep
    clock.sleep(Math.max(0, first.dueMs - clock.monotonicMs()), sleep.controller.signal).then(
      () => {
        if (sleeping !== sleep) return
        sleeping = null
        runDue()
      },
      (error: unknown) => {
        if (!sleep.controller.signal.aborted) throw error
      },
    )
  }

  function runDue(): void {
    const nowMs = clock.monotonicMs()
    for (let next = queue.peek(); next && (next.run === null || next.dueMs <= nowMs); next = queue.peek()) {
      queue.pop()
      next.run?.()
    }
    arm()
  }

  return {
    after: (ms, run) => {
      const entry: Entry = { dueMs: clock.monotonicMs() + ms, order: order++, run }
      queue.push(entry)
      arm()
      return () => {
        entry.run = null
      }
    },
    close: () => {
      closed = true
      while (queue.pop());
      sleeping?.controller.abort()
    },
  }
}

const earliestFirst = (a: Entry, b: Entry) => a.dueMs - b.dueMs || a.order - b.order
