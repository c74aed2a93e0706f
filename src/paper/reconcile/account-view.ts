import type { Execution, OrderState, Position } from '../../gateway/orders/order.ts'

/** What the gateway says of the account. */
export interface AccountView {
  /** Orders of this client: those that are open, and those that have ended since the session was opened. */
  readonly orders: readonly OrderState[]
  /** Of today. */
  readonly executions: readonly Execution[]
  readonly positions: readonly Position[]
}
