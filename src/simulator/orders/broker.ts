import { newYorkDate } from '../../market/calendar.ts'
import { dateToExpiry, type EpochMs } from '../../market/units.ts'
import { API_ERRORS, type ApiError } from '../errors.ts'
import { expiresAt } from '../market/contracts.ts'
import type { SimContract, SimQuote } from '../market/market.ts'
import type { Timeline } from '../timeline.ts'
import { formatGatewayTime } from '../wire/times.ts'
import { createAccountBook, type Settlement } from './account-book.ts'
import { draftOrder, type OrderKey, type OrderRequest } from './draft.ts'
import {
  type Execution,
  type Instrument,
  instrumentName,
  isFinal,
  type Order,
  type Position,
} from './order.ts'
import { createOrderStore } from './order-store.ts'
import { type OrderPreview, previewOrder, quotesOfTheSecond } from './preview.ts'
import { roundPrice } from './quote-venue.ts'
import { createSessionChanges } from './session-changes.ts'
import type { TradingWindow } from './trading-hours.ts'
import type { Venue, VenueFill } from './venue.ts'

/** A change of the account, in the order in which a gateway tells it. */
export type BrokerChange =
  | { readonly kind: 'order'; readonly order: Order }
  | { readonly kind: 'execution'; readonly execution: Execution }
  /** Follows the `order` change of the same fill. */
  | { readonly kind: 'commission'; readonly execution: Execution }
  | { readonly kind: 'position'; readonly position: Position }
  /** A position has ended with its contract; the `position` change follows. */
  | { readonly kind: 'settlement'; readonly settlement: Settlement }
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
  /** Closes the position in an expired contract at what it is worth, dollars a share, without an order. */
  settle(contract: SimContract, price: number): void
  order(key: OrderKey): Order | undefined
  /** Orders that have not ended, the oldest first. */
  openOrders(): readonly Order[]
  /** Orders that have ended, the latest 10,000, the oldest first. */
  completedOrders(): readonly Order[]
  /** The latest 10,000 executions, the oldest first. */
  executions(filter?: (execution: Execution) => boolean): readonly Execution[]
  /** By contract, in the order in which they were first traded; one closed on the last day of trade has quantity 0. */
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
  /** Orders that may be open on one side of one contract. */
  readonly ordersPerSide: number
  /** The time of executions. */
  readonly now: () => EpochMs
  readonly timeline: Timeline
  readonly byConId: (conId: number) => SimContract | undefined
  /** When the instrument can be traded: the session of the moment, or the next one. */
  readonly tradingWindow: (instrument: Instrument, outsideRth: boolean) => TradingWindow
}

/** Permanent ids begin here: a number that cannot be taken for an order id. */
const FIRST_PERM_ID = 1_500_000_001
/** Numbers of bound orders go down from here: an error about −1 would be one about no order at all. */
const FIRST_BOUND_ID = -2
/** Orders that may be open at once; each contract among them is looked at with every update. */
const MOST_OPEN = 10_000
const TOO_LITTLE_FUNDS =
  'We are unable to accept your order. Your Available Funds are insufficient to cover the order.'

/** Where an open order is. */
interface Whereabouts {
  /** Whether the venue has it. */
  atVenue: boolean
  /** Stops waiting for the opening or the close. */
  stopWaiting: () => void
}

