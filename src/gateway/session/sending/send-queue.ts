import type { Clock } from '../../../market/clock.ts'
import { createAbortWaiters } from './abort-waiters.ts'
import { createFifo, type Fifo, type Message } from './fifo.ts'
import { createPacer } from './pacing.ts'

/**
 * The only way to the wire. It keeps two budgets, messages a second and market-data lines, and one order:
 * cancels before requests, requests first in, first out. A request that needs a line waits for one without
 * holding up those that need none.
 */
export interface SendQueue {
  /**
   * Resolves when the message has been written; rejects with the signal's reason when it is aborted while it
   * waits, with the reason of `end`, or with whatever `write` throws.
   * With `line: true` a line is taken at the moment of writing, until a cancel or `freeLine` gives it back.
   */
  request(write: () => void, needs?: { line?: boolean; signal?: AbortSignal | undefined }): Promise<void>
  /**
   * Goes ahead of every request and, with `line: true`, frees one line at the moment of writing. Resolves then, or
   * at the end.
   */
  cancel(write: () => void, frees: { line: boolean }): Promise<void>
  /** Gives back the line of a request that the gateway refused, for which there is nothing to cancel. */
  freeLine(): void
  /** Drops what waits: requests reject with the reason, cancels resolve. Nothing is written afterwards. */
  end(reason: Error): void
  counters(): SendQueueCounters
}

export interface SendQueueCounters {
  readonly messagesSent: number
  readonly linesInUse: number
  readonly peakMessagesPerSecond: number
}

export interface SendBudget {
  readonly clock: Clock
  /** Messages in any window of `windowMs`. */
  readonly limit: number
  readonly windowMs: number
  readonly lines: number
  /** Messages that may wait. */
  readonly queueLimit: number
  /** When messages of this connection were written before the outbox was made, monotonic ms, in order. */
  readonly sentAtMs?: readonly number[]
}

export function createSendQueue(budget: SendBudget): SendQueue {
  const { clock, lines } = budget
  const pacer = createPacer(budget.limit, budget.windowMs)
  const cancels = createFifo()
  const plain = createFifo()
  const lined = createFifo()
  const patience = createAbortWaiters()
  const stop = new AbortController()
  let ended: Error | undefined
  let waking = false
  let arrivals = 0
  let linesInUse = 0
  let messagesSent = 0

  function count(atMs: number): void {
    pacer.record(atMs)
    messagesSent += 1
  }

  /** The queue whose head goes next; undefined when nothing may go, whatever the time. */
  function nextQueue(): Fifo | undefined {
    if (cancels.head()) return cancels
    const withLine = linesInUse < lines ? lined.head() : undefined
    const without = plain.head()
    if (withLine && without) return withLine.order < without.order ? lined : plain
    return withLine ? lined : without ? plain : undefined
  }

  function pump(): void {
    while (!waking && !ended) {
      const queue = nextQueue()
      if (!queue) return
      const nowMs = clock.monotonicMs()
      const atMs = pacer.nextAt(nowMs)
      if (atMs > nowMs) {
        wakeIn(Math.ceil(atMs - nowMs))
        return
      }
      const message = queue.take()
      count(nowMs)
      if (queue === lined) linesInUse += 1
      deliver(message, queue)
    }
  }

  function deliver(message: Message, queue: Fifo): void {
    try {
      message.write()
      message.resolve()
    } catch (error) {
      if (queue === lined) linesInUse -= 1
      message.reject(error)
    }
  }

  function wakeIn(ms: number): void {
    waking = true
    clock.sleep(ms, stop.signal).then(
      () => {
        waking = false
        pump()
      },
      // Only `end` aborts the sleep, and it has emptied the queues itself.
      () => undefined,
    )
  }

  function enqueue(queue: Fifo, write: () => void, signal?: AbortSignal): Promise<void> {
    // Cancels are bounded by the lines in use, and refusing one would lose a line for good.
    if (queue !== cancels && plain.size() + lined.size() >= budget.queueLimit) {
      return Promise.reject(new Error(`more than ${budget.queueLimit} messages wait for the gateway`))
    }
    return new Promise<void>((resolve, reject) => {
      const giveUp = () => {
        queue.drop(message)
        reject(signal?.reason)
      }
      const forget = signal && patience.wait(signal, giveUp)
      const message: Message = {
        order: arrivals++,
        write,
        resolve: () => {
          forget?.()
          resolve()
        },
        reject: (reason) => {
          forget?.()
          reject(reason)
        },
        gone: false,
      }
      queue.put(message)
      pump()
    })
  }

  budget.sentAtMs?.forEach(count)
  return {
    request: (write, needs = {}) => {
      if (ended) return Promise.reject(ended)
      if (needs.signal?.aborted) return Promise.reject(needs.signal.reason)
      return enqueue(needs.line ? lined : plain, write, needs.signal)
    },
    cancel: (write, frees) => {
      if (ended) return Promise.resolve()
      return enqueue(cancels, () => {
        if (frees.line) linesInUse -= 1
        write()
      })
    },
    freeLine: () => {
      linesInUse -= 1
      pump()
    },
    end: (reason) => {
      if (ended) return
      ended = reason
      stop.abort(reason)
      while (cancels.head()) cancels.take().resolve()
      for (const queue of [plain, lined]) while (queue.head()) queue.take().reject(reason)
    },
    counters: () => ({ messagesSent, linesInUse, peakMessagesPerSecond: pacer.peakPerSecond() }),
  }
}
