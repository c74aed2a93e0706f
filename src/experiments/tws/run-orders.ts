import type { Execution, OrderInstrument, PlacedOrder } from '../../gateway/orders/order.ts'
import type { EntryChange, OrderEntry } from '../../gateway/orders/order-entry.ts'
import type { Clock } from '../../market/clock.ts'
import type { VenueFill, VenueOrder, VenueRefusal, VenueRequest } from '../run/venue.ts'

/** What has become of the run's orders since it was last asked for. */
export interface OrderNews {
  readonly fills: VenueFill[]
  readonly refusals: VenueRefusal[]
  readonly cancelled: string[]
}

/** The orders of one run. */
export interface RunOrders {
  /** Sends requests in their order; resolves when all are written or refused. Rejects with the signal's reason only. */
  send(requests: readonly VenueRequest[]): Promise<void>
  news(): OrderNews
  /** Shares that the run has bought less those that it has sold, by its executions. */
  netShares(): number
  /** Cancels what is open and waits for the answers, at most `limitMs`. `left`: what is still open or unknown. */
  cancelOpen(limitMs: number): Promise<{ readonly cancelled: number; readonly left: readonly PlacedOrder[] }>
  close(): void
}

interface SentOrder {
  readonly order: VenueOrder
  readonly placed: PlacedOrder
  readonly sentAtMs: number
  filled: number
  /** Its end has been told. */
  isOver: boolean
}

/** Interactive Brokers' limit of working orders on one side of one contract. */
const MOST_OPEN_A_SIDE = 20

/** `report` gets the gateway's warnings about orders, each code once. */
export function openRunOrders(
  entry: OrderEntry,
  {
    instrument,
    refPrefix,
    clock,
    signal,
    report,
  }: {
    readonly instrument: OrderInstrument
    /** The mark of the run, in front of the number of each order. */
    readonly refPrefix: string
    readonly clock: Clock
    readonly signal: AbortSignal
    readonly report: (line: string) => void
  },
): RunOrders {
  const sent = new Map<string, SentOrder>()
  const byNumber = new Map<number, SentOrder>()
  /** Executions that were told before their order was known to be written. */
  const early: Execution[] = []
  /** Executions that were counted: each is told again with its commission. */
  const counted = new Set<string>()
  const warned = new Set<number>()
  let news: OrderNews = { fills: [], refusals: [], cancelled: [] }
  let net = 0

  function onChange(change: EntryChange): void {
    if (change.kind === 'execution') onExecution(change.execution)
    else if (change.kind === 'order') {
      const known = byNumber.get(change.order.orderId)
      if (known) checkEnd(known)
    } else if (change.kind === 'warning' && byNumber.has(change.order.orderId)) {
      if (warned.has(change.code)) return
      warned.add(change.code)
      report(`the gateway warns of an order (${change.code}): ${change.message}`)
    }
  }

  function onExecution(execution: Execution): void {
    const known = byNumber.get(execution.orderId)
    if (known) fill(known, execution)
    else if (execution.orderRef.startsWith(refPrefix)) early.push(execution)
  }

  function fill(known: SentOrder, execution: Execution): void {
    const { execId, side, price, quantity, addedLiquidity } = execution
    if (counted.has(execId)) return
    counted.add(execId)
    const { order } = known
    known.filled += quantity
    net += side === 'BUY' ? quantity : -quantity
    news.fills.push({
      orderId: order.orderId,
      side,
      price,
      qty: quantity,
      remaining: Math.max(0, order.qty - known.filled),
      isMaker: addedLiquidity,
      latencyMs: clock.monotonicMs() - known.sentAtMs,
    })
  }

  function checkEnd(known: SentOrder): void {
    const { placed, order } = known
    if (known.isOver) return
    if (placed.status === 'cancelled') news.cancelled.push(order.orderId)
    else if (placed.status === 'rejected' || placed.status === 'not_received') {
      news.refusals.push({ orderId: order.orderId, code: placed.status, message: placed.reason })
    } else if (placed.status !== 'filled') return
    known.isOver = true
  }

  function refuse(orderId: string, code: string, message: string): void {
    news.refusals.push({ orderId, code, message })
  }

  function openOnSide(side: VenueOrder['side']): number {
    let count = 0
    for (const { order, isOver } of sent.values()) if (!isOver && order.side === side) count += 1
    return count
  }

  async function place(order: VenueOrder): Promise<void> {
    const { orderId, side, price, qty } = order
    if (openOnSide(side) >= MOST_OPEN_A_SIDE) {
      refuse(orderId, 'open_orders', `more than ${MOST_OPEN_A_SIDE} open orders on one side of a contract`)
      return
    }
    const sentAtMs = clock.monotonicMs()
    try {
      const placed = await entry.place(
        {
          instrument,
          side,
          quantity: qty,
          limitPrice: price,
          timeInForce: 'DAY',
          transmit: true,
          orderRef: `${refPrefix}${orderId}`,
        },
        signal,
      )
      const known = { order, placed, sentAtMs, filled: 0, isOver: false }
      sent.set(orderId, known)
      byNumber.set(placed.orderId, known)
      for (const execution of early.splice(0)) onExecution(execution)
      checkEnd(known)
    } catch (error) {
      signal.throwIfAborted()
      refuse(orderId, 'not_sent', error instanceof Error ? error.message : String(error))
    }
  }

  async function cancel(orderId: string): Promise<void> {
    const known = sent.get(orderId)
    if (!known || known.isOver) return
    try {
      await entry.cancel(known.placed)
    } catch (error) {
      // The order is still open: it is no refusal of the order.
      signal.throwIfAborted()
      report(`a cancel was not sent: ${error instanceof Error ? error.message : error}`)
    }
  }

  const removeListener = entry.onChange(onChange)
  return {
    send: async (requests) => {
      for (const request of requests) {
        if (request.kind === 'order') await place(request)
        else await cancel(request.orderId)
        signal.throwIfAborted()
      }
    },
    news: () => {
      const told = news
      news = { fills: [], refusals: [], cancelled: [] }
      return told
    },
    netShares: () => net,
    cancelOpen: async (limitMs) => {
      const open = [...sent.values()].filter(({ isOver }) => !isOver)
      if (open.length === 0) return { cancelled: 0, left: [] }
      for (const { placed } of open) entry.cancel(placed).catch(() => {})
      const giveUp = new AbortController()
      const over = Promise.all(open.map(({ placed }) => placed.done))
      await Promise.race([over, clock.sleep(limitMs, giveUp.signal).catch(() => {})])
      giveUp.abort()
      for (const one of open) checkEnd(one)
      return {
        cancelled: open.filter(({ placed }) => placed.status === 'cancelled').length,
        left: open.filter(({ isOver }) => !isOver).map(({ placed }) => placed),
      }
    },
    close: removeListener,
  }
}
