import type { Clock } from '../../market/clock.ts'

/** Things to be done later, thousands of them, behind one timer. */
export interface Timeline {
  /** Runs once so many milliseconds from now. Returns what calls it off; that is free to call late or twice. */
  after(ms: number, run: () => void): () => void
  /** Calls everything off. */
  close(): void
}

interface Entry {
  readonly dueMs: number
  /** Breaks ties, so that equal times run in the order they were asked for. */
  readonly order: number
  /** null: called off. */
  run: (() => void) | null
}

export function createTimeline(clock: Clock): Timeline {
  const heap: Entry[] = []
  let order = 0
  let sleeping: { untilMs: number; controller: AbortController } | null = null
  let closed = false

  function arm(): void {
    const first = heap[0]
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
    while (heap[0] && (heap[0].run === null || heap[0].dueMs <= nowMs)) pop(heap).run?.()
    arm()
  }

  return {
    after: (ms, run) => {
      const entry: Entry = { dueMs: clock.monotonicMs() + ms, order: order++, run }
      push(heap, entry)
      arm()
      return () => {
        entry.run = null
      }
    },
    close: () => {
      closed = true
      heap.length = 0
      sleeping?.controller.abort()
    },
  }
}

const earlier = (a: Entry, b: Entry) => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order)

function push(heap: Entry[], entry: Entry): void {
  let at = heap.push(entry) - 1
  while (at > 0) {
    const parent = (at - 1) >> 1
    const above = heap[parent] as Entry
    if (!earlier(entry, above)) break
    heap[at] = above
    at = parent
  }
  heap[at] = entry
}

/** Takes the earliest entry out of a heap that is not empty. */
function pop(heap: Entry[]): Entry {
  const first = heap[0] as Entry
  const last = heap.pop() as Entry
  if (heap.length === 0) return first
  let at = 0
  for (let child = 1; child < heap.length; child = 2 * at + 1) {
    const right = heap[child + 1]
    if (right && earlier(right, heap[child] as Entry)) child++
    const below = heap[child] as Entry
    if (!earlier(below, last)) break
    heap[at] = below
    at = child
  }
  heap[at] = last
  return first
}
