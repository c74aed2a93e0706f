import { EventName } from '@stoqey/ib'
import type { Notice } from '../notices.ts'
import type { SendQueue } from '../sending/send-queue.ts'
import type { Link } from '../wire/link.ts'
import type { Subscribable } from './contracts.ts'
import { createDepthRows, type DepthBook, type DepthRows } from './depth-rows.ts'

export interface DepthRequest {
  /** Rows a side. */
  readonly rows: number
  /** Every notice that names this request (309, 316, 10092, …). Must not throw. */
  readonly onNotice: (notice: Notice) => void
}

/** The order book of one contract, as the gateway keeps it up to date. */
export interface DepthSubscription {
  /** The book of the moment; null as long as no row has ever arrived. */
  book(): DepthBook | null
  /** Ends it. Resolves when the message is written or the session ends. Calling it again has no effect. */
  cancel(): Promise<void>
}

/** Market depth over one link. It takes no market-data line; gateways allow three requests at a time or more. */
export interface DepthRequests {
  /** Resolves when the request has been written. */
  followDepth(contract: Subscribable, request: DepthRequest, signal?: AbortSignal): Promise<DepthSubscription>
  onNotice(notice: Notice): void
}

interface OpenDepth extends DepthRequest {
  readonly book: DepthRows
  hasRows: boolean
}

/** "Market depth data has been RESET": the stream goes on with a new book. */
const RESET = 317
/** Too many requests, halted (ask again), and no depth for this contract: there is nothing left to cancel. */
const ENDED = new Set([200, 309, 316, 10_092])

export function createDepthRequests(
  link: Link,
  { sendQueue, nextId }: { sendQueue: SendQueue; nextId: () => number },
): DepthRequests {
  const { api } = link
  const open = new Map<number, OpenDepth>()

  function onRow(id: number, position: number, operation: number, side: number, price: number, size: number) {
    const request = open.get(id)
    if (!request) return
    request.hasRows = true
    request.book.apply({ position, operation, side, price, size })
  }
  api.on(EventName.updateMktDepth, onRow)
  // biome-ignore format: the library's long argument list, on one line
  api.on(EventName.updateMktDepthL2, (id, position, _maker, operation, side, price, size) => onRow(id, position, operation, side, price, size))

  return {
    followDepth: async (contract, { rows, onNotice }, signal) => {
      const requestId = nextId()
      const { conId, exchange } = contract
      // A smart-routed contract has rows of all exchanges; the others have a book of their own.
      const isSmart = exchange === 'SMART'
      const request: OpenDepth = { rows, onNotice, book: createDepthRows(), hasRows: false }
      const send = () => {
        open.set(requestId, request)
        api.reqMktDepth(requestId, { conId, exchange }, rows, isSmart)
      }
      await sendQueue.request(send, { signal })
      return {
        book: () => (request.hasRows ? request.book.book() : null),
        cancel: async () => {
          if (!open.delete(requestId)) return
          await sendQueue.cancel(() => void api.cancelMktDepth(requestId, isSmart), { line: false })
        },
      }
    },
    onNotice: (notice) => {
      const request = notice.id === null ? undefined : open.get(notice.id)
      if (!request) return
      if (notice.code === RESET) request.book.clear()
      if (ENDED.has(notice.code) && notice.id !== null) {
        open.delete(notice.id)
        request.book.clear()
      }
      link.deliver(() => request.onNotice(notice))
    },
  }
}
