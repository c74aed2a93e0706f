import type { Clock } from '../../market/clock.ts'
import type { BoundedSet } from './bounded-set.ts'
import { invalidRequest } from './check-request.ts'
import { onlyReduces } from './exposure.ts'
import type { KnownOrders } from './known-orders.ts'
import { createOrderRate, type OrderLimits } from './limits.ts'
import {
  isFinal,
  type OrderChange,
  type OrderRequest,
  type OrderState,
  type OrderStatus,
  type PlacedOrder,
} from './order.ts'
import type { OrderSession } from './order-session.ts'
import { OrderRefused, type RefusalKind } from './refused.ts'
import {
  afterCancelSent,
  afterCancelUnanswered,
  afterChangeSent,
  type TrackedOrder,
  trackNew,
  withoutKnowledge,
} from './tracked-order.ts'

/** What is sent, and what is not. */
export interface OrderSender {
  place(request: OrderRequest, signal?: AbortSignal): Promise<PlacedOrder>
  modify(order: PlacedOrder, change: OrderChange): Promise<void>
  cancel(orderId: number): Promise<void>
}

/** The session of the moment, as far as sending is concerned. */
export interface SendingSession {
  readonly own: OrderSession
  /** Orders that this session has written or shown while its accounts were allowed. */
  readonly confirmed: BoundedSet<number>
}

/** How long the gateway may take to answer an order or a cancel before it is asked, ms. */
const ANSWER_MS = 10_000

