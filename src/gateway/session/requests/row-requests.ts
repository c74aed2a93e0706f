import type { Clock } from '../../../market/clock.ts'
import { type Deferred, deferred } from '../../deferred.ts'
import { RequestRefused, RequestTimedOut } from '../errors.ts'
import { endsRequest, type Notice } from '../notices.ts'
import type { SendQueue } from '../sending/send-queue.ts'

/** One kind of request, answered by rows and an end marker. Rows and end markers of unknown ids are dropped. */
export interface RowRequests<Row> {
  /**
   * Sends a request and collects its rows; `what` names it in errors. Rejects with RequestRefused, RequestTimedOut,
   * SessionEnded or the signal's reason. The time limit counts from the moment the request is written.
   */
  ask(what: string, write: (id: number) => void, signal?: AbortSignal): Promise<Row[]>
  onRow(id: number, row: Row): void
  onEnd(id: number): void
  onNotice(notice: Notice): void
  /** Rejects all open requests: the session has ended. */
  fail(reason: Error): void
}

/** Limit for a gateway that never stops sending. */
const MAX_ROWS = 200_000

/** `withdraw` cancels a request at the gateway, for requests that the protocol can cancel. */
export function createRowRequests<Row>(
  { sendQueue, clock, nextId }: { sendQueue: SendQueue; clock: Clock; nextId: () => number },
  timeoutMs: number,
  withdraw?: (id: number) => void,
): RowRequests<Row> {
  const open = new Map<number, { what: string; rows: Row[]; answer: Deferred<Row[]> }>()

  function sendWithdrawal(id: number): void {
    if (withdraw) void sendQueue.cancel(() => withdraw(id), { line: false })
  }

  async function answerInTime(id: number, answer: Promise<Row[]>, what: string): Promise<Row[]> {
    const settled = new AbortController()
    const timedOut = clock.sleep(timeoutMs, settled.signal).then(() => {
      sendWithdrawal(id)
      throw new RequestTimedOut(what, timeoutMs)
    })
    try {
      return await Promise.race([answer, timedOut])
    } finally {
      settled.abort()
      open.delete(id)
    }
  }

  return {
    ask: async (what, write, signal) => {
      const id = nextId()
      const answer = deferred<Row[]>()
      const abort = () => {
        sendWithdrawal(id)
        answer.reject(signal?.reason)
      }
      const send = () => {
        open.set(id, { what, rows: [], answer })
        write(id)
      }
      await sendQueue.request(send, { signal })
      if (signal?.aborted) abort()
      signal?.addEventListener('abort', abort, { once: true })
      try {
        return await answerInTime(id, answer.promise, what)
      } finally {
        signal?.removeEventListener('abort', abort)
      }
    },
    onRow: (id, row) => {
      const request = open.get(id)
      if (!request) return
      if (request.rows.push(row) <= MAX_ROWS) return
      open.delete(id)
      request.answer.reject(new Error(`${request.what}: more than ${MAX_ROWS} rows`))
    },
    onEnd: (id) => {
      const request = open.get(id)
      request?.answer.resolve(request.rows)
    },
    onNotice: (notice) => {
      const request = notice.id === null ? undefined : open.get(notice.id)
      if (request && endsRequest(notice)) request.answer.reject(new RequestRefused(request.what, notice))
    },
    fail: (reason) => {
      for (const request of open.values()) request.answer.reject(reason)
    },
  }
}
