import {
  type Execution,
  isFinal,
  type OrderRequest,
  type OrderState,
  type Position,
} from '../../src/gateway/orders/order.ts'
import type { PlacedOrder } from '../../src/gateway/orders/order-entry.ts'
import { OrderRefused } from '../../src/gateway/orders/refused.ts'
import { type ConId, conId, type EpochMs } from '../../src/market/units.ts'
import type { TraderOrders } from '../../src/paper/trader.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** An account at a gateway: it outlives the traders that use it. Orders are filled when the test says so. */
export interface PretendedGateway {
  /** A session of a new process: it knows the orders that are open, and today's executions. */
  connect(): TraderOrders
  /** Fills every order that is open and whose limit a price allows, at its limit. */
  fill(allows?: (order: OrderState) => boolean): void
  /** A contract of somebody else. */
  holdElsewhere(conId: number, quantity: number): void
  /** What the account forgets overnight: executions and orders of the day. */
  endDay(): void
  refuse(reason: string | null): void
  readonly sent: readonly OrderRequest[]
  holdings(): ReadonlyMap<number, number>
  /** The most contracts of one kind that were ever held, absolute. */
  mostHeld(): number
  openOrders(): readonly OrderState[]
  /** Every order that was ever filled. */
  filled(): readonly OrderState[]
}

export function pretendedGateway(now: () => EpochMs): PretendedGateway {
  const all: Mutable<OrderState>[] = []
  const sent: OrderRequest[] = []
  const held = new Map<number, number>()
  let executions: Execution[] = []
  let refusal: string | null = null
  let most = 0
  let nextId = 1

  function hold(id: number, change: number): void {
    const quantity = (held.get(id) ?? 0) + change
    if (quantity === 0) held.delete(id)
    else held.set(id, quantity)
    most = Math.max(most, Math.abs(quantity))
  }

  function execute(order: Mutable<OrderState>): void {
    const { instrument, orderRef, orderId, permId, side, remaining, limitPrice } = order
    if (instrument.kind !== 'combination') throw new Error('only combinations')
    const base = { orderId, permId: permId ?? 0, orderRef, symbol: instrument.symbol, exchange: 'SMART' }
    const told = { time: '', realizedPnl: null, addedLiquidity: null }
    executions.push({
      ...{
        ...base,
        ...told,
        execId: `x${orderId}.0`,
        conId: null,
        secType: 'BAG',
        side,
        quantity: remaining,
      },
      ...{ price: limitPrice ?? 0, commission: null },
    })
    for (const [at, leg] of instrument.legs.entries()) {
      const legSide = leg.side === side ? 'BUY' : 'SELL'
      const sign = legSide === 'BUY' ? 1 : -1
      hold(leg.conId, sign * remaining)
      // The whole net price is put on the first leg.
      const first = leg.side === 'BUY' ? (limitPrice ?? 0) : -(limitPrice ?? 0)
      executions.push({
        ...{
          ...base,
          ...told,
          execId: `x${orderId}.${at + 1}`,
          conId: leg.conId,
          secType: 'OPT',
          side: legSide,
        },
        ...{ quantity: remaining, price: at === 0 ? first : 0, commission: 0.65 },
      })
    }
    Object.assign(order, { status: 'filled', filled: order.quantity, remaining: 0, averagePrice: limitPrice })
  }

  function connect(): TraderOrders {
    const seen = new Set(all.filter(({ status }) => !isFinal(status)).map(({ orderId }) => orderId))
    const own = (order: PlacedOrder) => all.find(({ orderId }) => orderId === order.orderId)
    const allowed = () => {
      if (refusal !== null) throw new OrderRefused('accounts', refusal)
    }
    return {
      refusal: () => refusal,
      place: async (request) => {
        allowed()
        const order: Mutable<OrderState> = {
          ...request,
          ...{ orderId: nextId, permId: 1_000 + nextId, status: 'working', filled: 0, averagePrice: null },
          ...{ remaining: request.quantity, commission: null, reason: '', placedAt: now() },
        }
        nextId += 1
        all.push(order)
        sent.push(request)
        seen.add(order.orderId)
        return placed(order)
      },
      modify: async (order, change) => {
        allowed()
        const found = own(order)
        if (found && !isFinal(found.status)) Object.assign(found, change)
      },
      cancel: async (order) => {
        const found = own(order)
        if (found && !isFinal(found.status)) found.status = 'cancelled'
      },
      orders: () => all.filter(({ orderId }) => seen.has(orderId)).map(placed),
      executions: () => executions,
      positions: () => [...held].map(([id, quantity]) => positionOf(id, quantity)),
    }
  }

  return {
    connect,
    fill: (allows = () => true) => {
      for (const order of all) if (!isFinal(order.status) && allows(order)) execute(order)
    },
    holdElsewhere: hold,
    endDay: () => {
      for (const order of all) if (!isFinal(order.status)) order.status = 'cancelled'
      executions = []
    },
    refuse: (reason) => {
      refusal = reason
    },
    sent,
    holdings: () => held,
    mostHeld: () => most,
    openOrders: () => all.filter(({ status }) => !isFinal(status)),
    filled: () => all.filter(({ status }) => status === 'filled'),
  }
}

function placed(order: OrderState): PlacedOrder {
  const { status, filled, averagePrice, commission, reason } = order
  const over = isFinal(status) ? status : ('cancelled' as const)
  return { ...order, done: Promise.resolve({ status: over, filled, averagePrice, commission, reason }) }
}

function positionOf(id: number, quantity: number): Position {
  return {
    ...{
      conId: conId(id) as ConId,
      symbol: 'SPY',
      secType: 'OPT',
      expiry: '20261231',
      strike: id,
      right: 'C',
      tradingClass: '',
    },
    ...{ multiplier: 100, quantity, averageCost: 0 },
  }
}
