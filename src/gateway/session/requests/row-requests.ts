import type { Clock } from '../../../market/clock.ts'
import { type Deferred, deferred } from '../../deferred.ts'
import { RequestRefused, RequestTimedOut } from '../errors.ts'
import { endsRequest, type Notice } from '../notices.ts'
import type { SendQueue } from '../sending/send-queue.ts'

/** One kind of request, answered by rows and an end marker. Rows and end markers of unknown ids are dropped. */
export interface RowRequests<Row> {
  /**
   * Sends a request and collects its rows; `what` names it in errors. Rejects with RequestRefused, RequestTimedOut,
   * SessionEnded or the signal's reason. The time limit counts from the moment the request is written, and again
   * from each row: rows that still arrive are an answer.
   */
  ask(what: string, write: (id: number) => void, caller?: RowCaller<Row>): Promise<Row[]>
  /**
   * Resolves when no request is open at the gateway. A request that its caller gave up is still open there, unless
   * the protocol can withdraw it.
   */
  idle(): Promise<void>
  onRow(id: number, row: Row): void
  onEnd(id: number): void
  onNotice(notice: Notice): void
  /** Rejects all open requests: the session has ended. */
  fail(reason: Error): void
}

export interface RowCaller<Row> {
  readonly signal?: AbortSignal | undefined
  /** Gets each row as it arrives, so that an answer that breaks off is not lost. Must not throw. */
  readonly onRow?: ((row: Row) => void) | undefined
  /** Gets all rows of an answer that ends only after the request has timed out, while the session lasts. Must not throw. */
  readonly onLate?: ((rows: readonly Row[]) => void) | undefined
}

interface OpenRequest<Row> {
  readonly what: string
  readonly rows: Row[]
  readonly answer: Deferred<Row[]>
  readonly onRow: ((row: Row) => void) | undefined
  readonly onLate: ((rows: readonly Row[]) => void) | undefined
  /** Aborted once the request has been answered or has failed. */
  readonly settled: AbortController
  /** When it was written, or its last row arrived; monotonic ms. */
  heardAtMs: number
  /** The last notice with an unknown code since the last row. */
  doubt: Notice | null
}

/** Limit for a gateway that never stops sending. */
const MAX_ROWS = 200_000
/** How many time limits an answer may take in all, while its rows still arrive. */
const MAX_LIMITS = 5
/** Requests that have timed out, and whose late answers are still taken. */
const MAX_LATE = 50
/** A notice with an unknown code ends its request if neither a row nor the end follows within this time. */
const DOUBT_MS = 5_000

/** `withdraw` cancels a request at the gateway, for requests that the protocol can cancel. */
export function createRowRequests<Row>(
  { sendQueue, clock, nextId }: { sendQueue: SendQueue; clock: Clock; nextId: () => number },
  timeoutMs: number,
  withdraw?: (id: number) => void,
): RowRequests<Row> {
  const open = new Map<number, OpenRequest<Row>>()
  const late = new Map<number, OpenRequest<Row>>()
  let idle: Deferred<void> | undefined

  function sendWithdrawal(id: number): void {
    if (withdraw) void sendQueue.cancel(() => withdraw(id), { line: false })
  }

  function awaitLate(id: number, request: OpenRequest<Row>): void {
    if (!request.onLate) return
    const [oldest] = late.keys()
    if (late.size >= MAX_LATE && oldest !== undefined) late.delete(oldest)
    late.set(id, request)
  }

  /** Resolves after a silence of the time limit. */
  async function silence(request: OpenRequest<Row>, until: AbortSignal): Promise<void> {
    const lastMs = clock.monotonicMs() + MAX_LIMITS * timeoutMs
    for (;;) {
      const leftMs = Math.min(request.heardAtMs + timeoutMs, lastMs) - clock.monotonicMs()
      if (leftMs <= 0) return
      await clock.sleep(leftMs, until)
    }
  }

  async function answerInTime(id: number, request: OpenRequest<Row>): Promise<Row[]> {
    const { settled } = request
    const timedOut = silence(request, settled.signal).then(() => {
      sendWithdrawal(id)
      awaitLate(id, request)
      throw new RequestTimedOut(request.what, timeoutMs, request.rows.length)
    })
    try {
      return await Promise.race([request.answer.promise, timedOut])
    } finally {
      settled.abort()
      open.delete(id)
      if (open.size === 0) idle?.resolve()
    }
  }

  /** Nobody knows whether an answer follows: a refusal must not wait for the time limit, nor a warning end the request. */
  async function doubt(request: OpenRequest<Row>, notice: Notice): Promise<void> {
    const isFirst = request.doubt === null
    request.doubt = notice
    if (!isFirst) return
    const { rows, settled, what, answer } = request
    const rowsBefore = rows.length
    try {
      await clock.sleep(DOUBT_MS, settled.signal)
    } catch {
      return
    }
    if (rows.length === rowsBefore) answer.reject(new RequestRefused(what, request.doubt))
    else request.doubt = null
  }

  return {
    ask: async (what, write, { signal, onRow, onLate } = {}) => {
      const id = nextId()
      const answer = deferred<Row[]>()
      const settled = new AbortController()
      const request: OpenRequest<Row> = {
        ...{ what, rows: [], answer, onRow, onLate, settled },
        ...{ heardAtMs: 0, doubt: null },
      }
      const send = () => {
        request.heardAtMs = clock.monotonicMs()
        open.set(id, request)
        write(id)
      }
      await sendQueue.request(send, { signal })
      const abandoned = deferred<never>()
      const abort = () => {
        abandoned.reject(signal?.reason)
        if (!withdraw) return
        sendWithdrawal(id)
        answer.reject(signal?.reason)
      }
      if (signal?.aborted) abort()
      signal?.addEventListener('abort', abort, { once: true })
      try {
        return await Promise.race([answerInTime(id, request), abandoned.promise])
      } finally {
        signal?.removeEventListener('abort', abort)
      }
    },
    idle: async () => {
      if (open.size === 0) return
      if (!idle) {
        idle = deferred()
        void idle.promise.then(() => {
          idle = undefined
        })
      }
      await idle.promise
    },
    onRow: (id, row) => {
      const request = open.get(id) ?? late.get(id)
      if (!request) return
      request.heardAtMs = clock.monotonicMs()
      if (request.rows.push(row) <= MAX_ROWS) {
        if (open.has(id)) request.onRow?.(row)
        return
      }
      late.delete(id)
      open.delete(id)
      request.answer.reject(new Error(`${request.what}: more than ${MAX_ROWS} rows`))
    },
    onEnd: (id) => {
      const request = open.get(id)
      request?.answer.resolve(request.rows)
      const tooLate = late.get(id)
      late.delete(id)
      tooLate?.onLate?.(tooLate.rows)
    },
    onNotice: (notice) => {
      const request = notice.id === null ? undefined : open.get(notice.id)
      if (!request) return
      const ends = endsRequest(notice)
      if (ends === 'yes') request.answer.reject(new RequestRefused(request.what, notice))
      if (ends === 'unless_answered') void doubt(request, notice)
    },
    fail: (reason) => {
      late.clear()
      for (const request of open.values()) request.answer.reject(reason)
    },
  }
}