export function createBroker(sources: BrokerSources): Broker {
  const { venue, account, now, tradingWindow, byConId } = sources
  const book = createAccountBook({ account, startingCash: sources.startingCash, now })
  const orders = createOrderStore({ firstOrderId: sources.firstOrderId }, ({ permId }) => book.forget(permId))
  const whereabouts = new Map<number, Whereabouts>()
  const listeners = new Set<(change: BrokerChange) => void>()
  const sessionChanges = createSessionChanges(sources.timeline, now)
  const recentQuote = quotesOfTheSecond(venue.quote, now)
  let nextPermId = FIRST_PERM_ID
  let lastBoundId = FIRST_BOUND_ID + 1

  function tell(change: BrokerChange): void {
    for (const listener of [...listeners]) listener(change)
  }

  function store(permId: number, change: Partial<Order>): Order {
    const order = orders.change(permId, change)
    if (isFinal(order.status)) {
      whereabouts.get(permId)?.stopWaiting()
      whereabouts.delete(permId)
    }
    return order
  }

  function update(permId: number, change: Partial<Order>): Order {
    const order = store(permId, change)
    tell({ kind: 'order', order })
    return order
  }

  function previewAt(
    { instrument, terms }: OrderRequest,
    quote: (contract: SimContract) => SimQuote,
  ): OrderPreview {
    const held = { cash: book.cash(), positions: book.positions() }
    return previewOrder(instrument, terms, { ...held, quote, orderQuote: venue.quote, byConId })
  }

  const isAffordable = (request: OrderRequest) => previewAt(request, recentQuote).isAffordable

  function create(key: OrderKey, request: OrderRequest): number {
    const order = draftOrder(key, request, { permId: nextPermId++, account, at: now() })
    const { permId } = order
    orders.add(order)
    whereabouts.set(permId, { atVenue: false, stopWaiting: () => {} })
    if (request.terms.transmit && !isAffordable(request)) reject(permId)
    else {
      tell({ kind: 'order', order })
      if (request.terms.transmit) route(permId, true)
    }
    return permId
  }

  /** The error comes before the state, as a gateway sends them. */
  function reject(permId: number): void {
    tell({
      kind: 'notice',
      order: orders.get(permId),
      notice: API_ERRORS.orderRejected(TOO_LITTLE_FUNDS),
    })
    update(permId, { status: 'Inactive', completedAt: now(), completedStatus: TOO_LITTLE_FUNDS })
  }

  /** Brings an order to where it belongs at the moment: to the venue while its market is open, away from it otherwise. */
  function route(permId: number, warns = false): void {
    const where = whereabouts.get(permId)
    if (!where) return
    const order = orders.get(permId)
    const window = tradingWindow(order.instrument, order.terms.outsideRth)
    where.stopWaiting()
    if (hasExpired(order.instrument, window, now())) {
      if (where.atVenue) venue.cancel(permId)
      end(permId, 'The contract has expired')
      return
    }
    if (window.isOpen) {
      where.stopWaiting = sessionChanges.after(window.closesInMs, () => close(permId))
      if (where.atVenue) return
      if (order.status !== 'Submitted') update(permId, { status: 'Submitted' })
      // A listener may have cancelled it.
      if (whereabouts.get(permId) === where) submit(permId, where)
      return
    }
    if (where.atVenue) venue.cancel(permId)
    where.atVenue = false
    where.stopWaiting = sessionChanges.after(window.opensInMs, () => route(permId))
    if (warns) tell({ kind: 'notice', order, notice: waitingNotice(order, window.opensAt) })
  }

  function submit(permId: number, where: Whereabouts): void {
    const { instrument, terms, remaining } = orders.get(permId)
    where.atVenue = true
    venue.submit(
      {
        permId,
        instrument,
        side: terms.side,
        quantity: remaining,
        limitPrice: terms.limitPrice,
        immediate: terms.timeInForce === 'IOC',
      },
      {
        fill: (fill) => onFill(permId, fill),
        cancelled: (reason) => end(permId, reason),
      },
    )
  }

  /** The session of an order is over: a day order ends, others wait for the next one unless their contract expires. */
  function close(permId: number): void {
    const where = whereabouts.get(permId)
    if (!where) return
    const { terms, instrument } = orders.get(permId)
    const isOver = !tradingWindow(instrument, terms.outsideRth).isOpen
    if (!isOver || terms.timeInForce === 'GTC') {
      route(permId)
      return
    }
    if (where.atVenue) venue.cancel(permId)
    end(permId, 'The order expired at the close')
  }

  function onFill(permId: number, fill: VenueFill): void {
    if (!orders.isOpen(permId)) throw new Error(`order ${permId} has ended and cannot be filled`)
    const before = orders.get(permId)
    if (fill.quantity > before.remaining) throw new Error(`order ${permId} is filled beyond its quantity`)
    const { executions, positions, commission } = book.apply(before, fill)
    const filled = before.filled + fill.quantity
    const value = before.averageFillPrice * before.filled + fill.price * fill.quantity
    const isFilled = filled === before.terms.quantity
    // Stored before anything is told: a listener may cancel the order.
    const order = store(permId, {
      status: isFilled ? 'Filled' : before.status,
      filled,
      remaining: before.terms.quantity - filled,
      averageFillPrice: Math.round((value / filled) * 1e8) / 1e8,
      lastFillPrice: fill.price,
      commission: roundPrice(before.commission + commission),
      ...(isFilled ? { completedAt: now(), completedStatus: `Filled Size: ${filled}` } : {}),
    })
    for (const execution of executions) tell({ kind: 'execution', execution })
    for (const position of positions) tell({ kind: 'position', position })
    tell({ kind: 'order', order })
    for (const execution of executions) {
      if (execution.commission) tell({ kind: 'commission', execution })
    }
  }

  /** '' as a reason: a client wanted it. */
  function end(permId: number, reason: string): void {
    if (!orders.isOpen(permId)) return
    const completedStatus = reason === '' ? 'Cancelled by Trader' : reason
    const order = update(permId, { status: 'Cancelled', completedAt: now(), completedStatus })
    tell({ kind: 'notice', order, notice: API_ERRORS.orderCancelled(reason) })
  }

  function cancelOpen(permId: number): void {
    if (whereabouts.get(permId)?.atVenue) venue.cancel(permId)
    end(permId, '')
  }

  function modify(before: Order, request: OrderRequest): ApiError | null {
    const refused = cannotModify(before, request)
    if (refused) return refused
    const { terms, attributes } = request
    if (terms.transmit && !isAffordable(remainderOf(request, before.filled))) {
      return API_ERRORS.orderRejected(TOO_LITTLE_FUNDS)
    }
    const { permId } = before
    const isHeld = before.status === 'ApiPending'
    const order = update(permId, {
      terms: { ...terms, transmit: terms.transmit || !isHeld },
      attributes,
      remaining: terms.quantity - before.filled,
      ...(isHeld && terms.transmit ? { status: 'PreSubmitted' as const } : {}),
    })
    if (!order.terms.transmit) return null
    const wasAtVenue = whereabouts.get(permId)?.atVenue === true
    route(permId, isHeld)
    if (wasAtVenue && whereabouts.get(permId)?.atVenue) changeAtVenue(order)
    return null
  }

  function changeAtVenue({ permId, remaining, terms }: Order): void {
    venue.modify(permId, { quantity: remaining, limitPrice: terms.limitPrice })
    if (terms.timeInForce === 'IOC' && orders.isOpen(permId)) {
      venue.cancel(permId)
      end(permId, '')
    }
  }

  function tooManyOrders(request: OrderRequest): ApiError | null {
    const { ordersPerSide } = sources
    if (orders.countAlongside(request) >= ordersPerSide) {
      return API_ERRORS.orderRejected(`More than ${ordersPerSide} working orders on one side of the contract`)
    }
    return orders.openCount() < MOST_OPEN
      ? null
      : API_ERRORS.orderRejected(`More than ${MOST_OPEN} working orders`)
  }

  return {
    preview: (request) => previewAt(request, venue.quote),
    place: (key, request) => {
      const before = orders.find(key)
      if (before && !isFinal(before.status)) return modify(before, request)
      if (before?.status === 'Filled') return API_ERRORS.filledOrder()
      if (before || key.orderId < orders.nextOrderId(key.clientId)) return API_ERRORS.duplicateOrderId()
      const tooMany = tooManyOrders(request)
      if (tooMany) return tooMany
      create(key, request)
      return null
    },
    placeByHand: (request) => orders.get(create({ clientId: 0, orderId: 0 }, request)),
    bindOrders: () => {
      for (const { permId, orderId } of orders.open()) {
        if (orderId !== 0) continue
        const order = orders.change(permId, { orderId: --lastBoundId })
        tell({ kind: 'bound', order })
      }
    },
    cancel: (key) => {
      const order = orders.find(key)
      if (!order) return API_ERRORS.orderNotFound(key.orderId)
      if (isFinal(order.status)) return API_ERRORS.cannotCancel(key.orderId, order.status)
      cancelOpen(order.permId)
      return null
    },
    cancelAll: () => {
      for (const { permId } of orders.open()) cancelOpen(permId)
    },
    settle: (contract, price) => {
      const settlement = book.settle(contract, price)
      if (!settlement) return
      tell({ kind: 'settlement', settlement })
      const position = book.positions().find((held) => held.contract.conId === contract.conId)
      if (position) tell({ kind: 'position', position })
    },
    order: orders.find,
    openOrders: orders.open,
    completedOrders: orders.completed,
    executions: (filter) => (filter ? book.executions().filter(filter) : book.executions()),
    positions: book.positions,
    cash: book.cash,
    nextOrderId: orders.nextOrderId,
    restartOrderIds: orders.restartOrderIds,
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** An order keeps its contract and its side, and its quantity stays above what is filled. */
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

/** Whether a contract ends before the instrument can be traded again; where no later session is known, on this day. */
function hasExpired(instrument: Instrument, window: TradingWindow, at: EpochMs): boolean {
  const contracts =
    instrument.kind === 'single' ? [instrument.contract] : instrument.legs.map(({ contract }) => contract)
  const tradesAt = window.isOpen ? at : window.opensAt
  const date = dateToExpiry(newYorkDate(tradesAt ?? at))
  return contracts.some((contract) => {
    if (contract.expiry === '' || contract.expiry > date) return false
    return tradesAt === null || (expiresAt(contract) ?? 0) <= tradesAt
  })
}

/** 399 for an order that waits for its market: which order, and until when. */
function waitingNotice({ terms, instrument }: Order, opensAt: EpochMs | null): ApiError {
  const name = instrument.kind === 'single' ? instrument.contract.localSymbol : `${instrument.symbol} Combo`
  const until = opensAt === null ? 'the next session' : formatGatewayTime(opensAt)
  return API_ERRORS.orderWaits(`${terms.side} ${terms.quantity} ${name}`, until)
}
