import type { SimContract } from '../market/market.ts'
import { multiplierOf, type Position, type Side } from './order.ts'

/** What one fill of one contract does to the account. */
export interface Trade {
  readonly contract: SimContract
  readonly side: Side
  readonly quantity: number
  /** Dollars a share. */
  readonly price: number
  /** Dollars. */
  readonly commission: number
}

/** Money is counted in whole ten-thousandths of a dollar, so that sums are exact. */
const UNITS_PER_DOLLAR = 1e4

export function dollars(units: number): number {
  return units / UNITS_PER_DOLLAR
}

export function units(amount: number): number {
  return Math.round(amount * UNITS_PER_DOLLAR)
}

/** What the trade adds to cash, in units: negative for a purchase; the commission included. */
export function cashOf(trade: Trade): number {
  const value = units(trade.price * trade.quantity * multiplierOf(trade.contract))
  return (trade.side === 'BUY' ? -value : value) - units(trade.commission)
}

/** One position in units: its cost is signed like its quantity and includes commissions. */
export interface Holding {
  readonly contract: SimContract
  readonly quantity: number
  /** Cost of what is held, in units: what was paid for it, negative for what a short sale has brought in. */
  readonly cost: number
  /** In units. */
  readonly realizedPnl: number
}

/**
 * The holding after a trade. What closes a position is taken out at average cost and the difference realized; what is
 * left of the trade opens a position in the other direction. At every step, cost − realizedPnl is the cash that the
 * contract has cost so far, to the unit.
 */
export function applyTrade(before: Holding | undefined, trade: Trade): Holding {
  const { quantity: held, cost, realizedPnl } = before ?? { quantity: 0, cost: 0, realizedPnl: 0 }
  const signed = trade.side === 'BUY' ? trade.quantity : -trade.quantity
  const paid = -cashOf(trade)
  const quantity = held + signed
  const { contract } = trade
  if (held === 0 || held > 0 === signed > 0) return { contract, quantity, cost: cost + paid, realizedPnl }
  const closing = Math.min(Math.abs(signed), Math.abs(held))
  const costOut = closing === Math.abs(held) ? cost : Math.round((cost * closing) / Math.abs(held))
  const paidForClosing = closing === trade.quantity ? paid : Math.round((paid * closing) / trade.quantity)
  return {
    contract,
    quantity,
    cost: cost - costOut + (paid - paidForClosing),
    realizedPnl: realizedPnl - costOut - paidForClosing,
  }
}

export function positionOf(holding: Holding): Position {
  const { contract, quantity, cost, realizedPnl } = holding
  return {
    contract,
    quantity,
    averageCost: quantity === 0 ? 0 : dollars(cost / quantity),
    realizedPnl: dollars(realizedPnl),
  }
}
