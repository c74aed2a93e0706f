import type { EpochMs } from '../../market/units.ts'
import { API_ERRORS, type ApiError } from '../errors.ts'
import type { SimContract } from '../market/market.ts'
import type { Timeline } from '../timeline.ts'
import { formatGatewayTime } from '../wire/times.ts'
import { createAccountBook } from './account-book.ts'
import { draftOrder, type OrderKey, type OrderRequest } from './draft.ts'
import { type Execution, type Instrument, isFinal, NEXT_STATUS, type Order, type Position } from './order.ts'
import { type OrderPreview, previewOrder } from './preview.ts'
import type { TradingWindow } from './trading-hours.ts'
import type { Venue, VenueFill } from './venue.ts'

/** A change of the account, in the order in which a gateway tells it. */
export type BrokerChange =
  | { readonly kind: 'order'; readonly order: Order }
  | { readonly kind: 'execution'; readonly execution: Execution }
  /** Follows the `order` change of the same fill. */
  | { readonly kind: 'commission'; readonly execution: Execution }
  | { readonly kind: 'position'; readonly position: Position }
  /** An error or a warning about an order, such as 202 or 399. */
  | { readonly kind: 'notice'; readonly order: Order; readonly notice: ApiError }
  /** An order placed by hand has got a number of client 0. */
  | { readonly kind: 'bound'; readonly order: Order }

/**
 * The account behind the wire: orders, executions, positions and cash. It belongs to the gateway and not to a
 * connection, so it survives reconnections and restarts.
 */
export interface Broker {
  /**
   * Places a new order, or changes the open one with that number. The caller has validated the request. Everything else
   * is told through `onChange`, possibly before this returns.
   * @returns the error of an order that is not taken
   */
  place(key: OrderKey, request: OrderRequest): ApiError | null
  /** Places an order by hand, as in the window of TWS: it has the number 0 until client 0 binds it. */
  placeByHand(request: OrderRequest): Order
  /** Gives every open order placed by hand a negative number of client 0. */
  bindOrders(): void
  /** What the account would look like with the order filled; places nothing. */
  preview(request: OrderRequest): OrderPreview
  /** @returns the error of an order that cannot be cancelled */
  cancel(key: OrderKey): ApiError | null
  /** Cancels every open order of every client. */
  cancelAll(): void
  order(key: OrderKey): Order | undefined
  /** Orders that have not ended, the oldest first. */
  openOrders(): readonly Order[]
  /** Orders that have ended, the oldest first. */
  completedOrders(): readonly Order[]
  /** Executions of the day, the oldest first. */
  executions(filter?: (execution: Execution) => boolean): readonly Execution[]
  /** By contract, in the order in which they were first traded; closed ones with quantity 0. */
  positions(): readonly Position[]
  /** Dollars. */
  cash(): number
  /** The lowest number that this client may use for its next order. */
  nextOrderId(clientId: number): number
  /** A restart of the gateway: numbers begin again above those of the orders that are still open. */
  restartOrderIds(): void
  /** @returns a function that removes the listener */
  onChange(listener: (change: BrokerChange) => void): () => void
}

export interface BrokerSources {
  readonly venue: Venue
  readonly account: string
  /** Dollars. */
  readonly startingCash: number
  readonly firstOrderId: number
  /** The time of executions. */
  readonly now: () => EpochMs
  readonly timeline: Timeline
  readonly byConId: (conId: number) => SimContract | undefined
  /** When the instrument can be traded: the session of the moment, or the next one. */
  readonly tradingWindow: (instrument: Instrument, outsideRth: boolean) => TradingWindow
}

/** Permanent ids begin here: a number that cannot be taken for an order id. */
const FIRST_PERM_ID = 1_500_000_001

const TOO_LITTLE_FUNDS =
  'We are unable to accept your order. Your Available Funds are insufficient to cover the order.'

/** What the broker remembers of an open order beside the order itself. */
interface Pending {
  /** Whether the venue has it. */
  atVenue: boolean
  /** Stops waiting for the opening or the close. */
  cancelTimer: () => void
}

