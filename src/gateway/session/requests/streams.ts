import { EventName } from '@stoqey/ib'
import type { DataType, Tick } from '../../../market/quote.ts'
import { type Notice, refusesStream } from '../notices.ts'
import type { SendQueue } from '../sending/send-queue.ts'
import type { Link } from '../wire/link.ts'
import {
  computationTick,
  dataTypeNumber,
  dataTypeTick,
  genericTick,
  priceTick,
  sizeTick,
} from '../wire/ticks.ts'
import type { Subscribable } from './contracts.ts'

interface StreamRequest {
  /** IB's generic ticks: `101` for open interest, `106` for an underlying's implied volatility; '' for none. */
  readonly genericTicks: string
  /** Opened only while no other request waits and a line is free. */
  readonly spare?: true
  /** In order of arrival. Must not throw: that would end the session as a defect. */
  readonly onTick: (tick: Tick) => void
  /** Every notice that names this request (200, 354, 10167, …). */
  readonly onNotice: (notice: Notice) => void
}

interface OpenStream extends StreamRequest {
  readonly from: 'option' | 'underlying'
  /** Other lines that were in use when the request was written. */
  readonly otherLines: number
}

/** Cancels that may still be refused for the message rate. */
const RECENT_CANCELS = 200

/** One market-data line in use. */
export interface Subscription {
  readonly requestId: number
  /**
   * Stops delivering ticks at once. The cancel message is sent ahead of all requests and frees the line when it is
   * written; a stream that the gateway refused needs none. Resolves when it is written or when the session ends.
   * Calling it again has no effect.
   */
  cancel(): Promise<void>
}

export interface Streams {
  /** Resolves when the request has been written; it may have to wait for a free line. */
  subscribe(contract: Subscribable, request: StreamRequest, signal?: AbortSignal): Promise<Subscription>
  onNotice(notice: Notice): void
}

/** Market-data streams over one link. Ticks of unknown or cancelled requests are dropped. */
export function createStreams(
  link: Link,
  {
    sendQueue,
    nextId,
    marketDataType,
    onTick,
  }: {
    sendQueue: SendQueue
    nextId: () => number
    /** Asked for before the first stream. A gateway sends live data unless asked for others. */
    marketDataType: DataType
    /** Every tick, after its stream has received it. */
    onTick: (tick: Tick, from: 'option' | 'underlying') => void
  },
): Streams {
  const open = new Map<number, OpenStream>()
  /** In order of their cancels. */
  const cancelled = new Set<number>()
  onTicks(link, (id, tick) => {
    const stream = open.get(id)
    if (!stream || !tick) return
    link.deliver(() => stream.onTick(tick))
    link.deliver(() => onTick(tick, stream.from))
  })

  let asksForType = marketDataType !== 'live'
  function askForType(): void {
    if (!asksForType) return
    asksForType = false
    const write = () => void link.api.reqMarketDataType(dataTypeNumber(marketDataType))
    // Rejects only at the end of the session, as the stream's own request then does.
    sendQueue.request(write).catch(() => {})
  }

  async function cancel(requestId: number): Promise<void> {
    if (!open.delete(requestId)) return
    cancelled.add(requestId)
    for (const oldest of cancelled) {
      if (cancelled.size <= RECENT_CANCELS) break
      cancelled.delete(oldest)
    }
    await sendQueue.cancel(() => link.api.cancelMktData(requestId), { line: true })
  }

  /** A cancel that the gateway refused would keep a line for as long as the session lasts. */
  function cancelAgain(requestId: number): void {
    if (!cancelled.delete(requestId)) return
    void sendQueue.cancel(() => link.api.cancelMktData(requestId), { line: false })
  }

  return {
    subscribe: async (contract, request, signal) => {
      const requestId = nextId()
      const { conId, exchange } = contract
      const from = contract.secType ? 'underlying' : 'option'
      const send = (otherLines: number) => {
        open.set(requestId, { ...request, from, otherLines })
        link.api.reqMktData(requestId, { conId, exchange }, request.genericTicks, false, false)
      }
      askForType()
      await sendQueue.request(send, { line: true, spare: request.spare === true, signal })
      let cancelled: Promise<void> | undefined
      return {
        requestId,
        cancel: () => {
          cancelled ??= cancel(requestId)
          return cancelled
        },
      }
    },
    onNotice: (notice) => {
      if (notice.id === null) return
      const stream = open.get(notice.id)
      if (!stream) {
        if (notice.kind === 'pacing') cancelAgain(notice.id)
        return
      }
      if (refusesStream(notice)) {
        open.delete(notice.id)
        if (notice.kind === 'lines') sendQueue.lineRefused(stream.otherLines)
        else sendQueue.freeLine()
      }
      link.deliver(() => stream.onNotice(notice))
    },
  }
}

/** The library's tick events, decoded; undefined for a tick that this program does not use. */
function onTicks({ api }: Link, deliver: (id: number, tick: Tick | undefined) => void): void {
  api.on(EventName.tickPrice, (id, type, price) => deliver(id, priceTick(type, price)))
  api.on(EventName.tickSize, (id, type, size) => deliver(id, sizeTick(type ?? Number.NaN, size)))
  api.on(EventName.tickGeneric, (id, type, value) => deliver(id, genericTick(type, value)))
  api.on(EventName.marketDataType, (id, type) => deliver(id, dataTypeTick(type)))
  // biome-ignore format: the library's long argument list, on one line
  api.on(EventName.tickOptionComputation, (id, type, _attribute, impliedVol, delta, _price, pvDividend, gamma, vega, theta, underlyingPrice) => {
    deliver(id, computationTick(type, { impliedVol, delta, gamma, vega, theta, underlyingPrice, pvDividend }))
  })
}
