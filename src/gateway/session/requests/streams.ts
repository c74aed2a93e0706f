import { EventName } from '@stoqey/ib'
import type { Tick } from '../../../market/quote.ts'
import { type Notice, refusesStream } from '../notices.ts'
import type { Link } from '../wire/link.ts'
import { computationTick, dataTypeTick, genericTick, priceTick, sizeTick } from '../wire/ticks.ts'
import type { Subscribable } from './contracts.ts'
import type { Wire } from './row-requests.ts'

export interface StreamRequest {
  /** IB's generic ticks, such as `101` for open interest, `106` for an underlying's volatility; '' for none. */
  readonly genericTicks: string
  /** In the order of arrival. Must not throw: that ends the session as a defect. */
  readonly onTick: (tick: Tick) => void
  /** Every notice that names this request (200, 354, 10167, …): what it means is for the caller to decide. */
  readonly onNotice: (notice: Notice) => void
}

/** One market-data line in use. */
export interface Subscription {
  readonly requestId: number
  /**
   * No tick is delivered from now on. The message goes ahead of all requests and frees the line when it is written;
   * a stream that the gateway had refused is over already, and costs none. Idempotent; resolves when written or
   * when the session has ended.
   */
  cancel(): Promise<void>
}

export interface Streams {
  /** Resolves when the request has been written, which may have to wait for a free line. */
  subscribe(contract: Subscribable, request: StreamRequest, signal?: AbortSignal): Promise<Subscription>
  notice(notice: Notice): void
}

/** Market-data streams over one link. Ticks of unknown or cancelled requests are dropped. */
export function createStreams(link: Link, wire: Wire): Streams {
  const open = new Map<number, StreamRequest>()
  hearTicks(link, (id, tick) => {
    const stream = open.get(id)
    if (stream && tick) link.handOver(() => stream.onTick(tick))
  })

  async function stop(requestId: number): Promise<void> {
    if (!open.delete(requestId)) return
    await wire.outbox.cancel(() => link.api.cancelMktData(requestId), { line: true })
  }

  return {
    subscribe: async (contract, request, signal) => {
      const requestId = wire.nextId()
      const { conId, exchange } = contract
      const send = () => {
        open.set(requestId, request)
        link.api.reqMktData(requestId, { conId, exchange }, request.genericTicks, false, false)
      }
      await wire.outbox.request(send, { line: true, signal })
      let stopped: Promise<void> | undefined
      return {
        requestId,
        cancel: () => {
          stopped ??= stop(requestId)
          return stopped
        },
      }
    },
    notice: (notice) => {
      const stream = notice.id === null ? undefined : open.get(notice.id)
      if (!stream || notice.id === null) return
      if (refusesStream(notice)) {
        open.delete(notice.id)
        wire.outbox.freeLine()
      }
      link.handOver(() => stream.onNotice(notice))
    },
  }
}

/** The library's tick events, decoded; undefined for a tick that nobody here reads. */
function hearTicks({ api }: Link, deliver: (id: number, tick: Tick | undefined) => void): void {
  api.on(EventName.tickPrice, (id, type, price) => deliver(id, priceTick(type, price)))
  api.on(EventName.tickSize, (id, type, size) => deliver(id, sizeTick(type ?? Number.NaN, size)))
  api.on(EventName.tickGeneric, (id, type, value) => deliver(id, genericTick(type, value)))
  api.on(EventName.marketDataType, (id, type) => deliver(id, dataTypeTick(type)))
  // biome-ignore format: the library's order of arguments, on one line
  api.on(EventName.tickOptionComputation, (id, type, _attribute, impliedVol, delta, _price, _dividend, gamma, vega, theta, underlyingPrice) => {
    deliver(id, computationTick(type, { impliedVol, delta, gamma, vega, theta, underlyingPrice }))
  })
}
