import type { Account, Fill } from '../engine/agent.ts'
import type { RunResult } from './results.ts'

/** The figures of one participant in one run, in the units of the results. */
export type RunFigures = Pick<
  RunResult,
  | 'steps'
  | 'final_pnl'
  | 'final_inventory'
  | 'max_inventory'
  | 'notional'
  | 'trade_count'
  | 'aggressive_trade_qty'
>

export interface Figures {
  /** @param inventory shares after the fill. */
  fill(fill: Fill, inventory: number): void
  value(now: { readonly account: Account; readonly mid: number }): Omit<RunFigures, 'steps'>
}

/** Sums are whole ticks × shares, so they are exact. */
export function createFigures(tickSize: number): Figures {
  let notional = 0
  let tradeCount = 0
  let aggressive = 0
  let maxInventory = 0
  return {
    fill: ({ price, quantity, isMaker }, inventory) => {
      notional += price * quantity
      tradeCount++
      if (!isMaker) aggressive += quantity
      maxInventory = Math.max(maxInventory, Math.abs(inventory))
    },
    value: ({ account, mid }) => ({
      final_pnl: dollars(account.cash + account.shares * mid, tickSize),
      final_inventory: account.shares,
      max_inventory: maxInventory,
      notional: dollars(notional, tickSize),
      trade_count: tradeCount,
      aggressive_trade_qty: aggressive,
    }),
  }
}

/** Dollars without the traces of binary fractions. */
function dollars(tickShares: number, tickSize: number): number {
  return Number((tickShares * tickSize).toFixed(6))
}
