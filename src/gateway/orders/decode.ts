import type {
  Contract,
  CommissionReport as LibraryCommission,
  Execution as LibraryExecution,
  Order as LibraryOrder,
  OrderState as LibraryState,
} from '@stoqey/ib'
import { type ConId, conId, type ExpiryDate, expiryDate } from '../../market/units.ts'
import { symbolFromWire } from '../session/wire/symbols.ts'
import { aboveZero, finite } from '../session/wire/ticks.ts'
import type { Execution, OrderInstrument, OrderSide, Position, TimeInForce } from './order.ts'

/**
 * Turns what the client library makes of the gateway's messages into ours; undefined for a message that names no order,
 * contract or quantity. Sentinels become null here.
 */

/** An openOrder message. */
export interface ReportedOrder {
  readonly orderId: number
  readonly clientId: number
  readonly permId: number | null
  readonly account: string
  readonly orderRef: string
  readonly instrument: OrderInstrument
  readonly side: OrderSide
  readonly quantity: number
  readonly limitPrice: number | null
  readonly timeInForce: TimeInForce
  /** IB's name of the state. */
  readonly status: string
  /** The gateway's words about it, '' if none. */
  readonly text: string
  readonly isWhatIf: boolean
}

/** An orderStatus message. */
export interface ReportedStatus {
  readonly orderId: number
  readonly clientId: number
  readonly permId: number | null
  readonly status: string
  readonly filled: number
  readonly remaining: number
  /** Dollars; null if nothing is filled. */
  readonly averagePrice: number | null
  /** Why the gateway holds it back, such as `locate`; '' if it does not. */
  readonly whyHeld: string
}

/** A completedOrder message: an order that is over. */
export interface ReportedEnd {
  readonly permId: number
  readonly account: string
  readonly orderRef: string
  readonly status: string
  readonly filled: number
  /** The gateway's words, such as `Cancelled by Trader`. */
  readonly text: string
}

export interface ReportedExecution extends Execution {
  readonly account: string
  readonly clientId: number
}

/** Of the account; null where it is not known. */
export interface ReportedPnl {
  readonly daily: number | null
  readonly unrealized: number | null
  readonly realized: number | null
}

export interface ReportedCommission {
  readonly execId: string
  readonly commission: number | null
  readonly realizedPnl: number | null
}

const SIDES: Readonly<Record<string, OrderSide>> = {
  ...{ BUY: 'BUY', BOT: 'BUY', SLONG: 'BUY' },
  ...{ SELL: 'SELL', SLD: 'SELL', SSHORT: 'SELL' },
}
const TIMES_IN_FORCE: Readonly<Record<string, TimeInForce>> = { DAY: 'DAY', GTC: 'GTC', IOC: 'IOC' }

export function reportedOrder(
  orderId: number,
  contract: Contract,
  order: LibraryOrder,
  state: LibraryState,
): ReportedOrder | undefined {
  const side = SIDES[order.action ?? '']
  const quantity = finite(order.totalQuantity)
  if (!Number.isSafeInteger(orderId) || !side || quantity === null) return undefined
  return {
    orderId,
    clientId: order.clientId ?? -1,
    permId: permId(order.permId),
    account: order.account ?? '',
    orderRef: order.orderRef ?? '',
    instrument: instrumentOf(contract),
    side,
    quantity,
    limitPrice: order.orderType === 'MKT' ? null : finite(order.lmtPrice),
    // What other programs use (GTD, OPG …) ends with the day or later; it is only shown.
    timeInForce: TIMES_IN_FORCE[order.tif ?? ''] ?? 'DAY',
    status: state.status ?? '',
    text: state.warningText ?? '',
    isWhatIf: order.whatIf === true,
  }
}

export function reportedStatus(
  orderId: number,
  status: string,
  raw: {
    readonly filled: number | undefined
    readonly remaining: number | undefined
    readonly average: number | undefined
    readonly permId: number | undefined
    readonly clientId: number | undefined
    readonly whyHeld: string | undefined
  },
): ReportedStatus | undefined {
  const filled = finite(raw.filled)
  const remaining = finite(raw.remaining)
  if (!Number.isSafeInteger(orderId) || filled === null || remaining === null) return undefined
  if (filled < 0 || remaining < 0) return undefined
  return {
    ...{ orderId, status, filled, remaining },
    clientId: raw.clientId ?? -1,
    permId: permId(raw.permId),
    averagePrice: filled > 0 ? finite(raw.average) : null,
    whyHeld: raw.whyHeld ?? '',
  }
}

export function reportedEnd(order: LibraryOrder, state: LibraryState): ReportedEnd | undefined {
  const id = permId(order.permId)
  if (id === null) return undefined
  return {
    permId: id,
    account: order.account ?? '',
    orderRef: order.orderRef ?? '',
    status: state.status ?? '',
    filled: finite(order.filledQuantity) ?? 0,
    text: state.completedStatus ?? '',
  }
}

