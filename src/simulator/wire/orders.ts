import type { Execution, Instrument, Order } from '../orders/order.ts'
import { asciiText, encode } from './frames.ts'
import { contractFields, UNSET } from './open-order.ts'
import { formatGatewayTime } from './times.ts'

const PENDING_PRICE_REVISION = 178

export const openOrderEnd = () => encode([53, 1])
export const completedOrdersEnd = () => encode([102])
export const executionsEnd = (requestId: number) => encode([55, 1, requestId])

/** `100`: an order placed by hand has got a number of a client. */
export const orderBound = (order: Order) => encode([100, order.permId, order.clientId, order.orderId])

/** `3`: the state of an order. It has no parent, is held for no reason, and its price is not capped. */
export function orderStatus(order: Order): string {
  return encode([
    ...[3, order.orderId, order.status, order.filled, order.remaining, order.averageFillPrice],
    ...[order.permId, 0, order.lastFillPrice, order.clientId, '', 0],
  ])
}

/** `11`: one execution. The request id is −1 for one that has just happened. */
export function execDetails(requestId: number, execution: Execution, version: number): string {
  const side = execution.side === 'BUY' ? 'BOT' : 'SLD'
  return encode([
    ...[11, requestId, execution.orderId, ...contractFields(instrumentOf(execution))],
    ...[execution.execId, formatGatewayTime(execution.at), execution.account, execution.exchange, side],
    ...[execution.quantity, execution.price, execution.permId, execution.clientId],
    // Not a liquidation by the broker.
    ...[0, execution.cumulativeQuantity, execution.averagePrice, asciiText(execution.orderRef)],
    // Economic value rule and multiplier, model.
    ...['', '', '', execution.lastLiquidity],
    ...(version >= PENDING_PRICE_REVISION ? [0] : []),
  ])
}

/** `59`: the commission of one execution; '' for one of a combination, whose legs carry it. */
export function commissionReport({ execId, commission }: Execution): string {
  if (commission === null) return ''
  const { amount, currency, realizedPnl } = commission
  return encode([59, 1, execId, amount, currency, realizedPnl ?? UNSET, UNSET, ''])
}

function instrumentOf({ traded, exchange }: Execution): Instrument {
  return traded.kind === 'contract' ? { kind: 'single', contract: traded.contract, exchange } : traded
}
