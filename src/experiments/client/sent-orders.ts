import type { Clock } from '../../market/clock.ts'
import type { VenueFill, VenueOrder } from '../run/venue.ts'
import { MalformedMessage, type ServerMessage } from './server-message.ts'

/** The orders that were sent to an exchange, to check its fills against and to time them. */
export interface SentOrders {
  /** Whether an order may still be filled. */
  readonly areOpen: boolean
  add(order: VenueOrder): void
  /** @throws MalformedMessage for a fill that no order can have. */
  fill(message: Extract<ServerMessage, { kind: 'fill' }>): VenueFill
  /** The order was refused or cancelled. A fill that comes late is still taken. */
  close(orderId: string): void
}

interface SentOrder {
  readonly side: VenueOrder['side']
  readonly sentAtMs: number
  remaining: number
  isOpen: boolean
}

/** Closed orders that are remembered for fills that come late. */
const MAX_CLOSED = 10_000

export function createSentOrders(clock: Clock): SentOrders {
  const orders = new Map<string, SentOrder>()
  /** Ids of closed orders, oldest first. */
  const closed = new Set<string>()
  return {
    get areOpen() {
      return orders.size > closed.size
    },
    add: ({ orderId, side, qty }) => {
      orders.set(orderId, { side, sentAtMs: clock.monotonicMs(), remaining: qty, isOpen: true })
    },
    fill: ({ orderId, side, price, qty, remaining, isMaker }) => {
      const order = orders.get(orderId)
      if (order === undefined) throw new MalformedMessage(`a fill of an order that is not known: ${orderId}`)
      if (order.side !== side || qty > order.remaining)
        throw new MalformedMessage(
          `a fill of ${qty} (${side}) for ${orderId}, of which ${order.remaining} (${order.side}) are left`,
        )
      order.remaining -= qty
      if (order.remaining === 0) {
        orders.delete(orderId)
        closed.delete(orderId)
      }
      const latencyMs = Math.round((clock.monotonicMs() - order.sentAtMs) * 1_000) / 1_000
      return { orderId, side, price, qty, remaining, isMaker, latencyMs }
    },
    close: (orderId) => {
      const order = orders.get(orderId)
      if (!order?.isOpen) return
      order.isOpen = false
      closed.add(orderId)
      if (closed.size <= MAX_CLOSED) return
      const [oldest] = closed
      if (oldest === undefined) return
      closed.delete(oldest)
      orders.delete(oldest)
    },
  }
}
