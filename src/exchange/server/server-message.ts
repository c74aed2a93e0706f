import { SELL, type Side } from '../book/order.ts'
import type { ErrorName } from './client-message.ts'

// The messages to clients, but for the snapshots of the market. Built by hand where that is faster than JSON.stringify.

export const CONNECTED = '{"type":"CONNECTED","message":"connected to the market"}'

export function authenticatedMessage(name: string, runId: string): string {
  const message = 'connected to the orders of this run'
  return JSON.stringify({ type: 'AUTHENTICATED', student_id: name, run_id: runId, message })
}

export interface FillMessage {
  readonly orderId: string
  readonly side: Side
  /** As text, dollars. */
  readonly price: string
  readonly quantity: number
  readonly remaining: number
  readonly isMaker: boolean
}

export function fillMessage(fill: FillMessage): string {
  const { orderId, side, price, quantity, remaining, isMaker } = fill
  return `{"type":"FILL","order_id":${JSON.stringify(orderId)},"side":"${sideName(side)}","price":${price},"qty":${quantity},"remaining":${remaining},"is_maker":${isMaker}}`
}

/** `code` and `order_id` are more than the original protocol has: the error's name, and the order that it is about. */
export function errorMessage(code: ErrorName, message: string, orderId: string | null): string {
  return JSON.stringify({ type: 'ERROR', message, code, order_id: orderId })
}

export function sideName(side: Side): 'BUY' | 'SELL' {
  return side === SELL ? 'SELL' : 'BUY'
}
