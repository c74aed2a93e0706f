import type { ReportedCommission, ReportedPnl } from './decode.ts'
import type { AccountValues, Execution, Position } from './order.ts'

/** Executions, positions and figures of one account, as messages bring them, in any order and more than once. */
export interface AccountState {
  /** Returns the execution if it is new; null if it is known, or corrects one that is known. */
  addExecution(execution: Execution): Execution | null
  /** Returns the execution with its commission; null if it is not known yet (the commission is kept) or told already. */
  addCommission(report: ReportedCommission): Execution | null
  setPosition(position: Position): void
  /** Returns whether a figure has changed. */
  setValue(tag: string, value: string): boolean
  setPnl(pnl: ReportedPnl): void
  /** Positions and figures of an earlier session are forgotten: what was closed meanwhile is not listed any more. */
  forgetFigures(): void
  executions(): readonly Execution[]
  positions(): readonly Position[]
  values(): AccountValues
}

const MAX_EXECUTIONS = 10_000
const MAX_EARLY_COMMISSIONS = 1_000

const TAGS: Readonly<Record<string, keyof AccountValues>> = {
  NetLiquidation: 'netLiquidation',
  TotalCashValue: 'totalCash',
  AvailableFunds: 'availableFunds',
  BuyingPower: 'buyingPower',
  InitMarginReq: 'initialMargin',
  MaintMarginReq: 'maintenanceMargin',
}

const NOTHING_TOLD: AccountValues = {
  ...{ netLiquidation: null, totalCash: null, availableFunds: null, buyingPower: null },
  ...{ initialMargin: null, maintenanceMargin: null },
  ...{ dailyPnl: null, unrealizedPnl: null, realizedPnl: null },
}

export function createAccountState(): AccountState {
  /** By execution id without the number of its correction. */
  const executions = new Map<string, Execution>()
  const earlyCommissions = new Map<string, ReportedCommission>()
  const positions = new Map<number, Position>()
  let values = NOTHING_TOLD

  function put(key: string, execution: Execution): Execution {
    executions.set(key, execution)
    dropOldest(executions, MAX_EXECUTIONS)
    return execution
  }

  return {
    addExecution: (told) => {
      const key = withoutCorrection(told.execId)
      const known = executions.get(key)
      if (known) {
        // A correction replaces what it corrects; its quantity has been counted.
        if (told.execId > known.execId) put(key, { ...told, commission: known.commission })
        return null
      }
      const early = earlyCommissions.get(told.execId)
      earlyCommissions.delete(told.execId)
      return put(key, early ? withCommission(told, early) : told)
    },
    addCommission: (report) => {
      const key = withoutCorrection(report.execId)
      const known = executions.get(key)
      if (!known) {
        earlyCommissions.set(report.execId, report)
        dropOldest(earlyCommissions, MAX_EARLY_COMMISSIONS)
        return null
      }
      return known.commission === null ? put(key, withCommission(known, report)) : null
    },
    setPosition: (position) => {
      if (position.quantity === 0) positions.delete(position.conId)
      else positions.set(position.conId, position)
    },
    setValue: (tag, text) => {
      const name = TAGS[tag]
      const value = text.trim() === '' ? Number.NaN : Number(text)
      const told = Number.isFinite(value) && Math.abs(value) < 1e300 ? value : null
      if (!name || values[name] === told) return false
      values = { ...values, [name]: told }
      return true
    },
    setPnl: ({ daily, unrealized, realized }) => {
      values = { ...values, dailyPnl: daily, unrealizedPnl: unrealized, realizedPnl: realized }
    },
    forgetFigures: () => {
      positions.clear()
      values = NOTHING_TOLD
    },
    executions: () => [...executions.values()],
    positions: () => [...positions.values()],
    values: () => values,
  }
}

function withCommission(execution: Execution, { commission, realizedPnl }: ReportedCommission): Execution {
  return { ...execution, commission, realizedPnl }
}

/** `0000e0d5.00000001.01.01` ends with the number of its correction. */
function withoutCorrection(execId: string): string {
  return execId.replace(/\.\d+$/, '')
}

function dropOldest<Value>(entries: Map<string, Value>, most: number): void {
  for (const key of entries.keys()) {
    if (entries.size <= most) return
    entries.delete(key)
  }
}
