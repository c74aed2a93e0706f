import type { Clock } from '../../../market/clock.ts'
import { createAbortWaiters } from './abort-waiters.ts'
import { createLineLimit } from './line-limit.ts'
import { createPacer } from './pacing.ts'

/**
 * All messages to the gateway go through this queue. It enforces two limits, messages per second and market-data
 * lines, and one order: cancels before requests, requests first in, first out. A request waiting for a line does not
 * hold up requests that need none. A spare request goes only while nothing else waits and a line is free.
 */
export interface SendQueue {
  /**
   * Resolves when the message has been written. Rejects with the signal's reason if it is aborted while the message
   * waits, with the reason given to `end`, or with what `write` throws. With `line: true` the message takes a line
   * when it is written; a cancel, `freeLine` or `lineRefused` frees the line. `write` gets the number of other lines in
   * use. A `spare` request takes a line that nobody else waits for.
   */
  request(
    write: (otherLines: number) => void,
    needs?: { line?: boolean; spare?: boolean; signal?: AbortSignal | undefined },
  ): Promise<void>
  /**
   * Sent ahead of every request; with `line: true` it frees one line when written. Resolves then, or when the queue
   * ends.
   */
  cancel(write: () => void, frees: { line: boolean }): Promise<void>
  /** Frees the line of a request that the gateway refused, which has nothing to cancel. */
  freeLine(): void
  /**
   * Frees the line of a request that the gateway refused for lack of lines (101). Fewer lines are used from now on: as
   * many as were in use besides it when it was written. The number grows back slowly.
   */
  lineRefused(otherLines: number): void
  /** The gateway has counted too many messages (100): sends nothing for a moment, then slower for a while. */
  rateExceeded(): void
  /** Empties the queue: requests reject with the reason, cancels resolve. Nothing is written afterwards. */
  end(reason: Error): void
  counters(): SendQueueCounters
}

interface SendQueueCounters {
  readonly messagesSent: number
  readonly linesInUse: number
  /** Lines that the gateway has to give at present, as learned from its refusals; at most the configured number. */
  readonly linesUsable: number
  /** Requests that wait for their turn and then take a line, spare ones excluded. */
  readonly linesAwaited: number
  readonly peakMessagesPerSecond: number
}

export interface SendLimits {
  /** Most messages in any window of `windowMs`. */
  readonly messages: number
  readonly windowMs: number
  readonly lines: number
  /** Most messages that may wait. */
  readonly waiting: number
}

