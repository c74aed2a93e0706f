import type { Side } from './strategies/strategy.ts'

/** Money and shares of one run after some of its fills; nothing of it depends on the market. */
export interface Position {
  /** Shares; negative when short. */
  readonly inventory: number
  /** Dollars received less dollars paid. */
  readonly cashFlow: number
  /** Average cost of the inventory in dollars a share; null when flat. */
  readonly averagePrice: number | null
  /** Profit of the shares that were both bought and sold, at average cost, in dollars. */
  readonly realisedPnl: number
}

export const FLAT: Position = { inventory: 0, cashFlow: 0, averagePrice: null, realisedPnl: 0 }

/**
 * The position after a fill. A fill that adds to the inventory moves the average price; one that reduces it realises
 * (price − average) a share for a long inventory and (average − price) for a short one, and leaves the average; one
 * that turns it does both.
 */
export function afterFill(position: Position, fill: { side: Side; price: number; qty: number }): Position {
  const { side, price, qty } = fill
  const direction = side === 'BUY' ? 1 : -1
  const inventory = position.inventory + direction * qty
  const cashFlow = money(position.cashFlow - direction * price * qty)
  const { averagePrice, realisedPnl } = position
  const held = Math.abs(position.inventory)
  if (averagePrice === null || Math.sign(position.inventory) === direction) {
    return {
      inventory,
      cashFlow,
      averagePrice: ((averagePrice ?? 0) * held + price * qty) / (held + qty),
      realisedPnl,
    }
  }
  const closed = Math.min(qty, held)
  const realised = money(realisedPnl - direction * (price - averagePrice) * closed)
  const isTurned = qty > held
  return {
    inventory,
    cashFlow,
    averagePrice: isTurned ? price : inventory === 0 ? null : averagePrice,
    realisedPnl: realised,
  }
}

/**
 * Marked at a mid: `pnl` = cash flow + inventory × mid, which is realised and unrealised profit together. Null before there
 * is a mid; a flat inventory has no unrealised profit.
 */
export function markedAt(
  { inventory, cashFlow, averagePrice }: Position,
  mid: number | null,
): { readonly pnl: number | null; readonly unrealisedPnl: number | null } {
  const unrealisedPnl =
    averagePrice === null ? 0 : mid === null ? null : money(inventory * (mid - averagePrice))
  return { pnl: mid === null ? null : money(cashFlow + inventory * mid), unrealisedPnl }
}

/** Removes the noise of binary fractions: money here is a sum of prices of at most six decimals. */
function money(dollars: number): number {
  return Math.round(dollars * 1e6) / 1e6
}
