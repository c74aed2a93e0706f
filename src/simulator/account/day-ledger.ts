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

/** The trades of the current day by contract, kept up to date with each execution so that none is added up twice. */
export interface DayLedger {
  record(execution: Execution): void
  /** The trades of a contract on that date. */
  of(conId: number, date: string): DayTrades
  /** Realized on that date over all contracts, dollars. */
  realizedPnl(date: string): number
}

/** `dateOf`: the trading date of an execution. */
export function createDayLedger(dateOf: (execution: Execution) => string): DayLedger {
  const byContract = new Map<number, DayTrades>()
  let today = ''
  let realized = 0

  function beginDay(date: string): void {
    byContract.clear()
    realized = 0
    today = date
  }

  return {
    record: (execution) => {
      // A combination's legs are executions of their own.
      if (execution.traded.kind !== 'contract') return
      const date = dateOf(execution)
      if (date !== today) beginDay(date)
      const { contract } = execution.traded
      const before = byContract.get(contract.conId) ?? NOTHING
      const quantity = execution.side === 'BUY' ? execution.quantity : -execution.quantity
      const commission = execution.commission?.amount ?? 0
      const realizedPnl = execution.commission?.realizedPnl ?? 0
      realized += realizedPnl
      byContract.set(contract.conId, {
        quantity: before.quantity + quantity,
        paid: before.paid + quantity * execution.price * sharesPerUnit(contract) + commission,
        realizedPnl: before.realizedPnl + realizedPnl,
      })
    },
    of: (conId, date) => (date === today ? (byContract.get(conId) ?? NOTHING) : NOTHING),
    realizedPnl: (date) => (date === today ? realized : 0),
  }
}
