import type { RecordedFill } from '../files/step-record.ts'
import { afterFill, FLAT, markedAt, type Position } from '../position.ts'
import type { OpenOrder, OwnState } from '../strategies/strategy.ts'
import type { PlannedRequests } from './plan-requests.ts'
import type { VenueFill, VenueRefusal } from './venue.ts'

/** An open order, with what is needed to judge its fills. */
export interface OwnOrder extends OpenOrder {
  /** Whether its cancel was sent and is not confirmed. */
  readonly isCancelSent: boolean
  /** The last valid mid when it was sent. */
  readonly arrivalMid: number | null
}

/** What happened to the orders between two snapshots. */
export interface OrderEvents {
  readonly fills: readonly VenueFill[]
  readonly refusals: readonly VenueRefusal[]
  readonly cancelled: readonly string[]
}

/** The run's own side: its orders, shares and money. */
export interface OwnOrders {
  readonly position: Position
  /** The last valid mid; null before there was one. */
  readonly mark: number | null
  readonly ordersSent: number
  /** Oldest first. The same list until something changes. */
  readonly open: readonly OwnOrder[]
  /** Takes what happened and then the mid of the new snapshot; returns the fills as they are recorded. */
  take(events: OrderEvents, mid: number | null): readonly RecordedFill[]
  /** Notes what is sent at a step. */
  send(step: number, requests: PlannedRequests): void
  /** For the strategy: a value of its own. */
  state(): OwnState
}

export function createOwnOrders(): OwnOrders {
  const orders = new Map<string, OwnOrder>()
  let position = FLAT
  let mark: number | null = null
  let ordersSent = 0
  let open: readonly OwnOrder[] | null = null

  function takeFill(fill: VenueFill): RecordedFill {
    const { orderId, side, price, qty, remaining } = fill
    const order = orders.get(orderId)
    position = afterFill(position, fill)
    if (order && remaining > 0) orders.set(orderId, { ...order, remaining })
    else orders.delete(orderId)
    return {
      ...{ order_id: orderId, side, price, qty, remaining, is_maker: fill.isMaker },
      ...{ latency_ms: fill.latencyMs, sent_at_step: order?.sentAtStep ?? null },
      ...{ arrival_mid: order?.arrivalMid ?? null, mid: mark },
    }
  }

  function openOrders(): readonly OwnOrder[] {
    open ??= [...orders.values()]
    return open
  }

  return {
    get position() {
      return position
    },
    get mark() {
      return mark
    },
    get ordersSent() {
      return ordersSent
    },
    get open() {
      return openOrders()
    },
    take: ({ fills, refusals, cancelled }, mid) => {
      if (fills.length + refusals.length + cancelled.length > 0) open = null
      const recorded = fills.map(takeFill)
      for (const { orderId } of refusals) if (orderId !== null) orders.delete(orderId)
      for (const orderId of cancelled) orders.delete(orderId)
      mark = mid ?? mark
      return recorded
    },
    send: (step, { cancels, orders: sent }) => {
      if (cancels.length + sent.length > 0) open = null
      for (const orderId of cancels) {
        const order = orders.get(orderId)
        if (order) orders.set(orderId, { ...order, isCancelSent: true })
      }
      for (const { orderId, side, price, qty } of sent) {
        const order = { orderId, side, price, qty, remaining: qty, sentAtStep: step }
        orders.set(orderId, { ...order, isCancelSent: false, arrivalMid: mark })
      }
      ordersSent += sent.length
    },
    state: () => ({
      inventory: position.inventory,
      cashFlow: position.cashFlow,
      pnl: markedAt(position, mark).pnl,
      openOrders: openOrders().map(({ isCancelSent: _, arrivalMid: __, ...order }) => order),
      ordersSent,
    }),
  }
}
