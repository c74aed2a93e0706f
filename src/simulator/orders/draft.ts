import type { EpochMs } from '../../market/units.ts'
import type { Instrument, Order, OrderAttributes, OrderTerms } from './order.ts'

/** What a client places: the order's contract, its terms, and what is only sent back. */
export interface OrderRequest {
  readonly instrument: Instrument
  readonly terms: OrderTerms
  readonly attributes: OrderAttributes
}

/** Which client's order, by which number. */
export interface OrderKey {
  readonly clientId: number
  readonly orderId: number
}

/** An order as it begins: nothing is filled, and it is held back if it is not to be transmitted. */
export function draftOrder(
  key: OrderKey,
  { instrument, terms, attributes }: OrderRequest,
  { permId, account, at }: { permId: number; account: string; at: EpochMs },
): Order {
  return {
    permId,
    ...key,
    isManual: key.orderId === 0,
    account,
    instrument,
    terms,
    attributes,
    status: terms.transmit ? 'PreSubmitted' : 'ApiPending',
    filled: 0,
    remaining: terms.quantity,
    averageFillPrice: 0,
    lastFillPrice: 0,
    commission: 0,
    placedAt: at,
    completedAt: null,
    completedStatus: '',
  }
}
