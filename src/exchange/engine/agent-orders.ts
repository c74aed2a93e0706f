import { BUY, type Order, SELL, type Side } from '../book/order.ts'
import type { OrderBook } from '../book/order-book.ts'
import { MAX_PRICE_TICKS } from '../book/price-index.ts'
import type { Scenario } from '../scenarios/schema.ts'
import type { Account, OrderEntry } from './agent.ts'
import type { ExpiryCalendar } from './expiry.ts'
import type { Turns } from './turns.ts'

/** Largest order of an agent, shares: sums of cash stay whole numbers below 2⁵³ in any run that ends. */
const MAX_AGENT_QUANTITY = 1_000_000

/** What the order entries of all agents share. */
export interface AgentTrading {
  readonly book: OrderBook
  readonly expiries: ExpiryCalendar
  readonly turns: Turns
  readonly restraints: Scenario['restraints']
  readonly lot: number
  /** The last valid mid, ticks. */
  mid(): number
  /** Called after each change of the book. */
  afterChange(): void
}

/** The order entry of an agent, which applies the scenario's restraints: participants have none. */
export function createAgentOrders(trading: AgentTrading, account: Account, agent: number): OrderEntry {
  const { book, expiries, turns, lot, restraints, afterChange } = trading
  const protectedShares = restraints.protectedLots * lot
  const { collarFraction } = restraints

  /** The part of a quantity that leaves the protected lots of other agents on the other side. */
  function allowed(side: Side, quantity: number): number {
    const opposite = side === BUY ? SELL : BUY
    if (protectedShares === 0 || book.keeps(opposite, quantity, protectedShares)) return quantity
    return Math.max(0, Math.floor((book.inside(opposite) - protectedShares) / lot) * lot)
  }

  function immediate(side: Side, price: number, quantity: number): number {
    const asked = quantity < 1 ? 0 : allowed(side, bounded(quantity))
    if (asked <= 0) return 0
    const order = book.submit(account, side, 'ioc', withinBook(price), asked)
    afterChange()
    return asked - order.remaining
  }

  /** A limit order that would take protected lots is priced behind the best opposite price instead. */
  function restrained(side: Side, price: number, quantity: number): number {
    const opposite = side === BUY ? book.bestAsk : book.bestBid
    if (opposite === null || (opposite - price) * side > 0) return price
    return allowed(side, quantity) === quantity ? price : opposite - side
  }

  return {
    account,
    limit: (side, price, wanted, expiresAt) => {
      const quantity = bounded(wanted)
      const order = book.submit(
        account,
        side,
        'limit',
        withinBook(restrained(side, price, quantity)),
        quantity,
      )
      if (order.isResting && expiresAt !== undefined && expiresAt < Number.MAX_SAFE_INTEGER)
        expiries.add(order, Math.max(expiresAt, book.step + 1))
      afterChange()
      return order
    },
    ioc: immediate,
    market: (side, quantity) => {
      if (collarFraction === null) return immediate(side, side === BUY ? MAX_PRICE_TICKS : 1, quantity)
      const edge = trading.mid() * (1 + side * collarFraction)
      return immediate(side, side === BUY ? Math.floor(edge) : Math.ceil(edge), quantity)
    },
    cancel: (order) => {
      const wasResting = book.cancel(order)
      if (wasResting) afterChange()
      return wasResting
    },
    cancelAll: () => {
      for (let order = account.firstOrder; order !== null; order = account.firstOrder) book.cancel(order)
      afterChange()
    },
    modify: (order, price, wanted) => {
      const remaining = bounded(wanted)
      const wasResting = book.modify(order, withinBook(restrained(order.side, price, remaining)), remaining)
      if (wasResting) afterChange()
      return wasResting
    },
    sleepUntil: (step) => turns.sleepUntil(agent, step),
    wake: () => turns.wake(agent),
  }
}

/** Puts off an expiry that would leave too little on the order's side; true when the order may go. */
export function mayExpire(trading: AgentTrading, order: Order): boolean {
  const protectedShares = trading.restraints.protectedLots * trading.lot
  return protectedShares === 0 || trading.book.inside(order.side) >= order.remaining + protectedShares
}

function withinBook(price: number): number {
  return Math.min(MAX_PRICE_TICKS, Math.max(1, Math.round(price)))
}

function bounded(quantity: number): number {
  return Math.min(MAX_AGENT_QUANTITY, Math.max(1, Math.floor(quantity)))
}