export function createBroker(sources: BrokerSources): Broker {
  const { venue, account, now, timeline, tradingWindow } = sources
  const book = createAccountBook({ account, startingCash: sources.startingCash, now })
  const orders = new Map<number, Order>()
  const open = new Map<number, Pending>()
  const permIds = new Map<string, number>()
  const completed: number[] = []
  const highestId = new Map<number, number>()
  const listeners = new Set<(change: BrokerChange) => void>()
  let firstOrderId = sources.firstOrderId
  let nextPermId = FIRST_PERM_ID
  let lastBoundId = 0

  function tell(change: BrokerChange): void {
    for (const listener of [...listeners]) listener(change)
  }

  /** Stores a changed order and tells everyone. Throws on a transition that the table does not have: a defect. */
  function update(permId: number, change: Partial<Order>): Order {
    const before = orderOf(permId)
    const order = { ...before, ...change }
    if (order.status !== before.status && !NEXT_STATUS[before.status].includes(order.status)) {
      throw new Error(`order ${permId} cannot go from ${before.status} to ${order.status}`)
    }
    orders.set(permId, order)
    if (isFinal(order.status)) {
      open.get(permId)?.cancelTimer()
      open.delete(permId)
      completed.push(permId)
    }
    tell({ kind: 'order', order })
    return order
  }

  function orderOf(permId: number): Order {
    const order = orders.get(permId)
    if (!order) throw new Error(`no order ${permId}`)
    return order
  }

  function create(key: OrderKey, request: OrderRequest): Order {
    const order = draftOrder(key, request, { permId: nextPermId++, account, at: now() })
    const { permId } = order
    orders.set(permId, order)
    permIds.set(nameOf(key), permId)
    open.set(permId, { atVenue: false, cancelTimer: () => {} })
    if (request.terms.transmit && !preview(request).isAffordable) reject(permId)
    else {
      tell({ kind: 'order', order })
      if (request.terms.transmit) release(permId, true)
    }
    return order
  }

  function preview({ instrument, terms }: OrderRequest): OrderPreview {
    const { byConId } = sources
    return previewOrder(instrument, terms, {
      cash: book.cash(),
      positions: book.positions(),
      at: now(),
      quote: venue.quote,
      byConId,
    })
  }

  /** The error comes before the state, as a gateway sends them. */
  function reject(permId: number): void {
    const notice = API_ERRORS.orderRejected(TOO_LITTLE_FUNDS)
    tell({ kind: 'notice', order: orderOf(permId), notice })
    update(permId, { status: 'Inactive', completedAt: now(), completedStatus: TOO_LITTLE_FUNDS })
  }

  /** Sends an order to the venue, or waits for its session. */
  function release(permId: number, isNew: boolean): void {
    const pending = open.get(permId)
    if (!pending) return
    const order = orderOf(permId)
    const window = tradingWindow(order.instrument, order.terms.outsideRth)
    pending.cancelTimer()
    if (!window.isOpen) {
      pending.cancelTimer = timeline.after(window.opensInMs, () => release(permId, false))
      if (isNew) tell({ kind: 'notice', order, notice: waitingNotice(order, window.opensAt) })
      return
    }
    pending.cancelTimer = timeline.after(window.closesInMs, () => close(permId))
    if (order.status !== 'Submitted') update(permId, { status: 'Submitted' })
    // A listener may have cancelled it.
    if (open.has(permId)) submit(permId, pending)
  }

  function submit(permId: number, pending: Pending): void {
    const { instrument, terms, remaining } = orderOf(permId)
    pending.atVenue = true
    venue.submit(
      {
        permId,
        instrument,
        side: terms.side,
        quantity: remaining,
        limitPrice: terms.limitPrice,
        immediate: terms.timeInForce === 'IOC',
      },
      { fill: (fill) => onFill(permId, fill), cancelled: (reason) => end(permId, 'Cancelled', reason) },
    )
  }

  /** The session of an order is over: a day order ends, others wait for the next one. */
  function close(permId: number): void {
    const pending = open.get(permId)
    if (!pending) return
    const { terms, instrument } = orderOf(permId)
    if (tradingWindow(instrument, terms.outsideRth).isOpen) {
      release(permId, false)
      return
    }
    if (pending.atVenue) venue.cancel(permId)
    pending.atVenue = false
    if (terms.timeInForce === 'GTC') release(permId, false)
    else end(permId, 'Cancelled', 'The order expired at the close')
  }

  function onFill(permId: number, fill: VenueFill): void {
    const before = orderOf(permId)
    const { executions, positions, commission } = book.apply(before, fill)
    for (const execution of executions) tell({ kind: 'execution', execution })
    for (const position of positions) tell({ kind: 'position', position })
    const filled = before.filled + fill.quantity
    const value = before.averageFillPrice * before.filled + fill.price * fill.quantity
    const isFilled = filled === before.terms.quantity
    update(permId, {
      status: isFilled ? 'Filled' : before.status,
      filled,
      remaining: before.terms.quantity - filled,
      averageFillPrice: value / filled,
      lastFillPrice: fill.price,
      commission: before.commission + commission,
      ...(isFilled ? { completedAt: now(), completedStatus: `Filled Size: ${filled}` } : {}),
    })
    for (const execution of executions) {
      if (execution.commission) tell({ kind: 'commission', execution })
    }
  }

  function end(permId: number, status: 'Cancelled' | 'Inactive', reason: string): void {
    if (!open.has(permId)) return
    const order = update(permId, {
      status,
      completedAt: now(),
      completedStatus: reason === '' ? 'Cancelled by Trader' : reason,
    })
    tell({ kind: 'notice', order, notice: API_ERRORS.orderCancelled(reason) })
  }

  function cancelOpen(permId: number): void {
    if (open.get(permId)?.atVenue) venue.cancel(permId)
    end(permId, 'Cancelled', '')
  }

  function modify(before: Order, request: OrderRequest): ApiError | null {
    const refused = cannotModify(before, request)
    if (refused) return refused
    if (request.terms.transmit && !preview(remainderOf(request, before.filled)).isAffordable) {
      return API_ERRORS.orderRejected(TOO_LITTLE_FUNDS)
    }
    const { permId } = before
    const { terms, attributes } = request
    const isReleased = terms.transmit && before.status === 'ApiPending'
    const order = update(permId, {
      terms: { ...terms, transmit: before.terms.transmit || terms.transmit },
      attributes,
      remaining: terms.quantity - before.filled,
      ...(isReleased ? { status: 'PreSubmitted' as const } : {}),
    })
    const pending = open.get(permId)
    if (!pending) return null
    if (isReleased) release(permId, true)
    else if (pending.atVenue) {
      venue.modify(permId, { quantity: order.remaining, limitPrice: terms.limitPrice })
    }
    return null
  }

  return {
    preview,
    place: (key, request) => {
      const permId = permIds.get(nameOf(key))
      const before = permId === undefined ? undefined : orderOf(permId)
      if (before && !isFinal(before.status)) return modify(before, request)
      if (before?.status === 'Filled') return API_ERRORS.filledOrder()
      if (before || key.orderId < nextOrderId(key.clientId)) return API_ERRORS.duplicateOrderId()
      highestId.set(key.clientId, key.orderId)
      create(key, request)
      return null
    },
    placeByHand: (request) => {
      const order = create({ clientId: 0, orderId: 0 }, request)
      return orderOf(order.permId)
    },
    bindOrders: () => {
      for (const permId of [...open.keys()]) {
        const order = orderOf(permId)
        if (order.orderId !== 0) continue
        const bound = { ...order, orderId: --lastBoundId }
        orders.set(permId, bound)
        permIds.set(nameOf(bound), permId)
        tell({ kind: 'bound', order: bound })
      }
    },
    cancel: (key) => {
      const permId = permIds.get(nameOf(key))
      if (permId === undefined) return API_ERRORS.orderNotFound(key.orderId)
      const { status } = orderOf(permId)
      if (isFinal(status)) return API_ERRORS.cannotCancel(key.orderId, status)
      cancelOpen(permId)
      return null
    },
    cancelAll: () => {
      for (const permId of [...open.keys()]) cancelOpen(permId)
    },
    order: (key) => orders.get(permIds.get(nameOf(key)) ?? -1),
    openOrders: () => [...open.keys()].map(orderOf),
    completedOrders: () => completed.map(orderOf),
    executions: (filter) => (filter ? book.executions().filter(filter) : book.executions()),
    positions: () => book.positions(),
    cash: () => book.cash(),
    nextOrderId,
    restartOrderIds: () => {
      firstOrderId = 1
      highestId.clear()
      for (const permId of open.keys()) {
        const { clientId, orderId } = orderOf(permId)
        highestId.set(clientId, Math.max(orderId, highestId.get(clientId) ?? 0))
      }
      for (const [name, permId] of permIds) if (!open.has(permId)) permIds.delete(name)
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }

  function nextOrderId(clientId: number): number {
    return Math.max(firstOrderId, (highestId.get(clientId) ?? 0) + 1)
  }
}

const nameOf = ({ clientId, orderId }: OrderKey) => `${clientId} ${orderId}`

/** An order keeps its contract and its side, and its quantity cannot fall below what is filled. */
function cannotModify(before: Order, { instrument, terms }: OrderRequest): ApiError | null {
  if (terms.side !== before.terms.side || instrumentName(instrument) !== instrumentName(before.instrument)) {
    return API_ERRORS.changedOrder()
  }
  return terms.quantity > before.filled ? null : API_ERRORS.filledOrder()
}

/** The part of a changed order that is not filled yet. */
function remainderOf(request: OrderRequest, filled: number): OrderRequest {
  return { ...request, terms: { ...request.terms, quantity: request.terms.quantity - filled } }
}

/** 399 for an order that waits for its market: which order, and until when. */
function waitingNotice({ terms, instrument }: Order, opensAt: EpochMs | null): ApiError {
  const name = instrument.kind === 'single' ? instrument.contract.localSymbol : `${instrument.symbol} Combo`
  const until = opensAt === null ? 'the next session' : formatGatewayTime(opensAt)
  return API_ERRORS.orderWaits(`${terms.side} ${terms.quantity} ${name}`, until)
}

/** Equal for instruments that are the same contracts in the same ratios. */
export function instrumentName(instrument: Instrument): string {
  if (instrument.kind === 'single') return String(instrument.contract.conId)
  return instrument.legs.map(({ contract, side, ratio }) => `${side}${ratio}x${contract.conId}`).join(' ')
}
