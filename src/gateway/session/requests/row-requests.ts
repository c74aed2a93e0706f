import type { Clock } from '../../../market/clock.ts'
import { type Deferred, deferred } from '../../deferred.ts'
import { RequestRefused, RequestTimedOut } from '../errors.ts'
import { endsRequest, type Notice } from '../notices.ts'
import type { SendQueue } from '../sending/send-queue.ts'

/** What a request needs of its session. */
export interface Wire {
  readonly outbox: SendQueue
  readonly clock: Clock
  /** The next id of the one sequence that requests and orders share. */
  nextId(): number
}

/** One kind of request that is answered by rows and an end. Rows and ends of unknown ids are dropped. */
export interface RowRequests<Row> {
  /**
   * Asks and collects. Rejects with RequestRefused, RequestTimedOut, SessionEnded or the signal's reason; the time
   * counts from the writing.
   */
  ask(what: string, write: (id: number) => void, signal?: AbortSignal): Promise<Row[]>
  row(id: number, row: Row): void
  end(id: number): void
  notice(notice: Notice): void
  /** Rejects everything that is open: the session has ended. */
  fail(reason: Error): void
}

/** Against a gateway that never stops answering. */
const MOST_ROWS = 200_000

/** `withdraw` tells the gateway that an answer is no longer waited for, where the protocol knows how. */
export function createRowRequests<Row>(
  wire: Wire,
  timeoutMs: number,
  withdraw?: (id: number) => void,
): RowRequests<Row> {
  const open = new Map<number, { what: string; rows: Row[]; answer: Deferred<Row[]> }>()

  async function answerOf(id: number, answer: Promise<Row[]>, what: string): Promise<Row[]> {
    const settled = new AbortController()
    const late = wire.clock.sleep(timeoutMs, settled.signal).then(() => {
      if (withdraw) void wire.outbox.cancel(() => withdraw(id), { line: false })
      throw new RequestTimedOut(what, timeoutMs)
    })
    try {
      return await Promise.race([answer, late])
    } finally {
      settled.abort()
      open.delete(id)
    }
  }

  return {
    ask: async (what, write, signal) => {
      const id = wire.nextId()
      const answer = deferred<Row[]>()
      const giveUp = () => {
        if (withdraw) void wire.outbox.cancel(() => withdraw(id), { line: false })
        answer.reject(signal?.reason)
      }
      const send = () => {
        open.set(id, { what, rows: [], answer })
        write(id)
      }
      await wire.outbox.request(send, { signal })
      if (signal?.aborted) giveUp()
      signal?.addEventListener('abort', giveUp, { once: true })
      try {
        return await answerOf(id, answer.promise, what)
      } finally {
        signal?.removeEventListener('abort', giveUp)
      }
    },
    row: (id, row) => {
      const request = open.get(id)
      if (!request) return
      if (request.rows.push(row) <= MOST_ROWS) return
      open.delete(id)
      request.answer.reject(new Error(`${request.what}: more than ${MOST_ROWS} rows`))
    },
    end: (id) => {
      const request = open.get(id)
      request?.answer.resolve(request.rows)
    },
    notice: (notice) => {
      const request = notice.id === null ? undefined : open.get(notice.id)
      if (request && endsRequest(notice)) request.answer.reject(new RequestRefused(request.what, notice))
    },
    fail: (reason) => {
      for (const request of open.values()) request.answer.reject(reason)
    },
  }
}
