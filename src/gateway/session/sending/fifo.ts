/** One message that waits for its turn, and the promise of whoever waits with it. */
export interface Message {
  /** Position in the order of arrival over all queues. */
  readonly order: number
  readonly write: () => void
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
  /** Given up by its caller: passed over when its turn comes. */
  gone: boolean
}

/** First in, first out; every operation O(1), amortised. */
export interface Fifo {
  head(): Message | undefined
  /** The head, out of the queue. Throws when there is none. */
  take(): Message
  put(message: Message): void
  /** Takes a waiting message out of its place. */
  drop(message: Message): void
  /** Messages that still wait. */
  size(): number
}

/** Places behind the head that are kept before the array is cut. */
const SLACK = 1024

export function createFifo(): Fifo {
  let messages: Message[] = []
  let first = 0
  let waiting = 0

  function head(): Message | undefined {
    while (messages[first]?.gone) first += 1
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
      if (!message) throw new Error('nothing waits')
      first += 1
      waiting -= 1
      return message
    },
    put: (message) => {
      messages.push(message)
      waiting += 1
    },
    drop: (message) => {
      if (message.gone) return
      message.gone = true
      waiting -= 1
    },
    size: () => waiting,
  }
}