export function createOrderSender(
  { orders, account, refs, accountNumber }: KnownOrders,
  {
    limits,
    clock,
    signal: closed,
    current,
    refusal,
    askGateway,
  }: {
    readonly limits: OrderLimits
    readonly clock: Clock
    /** Aborted when the entry is closed. */
    readonly signal: AbortSignal
    readonly current: () => SendingSession | null
    readonly refusal: () => { readonly kind: RefusalKind; readonly reason: string } | null
    readonly askGateway: () => void
  },
): OrderSender {
  const rate = createOrderRate(limits)

  function sessionToSend(): SendingSession {
    const refused = refusal()
    const now = current()
    if (refused || !now) throw new OrderRefused(refused?.kind ?? 'not_ready', refused?.reason ?? 'no session')
    return now
  }

  /** Called in the moment of writing: a session may be lost, and accounts may change, while a message waits. */
  function stillAllowed(now: SendingSession): void {
    if (current() !== now)
      throw new OrderRefused('not_ready', 'the session was lost before the order was sent')
    sessionToSend()
  }

  /** `others`: the open orders besides this one. */
  function refuseBeyondLimits(request: OrderRequest, others: readonly TrackedOrder[]): void {
    const { maxOrderQuantity, maxLossPerDay } = limits
    const { quantity } = request
    if (quantity > maxOrderQuantity) {
      throw new OrderRefused(
        'limit',
        `the quantity is ${quantity}, and maxOrderQuantity is ${maxOrderQuantity}`,
      )
    }
    const { dailyPnl } = account.values()
    const isLost = dailyPnl === null || dailyPnl <= -maxLossPerDay
    const states = others.map(({ state }) => state)
    if (isLost && !onlyReduces(request, account.positions(), states)) {
      const today = dailyPnl === null ? 'not known yet' : `${dailyPnl.toFixed(2)} dollars`
      throw new OrderRefused(
        'loss',
        `the profit and loss of the day is ${today}, and maxLossPerDay is ${maxLossPerDay}: only orders that reduce a position are sent`,
      )
    }
    const tooMany = rate.take(clock.monotonicMs())
    if (tooMany !== null) throw new OrderRefused('limit', tooMany)
  }

  async function place(request: OrderRequest, signal?: AbortSignal): Promise<PlacedOrder> {
    const problem = invalidRequest(request)
    if (problem !== null) throw new OrderRefused('invalid', problem)
    const now = sessionToSend()
    const { orderRef } = request
    if (refs.has(orderRef)) {
      throw new OrderRefused('invalid', `the orderRef ${orderRef} was used before: each order has its own`)
    }
    refuseBeyondLimits(request, orders.open())
    refs.add(orderRef)
    let placed: PlacedOrder | undefined
    try {
      await now.own.write(
        { request, orderId: null },
        {
          allow: () => stillAllowed(now),
          written: (orderId, number) => {
            now.confirmed.add(orderId)
            placed = orders.add(trackNew(newState(request, orderId), number))
          },
          signal,
        },
      )
    } finally {
      if (!placed) refs.delete(orderRef)
    }
    if (!placed) throw new Error('an order was written without its number')
    expectAnswer(placed.orderId, 'sent')
    return placed
  }

  function newState(request: OrderRequest, orderId: number): OrderState {
    return {
      ...{ ...request, orderId, permId: null, status: 'sent', reason: '', placedAt: clock.now() },
      ...{ filled: 0, remaining: request.quantity, averagePrice: null, commission: null },
    }
  }

  function openOrder(orderId: number): TrackedOrder {
    const order = orders.find(orderId)
    if (!order || isFinal(order.state.status)) throw new OrderRefused('invalid', `order ${orderId} is over`)
    return order
  }

  async function modify({ orderId }: PlacedOrder, change: OrderChange): Promise<void> {
    const order = openOrder(orderId)
    const { instrument, side, orderRef, filled } = order.state
    const { quantity, limitPrice, timeInForce, transmit } = { ...order.state, ...change }
    const request = { instrument, side, orderRef, quantity, limitPrice, timeInForce, transmit }
    const problem =
      quantity <= filled
        ? `${filled} of order ${orderId} are filled already`
        : order.state.transmit && !transmit
          ? `order ${orderId} is transmitted already`
          : invalidRequest(request)
    if (problem !== null) throw new OrderRefused('invalid', problem)
    const now = sessionToSend()
    if (order.state.status === 'unknown' || order.account !== accountNumber()) {
      throw new OrderRefused('not_ready', `the state of order ${orderId} is not known`)
    }
    refuseBeyondLimits(
      request,
      orders.open().filter((other) => other.state.orderId !== orderId),
    )
    await now.own.write(
      { request, orderId },
      {
        allow: () => {
          stillAllowed(now)
          // With its number a second order would be placed if this one is over.
          openOrder(orderId)
        },
        written: () => orders.update(afterChangeSent(openOrder(orderId), transmit)),
      },
    )
  }

  async function cancel(orderId: number): Promise<void> {
    const now = current()
    if (!now) {
      throw new OrderRefused('not_ready', `there is no session: order ${orderId} stays open at the gateway`)
    }
    if (orders.find(orderId)?.state.status === 'cancelling') return
    let isSent = false
    await now.own.writeCancel(orderId, () => {
      const order = orders.find(orderId)
      // Another cancel may have gone out meanwhile.
      if (order?.state.status === 'cancelling') return false
      // With refused accounts only orders are cancelled that this very session has shown before: another account may
      // have others with the same numbers.
      const isOurs = now.own.verdict().allowed || now.confirmed.has(orderId)
      if (current() !== now || !order || isFinal(order.state.status) || !isOurs) return false
      orders.update(afterCancelSent(order))
      isSent = true
      return true
    })
    const order = orders.find(orderId)
    if (isSent) expectAnswer(orderId, 'cancelling')
    else if (order && !isFinal(order.state.status) && order.state.status !== 'cancelling') {
      const { kind, reason } = refusal() ?? { kind: 'not_ready', reason: 'the session was lost' }
      throw new OrderRefused(kind, `order ${orderId} was not cancelled: ${reason}`)
    }
  }

  /** An order that is in the same state after a while is asked for. */
  function expectAnswer(orderId: number, status: OrderStatus): void {
    clock.sleep(ANSWER_MS, closed).then(
      () => {
        const order = orders.find(orderId)
        if (order?.state.status !== status) return
        const late = `answer${status === 'sent' ? '' : 'ed'} within ${ANSWER_MS / 1000} s`
        if (status === 'sent') orders.update(withoutKnowledge(order, `no ${late}`))
        else orders.update(afterCancelUnanswered(order, `the cancel was not ${late}`))
        askGateway()
      },
      () => {},
    )
  }

  return { place, modify, cancel }
}
