import type { Clock } from '../../market/clock.ts'
import type { Session } from '../session/session.ts'
import type { SessionSupervisor } from '../supervisor/supervisor.ts'
import type { OrderLimits } from './limits.ts'
import type {
  AccountValues,
  Execution,
  FinalOrderStatus,
  OrderChange,
  OrderRequest,
  OrderState,
  OrderStatus,
  Position,
} from './order.ts'

/**
 * The only way to send orders. Each order frame passes the guard (`guard.ts`) in the moment in which it is written:
 * every managed account of the session is a paper account that the user has listed.
 */
export interface OrderEntry {
  /** The paper account that orders are placed for; null before a session has named one that is allowed. */
  readonly account: string | null
  /** Why no order can be sent at the moment, one line; null if orders can be sent. */
  refusal(): string | null
  /**
   * Resolves when orders can be sent: the accounts are allowed, and open orders, executions, positions and account
   * figures of this session are known. Rejects with OrderRefused at once if the accounts are refused, after the
   * time-out, or with the signal's reason.
   */
  whenReady(signal: AbortSignal, timeoutMs: number): Promise<void>
  /**
   * Sends an order; resolves when it has been written. Rejects with OrderRefused if nothing was sent. An order is
   * written at most once: if the session is lost meanwhile, its status is `unknown` until the gateway has been asked.
   */
  place(request: OrderRequest, signal?: AbortSignal): Promise<PlacedOrder>
  /** Changes an open order, resolves when that is written; what became of it is in the order's state. */
  modify(order: PlacedOrder, change: OrderChange): Promise<void>
  /** Asks to cancel an order; resolves when that is written. Of an order that is over it does nothing. */
  cancel(order: PlacedOrder): Promise<void>
  /**
   * Cancels every open order of this client, waits for the answers at most this long, and says what is still open.
   * Never IB's global cancel, which would also take orders of other programs and of people.
   */
  cancelAll(timeoutMs: number): Promise<CancelAllResult>
  /** Every order of this client that is not over, those of earlier runs included, by order id. */
  openOrders(): readonly PlacedOrder[]
  /** Every order known since the entry was opened, by order id; those that are over are kept, the latest 10,000. */
  orders(): readonly PlacedOrder[]
  /** Today's executions of the account, of all clients, in the order in which they came; the latest 10,000. */
  executions(): readonly Execution[]
  /** Positions of the account that are not 0, by contract. */
  positions(): readonly Position[]
  accountValues(): AccountValues
  /** Calls the listener, which must not throw, after every change; returns a function that removes it. */
  onChange(listener: (change: EntryChange) => void): () => void
  /** Stops: nothing is sent any more. Open orders stay open at the gateway. The session stays open. */
  close(): void
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

export interface CancelAllResult {
  readonly cancelled: readonly PlacedOrder[]
  readonly filled: readonly PlacedOrder[]
  /** Still open, or of unknown state. */
  readonly left: readonly PlacedOrder[]
}

export type EntryChange =
  | { readonly kind: 'order'; readonly order: PlacedOrder; readonly before: OrderStatus | null }
  | { readonly kind: 'execution'; readonly execution: Execution }
  | { readonly kind: 'position'; readonly position: Position }
  | { readonly kind: 'account'; readonly values: AccountValues }
  /** A warning about an order, in the gateway's words. */
  | { readonly kind: 'warning'; readonly order: PlacedOrder; readonly code: number; readonly message: string }
  /** Orders can or cannot be sent from now on; null: they can. */
  | { readonly kind: 'refusal'; readonly reason: string | null }

export interface OrderEntryOptions {
  /** Account numbers that the user has listed. */
  readonly accounts: readonly string[]
  readonly limits: OrderLimits
  readonly clock: Clock
}

/** Opens the entry on one session, or on the sessions of a supervisor, over all of its reconnects. */
export type OpenOrderEntry = (source: Session | SessionSupervisor, options: OrderEntryOptions) => OrderEntry