export function reportedExecution(
  contract: Contract,
  execution: LibraryExecution,
): ReportedExecution | undefined {
  const side = SIDES[execution.side ?? '']
  const quantity = finite(execution.shares)
  const price = finite(execution.price)
  const { execId } = execution
  if (!execId || !side || quantity === null || quantity <= 0 || price === null) return undefined
  return {
    execId,
    orderId: execution.orderId ?? 0,
    clientId: execution.clientId ?? -1,
    account: execution.acctNumber ?? '',
    permId: execution.permId ?? 0,
    orderRef: execution.orderRef ?? '',
    conId: contract.secType === 'BAG' ? null : contractId(contract.conId),
    symbol: symbolFromWire(contract.symbol ?? ''),
    secType: contract.secType ?? '',
    side,
    quantity,
    price,
    time: execution.time ?? '',
    exchange: execution.exchange ?? '',
    commission: null,
    realizedPnl: null,
    addedLiquidity: addedLiquidity(execution.lastLiquidity),
  }
}

/** 1 added, 2 removed; 3, routed out, says neither. */
function addedLiquidity(code: number | undefined): boolean | null {
  return code === 1 ? true : code === 2 ? false : null
}

export function reportedCommission(report: LibraryCommission): ReportedCommission | undefined {
  const { execId } = report
  if (!execId) return undefined
  return { execId, commission: finite(report.commission), realizedPnl: finite(report.realizedPNL) }
}

/** A position, with quantity 0 when it is closed. */
export function reportedPosition(
  contract: Contract,
  quantity: number | undefined,
  averageCost: number | undefined,
): Position | undefined {
  const id = contractId(contract.conId)
  const held = finite(quantity)
  if (id === null || held === null) return undefined
  const isOption = contract.secType === 'OPT'
  return {
    conId: id,
    symbol: symbolFromWire(contract.symbol ?? ''),
    secType: contract.secType ?? '',
    expiry: (contract.lastTradeDateOrContractMonth ?? '').split(/[ -]/, 1)[0] as string,
    strike: isOption ? finite(contract.strike) : null,
    right: isOption ? rightOf(contract) : null,
    tradingClass: contract.tradingClass ?? '',
    // Stocks have none on the wire.
    multiplier: aboveZero(Number(contract.multiplier)) ?? (contract.secType === 'STK' ? 1 : null),
    quantity: held,
    averageCost: finite(averageCost),
  }
}

function instrumentOf(contract: Contract): OrderInstrument {
  const symbol = symbolFromWire(contract.symbol ?? '')
  const { exchange = '', currency = '', secType = '' } = contract
  const other: OrderInstrument = { kind: 'other', symbol, secType }
  if (secType === 'BAG') {
    const legs = (contract.comboLegs ?? []).map((leg) => ({
      conId: contractId(leg.conId),
      side: SIDES[leg.action ?? ''],
      ratio: leg.ratio ?? 0,
      exchange: leg.exchange ?? '',
    }))
    const known = legs.flatMap(({ conId: id, side, ...leg }) =>
      id === null || !side ? [] : [{ ...leg, conId: id, side }],
    )
    const isWhole = known.length === legs.length && known.length > 0
    return isWhole ? { kind: 'combination', symbol, exchange, currency, legs: known } : other
  }
  const id = contractId(contract.conId)
  if (id === null) return other
  if (secType === 'STK') {
    return { kind: 'stock', contract: { conId: id, symbol, secType: 'STK', exchange, currency } }
  }
  const expiry = expiryOf(contract)
  const right = rightOf(contract)
  const strike = aboveZero(contract.strike)
  if (secType !== 'OPT' || expiry === null || right === null || strike === null) return other
  return {
    kind: 'option',
    contract: {
      ...{ conId: id, symbol, strike, right, exchange, currency },
      expiry,
      tradingClass: contract.tradingClass ?? '',
      multiplier: aboveZero(Number(contract.multiplier)) ?? 100,
    },
  }
}

function rightOf({ right }: Contract): 'C' | 'P' | null {
  return right === 'C' || right === 'P' ? right : null
}

/** The date may have a time behind it. */
function expiryOf({ lastTradeDateOrContractMonth = '' }: Contract): ExpiryDate | null {
  try {
    return expiryDate(lastTradeDateOrContractMonth.slice(0, 8))
  } catch {
    return null
  }
}

function permId(value: number | undefined): number | null {
  return value !== undefined && Number.isSafeInteger(value) && value > 0 ? value : null
}

function contractId(value: number | undefined): ConId | null {
  return value !== undefined && Number.isSafeInteger(value) && value > 0 ? conId(value) : null
}