/** `sentAtMs`: when messages of this connection were written before the queue existed, monotonic ms, in order. */
export function createSendQueue(
  limits: SendLimits,
  { clock, sentAtMs = [] }: { clock: Clock; sentAtMs?: readonly number[] },
): SendQueue {
  const pacer = createPacer(limits.messages, limits.windowMs)
  const lineLimit = createLineLimit(limits.lines)
  const cancels = createFifo()
  const withoutLine = createFifo()
  const withLine = createFifo()
  const spare = createFifo()
  const abortWaiters = createAbortWaiters()
  const stop = new AbortController()
  let endReason: Error | undefined
  let isSleeping = false
  let isWaitingToGrow = false
  let arrivals = 0
  let linesInUse = 0
  let messagesSent = 0

  function recordSent(atMs: number): void {
    pacer.record(atMs)
    messagesSent += 1
  }

  /** The queue whose head is sent next; undefined if nothing may be sent, whatever the time. */
  function nextQueue(): Fifo | undefined {
    if (cancels.head()) return cancels
    const waiting = withLine.head()
    const lined = waiting && hasFreeLine() ? waiting : undefined
    const plain = withoutLine.head()
    if (lined && plain) return lined.order < plain.order ? withLine : withoutLine
    if (lined || plain) return lined ? withLine : withoutLine
    return spare.head() && !waiting && linesInUse < lineLimit.current(clock.monotonicMs()) ? spare : undefined
  }

  /** While a request waits for a line, the learned limit grows whenever its time has come. */
  function hasFreeLine(): boolean {
    const nowMs = clock.monotonicMs()
    if (linesInUse < lineLimit.current(nowMs)) return true
    const waitMs = lineLimit.growsAtMs() - nowMs
    if (waitMs > 0) {
      if (waitMs < Number.POSITIVE_INFINITY) sendAgainAfterGrowth(waitMs)
      return false
    }
    lineLimit.grow(linesInUse, nowMs)
    return linesInUse < lineLimit.current(nowMs)
  }

  function sendAgainAfterGrowth(ms: number): void {
    if (isWaitingToGrow) return
    isWaitingToGrow = true
    clock.sleep(Math.ceil(ms), stop.signal).then(
      () => {
        isWaitingToGrow = false
        sendDue()
      },
      () => {},
    )
  }

  function sendDue(): void {
    while (!isSleeping && !endReason) {
      const queue = nextQueue()
      if (!queue) return
      const nowMs = clock.monotonicMs()
      const atMs = pacer.nextAt(nowMs)
      if (atMs > nowMs) {
        sendAfter(Math.ceil(atMs - nowMs))
        return
      }
      const message = queue.take()
      recordSent(nowMs)
      const otherLines = linesInUse
      if (queue !== cancels && queue !== withoutLine) linesInUse += 1
      send(message, queue, otherLines)
    }
  }

  function send(message: Message, queue: Fifo, otherLines: number): void {
    try {
      message.write(otherLines)
      message.resolve()
    } catch (error) {
      if (queue !== cancels && queue !== withoutLine) linesInUse -= 1
      message.reject(error)
    }
  }

  function sendAfter(ms: number): void {
    isSleeping = true
    clock.sleep(ms, stop.signal).then(
      () => {
        isSleeping = false
        sendDue()
      },
      // Only `end` aborts the sleep, and it has emptied the queues itself.
      () => {},
    )
  }

  function enqueue(queue: Fifo, write: Message['write'], signal?: AbortSignal): Promise<void> {
    // Rejecting a cancel would lose its line for good. The lines in use already limit the number of cancels.
    if (queue !== cancels && withoutLine.size() + withLine.size() + spare.size() >= limits.waiting) {
      return Promise.reject(new Error(`more than ${limits.waiting} messages are waiting for the gateway`))
    }
    return new Promise<void>((resolve, reject) => {
      const abort = () => {
        queue.drop(message)
        reject(signal?.reason)
      }
      const stopWaiting = signal && abortWaiters.wait(signal, abort)
      const message: Message = {
        order: arrivals++,
        write,
        resolve: () => {
          stopWaiting?.()
          resolve()
        },
        reject: (reason) => {
          stopWaiting?.()
          reject(reason)
        },
        isDropped: false,
      }
      queue.put(message)
      sendDue()
    })
  }

  sentAtMs.forEach(recordSent)
  return {
    request: (write, needs = {}) => {
      if (endReason) return Promise.reject(endReason)
      if (needs.signal?.aborted) return Promise.reject(needs.signal.reason)
      const queue = needs.spare ? spare : needs.line ? withLine : withoutLine
      return enqueue(queue, write, needs.signal)
    },
    cancel: (write, frees) => {
      if (endReason) return Promise.resolve()
      return enqueue(cancels, () => {
        if (frees.line) linesInUse -= 1
        write()
      })
    },
    freeLine: () => {
      linesInUse -= 1
      sendDue()
    },
    lineRefused: (otherLines) => {
      linesInUse -= 1
      lineLimit.refused(otherLines, clock.monotonicMs())
      sendDue()
    },
    rateExceeded: () => pacer.slowDown(clock.monotonicMs()),
    end: (reason) => {
      if (endReason) return
      endReason = reason
      stop.abort(reason)
      while (cancels.head()) cancels.take().resolve()
      for (const queue of [withoutLine, withLine, spare]) while (queue.head()) queue.take().reject(reason)
    },
    counters: () => ({
      messagesSent,
      linesInUse,
      linesUsable: lineLimit.current(clock.monotonicMs()),
      linesAwaited: withLine.size(),
      peakMessagesPerSecond: pacer.peakPerSecond(),
    }),
  }
}

interface Message {
  /** Position in the order of arrival over all queues. */
  readonly order: number
  readonly write: (otherLines: number) => void
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
  /** Aborted by its caller: skipped when its turn comes. */
  isDropped: boolean
}

/** First in, first out. Every operation is O(1), amortised. */
interface Fifo {
  head(): Message | undefined
  /** Removes the head and returns it. Throws when there is none. */
  take(): Message
  put(message: Message): void
  drop(message: Message): void
  /** Messages that wait, dropped ones excluded. */
  size(): number
}

/** How many taken entries may precede the head before the array is trimmed. */
const SLACK = 1024

function createFifo(): Fifo {
  let messages: Message[] = []
  let first = 0
  let waiting = 0

  function head(): Message | undefined {
    while (messages[first]?.isDropped) first += 1
    if (first === messages.length || first > Math.max(SLACK, messages.length / 2)) {
      messages = messages.slice(first)
      first = 0
    }
    return messages[first]
  }

  return {
    head,
    take: () => {
      const message = head()
      if (!message) throw new Error('the queue is empty')
      first += 1
      waiting -= 1
      return message
    },
    put: (message) => {
      messages.push(message)
      waiting += 1
    },
    drop: (message) => {
      if (message.isDropped) return
      message.isDropped = true
      waiting -= 1
    },
    size: () => waiting,
  }
}
