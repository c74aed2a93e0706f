import type { EpochMs } from '../../market/units.ts'
import type { SimContract } from '../market/market.ts'
import type { Settlement } from '../orders/account-book.ts'
import type { Execution } from '../orders/order.ts'
import { sharesPerUnit } from './margin.ts'

/** What was traded in one contract on one day. */
export interface DayTrades {
  /** Shares or contracts bought less sold. */
  readonly quantity: number
  /** Dollars paid less received, commissions included. */
  readonly paid: number
  /** Dollars realized by what was closed, commissions included. */
  readonly realizedPnl: number
}

const NOTHING: DayTrades = { quantity: 0, paid: 0, realizedPnl: 0 }

/** The trades of the current day by contract, kept up to date with each one so that none is added up twice. */
export interface DayLedger {
  record(execution: Execution): void
  /** A position that ended with its contract counts as traded at its settlement price. */
  recordSettlement(settlement: Settlement): void
  /** The trades of a contract on that date. */
  of(conId: number, date: string): DayTrades
  /** Realized on that date over all contracts, dollars. */
  realizedPnl(date: string): number
}

/** `dateOf`: the trading date of a time that clients are told. */
export function createDayLedger(dateOf: (at: EpochMs) => string): DayLedger {
  const byContract = new Map<number, DayTrades>()
  let today = ''
  let realized = 0

  function add(contract: SimContract, at: EpochMs, trade: DayTrades): void {
    const date = dateOf(at)
    if (date !== today) {
      byContract.clear()
      realized = 0
      today = date
    }
    const before = byContract.get(contract.conId) ?? NOTHING
    realized += trade.realizedPnl
    byContract.set(contract.conId, {
      quantity: before.quantity + trade.quantity,
      paid: before.paid + trade.paid,
      realizedPnl: before.realizedPnl + trade.realizedPnl,
    })
  }

  return {
    record: ({ traded, side, quantity, price, commission, at }) => {
      // A combination's legs are executions of their own.
      if (traded.kind !== 'contract') return
      const signed = side === 'BUY' ? quantity : -quantity
      add(traded.contract, at, {
        quantity: signed,
        paid: signed * price * sharesPerUnit(traded.contract) + (commission?.amount ?? 0),
        realizedPnl: commission?.realizedPnl ?? 0,
      })
    },
    recordSettlement: ({ contract, quantity, price, realizedPnl, at }) => {
      const paid = -quantity * price * sharesPerUnit(contract)
      add(contract, at, { quantity: -quantity, paid, realizedPnl })
    },
    of: (conId, date) => (date === today ? (byContract.get(conId) ?? NOTHING) : NOTHING),
    realizedPnl: (date) => (date === today ? realized : 0),
  }
}
