import type { EpochMs } from '../../market/units.ts'
import type { SimContract } from '../market/market.ts'

export type Side = 'BUY' | 'SELL'

/**
 * Interactive Brokers' names of the states of an order. `ApiPending`: held back, because it was placed with transmit off.
 * `PreSubmitted`: accepted, and not at the exchange yet. `Submitted`: working. `Inactive`: rejected.
 */
export type OrderStatus = 'ApiPending' | 'PreSubmitted' | 'Submitted' | 'Filled' | 'Cancelled' | 'Inactive'

/** Which states may follow which; those without a follower are final. An order that waits overnight stays Submitted. */
export const NEXT_STATUS: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  ApiPending: ['PreSubmitted', 'Cancelled', 'Inactive'],
  PreSubmitted: ['Submitted', 'Filled', 'Cancelled', 'Inactive'],
  Submitted: ['Filled', 'Cancelled'],
  Filled: [],
  Cancelled: [],
  Inactive: [],
}

export function isFinal(status: OrderStatus): boolean {
  return NEXT_STATUS[status].length === 0
}

/** What an order trades. */
export type Instrument = Single | Combination

export interface Single {
  readonly kind: 'single'
  readonly contract: SimContract
  /** Where the client routes it, such as SMART. */
  readonly exchange: string
}

/** Up to four contracts that are traded together at one net price. */
export interface Combination {
  readonly kind: 'combination'
  readonly symbol: string
  readonly currency: string
  readonly exchange: string
  readonly legs: readonly Leg[]
}

export interface Leg {
  readonly contract: SimContract
  /** What a buyer of the combination does with this leg. */
  readonly side: Side
  /** Contracts of this leg in one combination, 1 or more. */
  readonly ratio: number
  readonly exchange: string
}

/** When an order that is not filled ends: at the close, never, or at once. */
export type TimeInForce = 'DAY' | 'GTC' | 'IOC'

/** What a client wants: the part of an order that decides how it is executed. */
export interface OrderTerms {
  readonly side: Side
  /** Shares, contracts or combinations; a positive integer. */
  readonly quantity: number
  /** Dollars a share, or the net price of a combination, which may be negative. null: a market order. */
  readonly limitPrice: number | null
  readonly timeInForce: TimeInForce
  /** Whether a stock may also trade outside regular hours. */
  readonly outsideRth: boolean
  /** False: the order is held back until it is placed again with true. */
  readonly transmit: boolean
}

/**
 * Fields of a placed order that are sent back with it and change nothing here, as the text that the client sent, by the
 * names of `wire/place-order.ts`; an absent field has the protocol's default.
 */
export type OrderAttributes = Readonly<Record<string, string>>

/** An order as the broker knows it. Every change makes a new object. */
export interface Order {
  /** The broker's number of the order; unique in an account and never used twice. */
  readonly permId: number
  /** The client that placed it; 0 also for orders placed by hand. */
  readonly clientId: number
  /** The client's number of the order. 0: placed by hand and not bound; negative: bound to client 0. */
  readonly orderId: number
  /** Whether it was placed by hand and not by a client. */
  readonly isManual: boolean
  readonly account: string
  readonly instrument: Instrument
  readonly terms: OrderTerms
  readonly attributes: OrderAttributes
  readonly status: OrderStatus
  /** filled + remaining is the quantity until the order ends. */
  readonly filled: number
  readonly remaining: number
  /** Dollars; 0 before the first fill. */
  readonly averageFillPrice: number
  readonly lastFillPrice: number
  /** Dollars, so far. */
  readonly commission: number
  readonly placedAt: EpochMs
  /** null until the order has ended. */
  readonly completedAt: EpochMs | null
  /** Why the order has ended, for the list of completed orders; '' until then. */
  readonly completedStatus: string
}

/** One execution. A combination has one for itself and one for each leg; only the legs change positions and cash. */
export interface Execution {
  /** `0000e0d5.00000001.01.01`: the last two digits count corrections, the two before them the parts of one fill. */
  readonly execId: string
  readonly permId: number
  readonly clientId: number
  readonly orderId: number
  readonly account: string
  readonly at: EpochMs
  readonly traded: { readonly kind: 'contract'; readonly contract: SimContract } | Combination
  readonly exchange: string
  readonly side: Side
  readonly quantity: number
  /** Dollars; net for a combination. */
  readonly price: number
  /** Filled by all executions of the order in this contract so far, and their average price. */
  readonly cumulativeQuantity: number
  readonly averagePrice: number
  readonly orderRef: string
  /** Whether the order rested before (1: it added liquidity) or not (2: it removed liquidity). */
  readonly lastLiquidity: 1 | 2
  /** null for the combination itself, whose legs carry the commission. */
  readonly commission: Commission | null
}

export interface Commission {
  /** Dollars. */
  readonly amount: number
  readonly currency: string
  /** Dollars, commissions included; null when the execution closed no position. */
  readonly realizedPnl: number | null
}

/** What the account holds of one contract; one that is closed is kept for its day, with quantity 0. */
export interface Position {
  readonly contract: SimContract
  /** Shares or contracts; negative: short. */
  readonly quantity: number
  /** Dollars a share or a contract (with its multiplier), commissions included; 0 when closed. */
  readonly averageCost: number
  /** Dollars since the position was first known, commissions included. */
  readonly realizedPnl: number
}

/** Shares of one contract: 100 for an option, 1 for a stock. */
export function multiplierOf(contract: SimContract): number {
  const multiplier = Number(contract.multiplier)
  return multiplier > 0 ? multiplier : 1
}

/** Equal for instruments that are the same contracts in the same ratios. */
export function instrumentName(instrument: Instrument): string {
  if (instrument.kind === 'single') return String(instrument.contract.conId)
  return instrument.legs.map(({ contract, side, ratio }) => `${side}${ratio}x${contract.conId}`).join(' ')
}
