import type { OptionContract } from '../../market/contract.ts'
import type { ConId, EpochMs } from '../../market/units.ts'

export type OrderSide = 'BUY' | 'SELL'

/** When an order that is not filled ends: at the close, never, or at once. */
export type TimeInForce = 'DAY' | 'GTC' | 'IOC'

/** A stock or fund, with all that names it. */
export interface StockContract {
  readonly conId: ConId
  readonly symbol: string
  readonly secType: 'STK'
  readonly exchange: string
  readonly currency: string
}

/** What an order trades: a stock, an option, or several of them at one net price. */
export type OrderInstrument =
  | { readonly kind: 'stock'; readonly contract: StockContract }
  | { readonly kind: 'option'; readonly contract: OptionContract }
  | Combination
  /** Found at the gateway in an order of another program with the same client id; can only be cancelled. */
  | { readonly kind: 'other'; readonly symbol: string; readonly secType: string }

/** Two to four contracts that are traded together (IB's BAG). A negative price is what a buyer of it receives. */
export interface Combination {
  readonly kind: 'combination'
  readonly symbol: string
  readonly exchange: string
  readonly currency: string
  readonly legs: readonly OrderLeg[]
}

export interface OrderLeg {
  readonly conId: ConId
  /** What a buyer of the combination does with this leg. */
  readonly side: OrderSide
  /** Contracts of this leg in one combination; a positive integer. */
  readonly ratio: number
  readonly exchange: string
}

/** What a caller wants. Nothing has a default: each field is written to the gateway as it stands here. */
export interface OrderRequest {
  readonly instrument: OrderInstrument
  readonly side: OrderSide
  /** Shares, contracts or combinations; a positive integer. */
  readonly quantity: number
  /** Dollars a share, net for a combination. null: a market order. */
  readonly limitPrice: number | null
  readonly timeInForce: TimeInForce
  /** False: the gateway holds the order back until it is changed with true. */
  readonly transmit: boolean
  /** The caller's own mark of the order, by which it is found again after a restart; 1 to 40 printable ASCII characters. */
  readonly orderRef: string
}

/** What can be changed in an open order. A field that is left out stays as it is. */
export interface OrderChange {
  readonly quantity?: number
  readonly limitPrice?: number | null
  readonly timeInForce?: TimeInForce
  readonly transmit?: boolean
}

/**
 * - `sent`: written to the gateway, which has not answered yet.
 * - `held`: the gateway holds it back, because it was placed with transmit off.
 * - `accepted`: at the gateway or IB, not working at an exchange yet.
 * - `working`: at an exchange; may be filled in part.
 * - `cancelling`: a cancel is under way; the order may still be filled.
 * - `unknown`: the session was lost, or no answer came. The gateway is asked; the order is never sent again.
 * - `filled`, `cancelled`, `rejected`: over. A cancelled order may be filled in part.
 * - `not_received`: over. After a lost session the gateway has no trace of it.
 */
export type OrderStatus =
  | 'sent'
  | 'held'
  | 'accepted'
  | 'working'
  | 'cancelling'
  | 'unknown'
  | 'filled'
  | 'cancelled'
  | 'rejected'
  | 'not_received'

export type FinalOrderStatus = Extract<OrderStatus, 'filled' | 'cancelled' | 'rejected' | 'not_received'>

export function isFinal(status: OrderStatus): status is FinalOrderStatus {
  return status === 'filled' || status === 'cancelled' || status === 'rejected' || status === 'not_received'
}

/** An order as it is known at one moment. Every change makes a new object. */
export interface OrderState {
  readonly orderId: number
  /** IB's own number of the order, which outlives sessions; null before the gateway has told it. */
  readonly permId: number | null
  readonly orderRef: string
  readonly instrument: OrderInstrument
  readonly side: OrderSide
  readonly quantity: number
  readonly limitPrice: number | null
  readonly timeInForce: TimeInForce
  readonly transmit: boolean
  readonly status: OrderStatus
  /** Shares, contracts or combinations. */
  readonly filled: number
  readonly remaining: number
  /** Dollars; null before the first fill. */
  readonly averagePrice: number | null
  /** Dollars so far; null before the first commission is told. */
  readonly commission: number | null
  /** Why it is in this state, in the gateway's words or ours; '' where there is nothing to say. */
  readonly reason: string
  readonly placedAt: EpochMs
}

/** An order that was sent, or that was found at the gateway. Its properties are those of the moment. */
export interface PlacedOrder extends OrderState {
  /** Resolves when the order is over, or with status `unknown` when the entry is closed before; never rejects. */
  readonly done: Promise<OrderOutcome>
}

export interface OrderOutcome {
  readonly status: FinalOrderStatus | Extract<OrderStatus, 'unknown'>
  readonly filled: number
  readonly averagePrice: number | null
  readonly commission: number | null
  readonly reason: string
}

/** One execution. Of a combination there is one for itself, without commission, and one for each leg. */
export interface Execution {
  readonly execId: string
  readonly orderId: number
  readonly permId: number
  readonly orderRef: string
  readonly conId: ConId | null
  readonly symbol: string
  /** `STK`, `OPT`, or `BAG` for a combination itself. */
  readonly secType: string
  readonly side: OrderSide
  readonly quantity: number
  /** Dollars; net for a combination. */
  readonly price: number
  /** IB's text, such as `20261120 12:00:00 US/Eastern`. */
  readonly time: string
  readonly exchange: string
  /** Dollars; null before it is told, and for a combination itself. */
  readonly commission: number | null
  /** Dollars, commissions included; null where it closed nothing or is not told. */
  readonly realizedPnl: number | null
  /** Whether the order rested in the book before (IB's "added liquidity"); null where that is not told. */
  readonly addedLiquidity: boolean | null
}

/** What the account holds of one contract. */
export interface Position {
  readonly conId: ConId
  readonly symbol: string
  readonly secType: string
  /** `YYYYMMDD`; '' for what does not expire. */
  readonly expiry: string
  /** Dollars; null for what is no option. */
  readonly strike: number | null
  readonly right: 'C' | 'P' | null
  /** Of an option; '' if it is not told. */
  readonly tradingClass: string
  /** Shares per contract; null if it is not told. */
  readonly multiplier: number | null
  /** Shares or contracts; negative: short; never 0. */
  readonly quantity: number
  /** Dollars a share, or a contract with its multiplier; commissions included; null if it is not told. */
  readonly averageCost: number | null
}

/** Figures of the account, dollars; null for what the gateway has not told. */
export interface AccountValues {
  readonly netLiquidation: number | null
  readonly totalCash: number | null
  readonly availableFunds: number | null
  readonly buyingPower: number | null
  readonly initialMargin: number | null
  readonly maintenanceMargin: number | null
  /** Today's profit or loss, as IB counts it. */
  readonly dailyPnl: number | null
  readonly unrealizedPnl: number | null
  readonly realizedPnl: number | null
}
