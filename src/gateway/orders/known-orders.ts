import type { EpochMs } from '../../market/units.ts'
import type { Notice } from '../session/notices.ts'
import { type AccountState, createAccountState } from './account-state.ts'
import { type BoundedSet, createBoundedSet } from './bounded-set.ts'
import type {
  ReportedCommission,
  ReportedExecution,
  ReportedOrder,
  ReportedPnl,
  ReportedStatus,
} from './decode.ts'
import {
  type AccountValues,
  type Execution,
  isFinal,
  type OrderStatus,
  type PlacedOrder,
  type Position,
} from './order.ts'
import { meaningOf } from './order-codes.ts'
import { createPlacedOrders, type PlacedOrders } from './placed-orders.ts'
import {
  afterExecution,
  afterNotice,
  afterReport,
  afterStatus,
  type FollowUp,
  type TrackedOrder,
  type TrackingStep,
  trackFound,
  withCommission,
} from './tracked-order.ts'

export type EntryChange =
  | { readonly kind: 'order'; readonly order: PlacedOrder; readonly before: OrderStatus | null }
  | { readonly kind: 'execution'; readonly execution: Execution }
  | { readonly kind: 'position'; readonly position: Position }
  | { readonly kind: 'account'; readonly values: AccountValues }
  /** A warning about an order, in the gateway's words. */
  | { readonly kind: 'warning'; readonly order: PlacedOrder; readonly code: number; readonly message: string }
  /** Orders can or cannot be sent from now on; null: they can. */
  | { readonly kind: 'refusal'; readonly reason: string | null }

/**
 * What is known of the account and its orders over all sessions. It takes messages and knows no session; what must be
 * done after one is returned.
 */
export interface KnownOrders {
  readonly orders: PlacedOrders
  readonly account: AccountState
  /** The latest 100,000 orderRefs that were used, as far as is known. */
  readonly refs: BoundedSet<string>
  /** The account that orders are placed for; null before a session has named it. */
  accountNumber(): string | null
  setAccountNumber(account: string): void
  /** The order of this number and, if both are known, this permanent id: numbers may have been used twice. */
  find(told: { readonly orderId: number; readonly permId: number | null }): TrackedOrder | undefined
  onOrder(report: ReportedOrder, now: EpochMs): FollowUp
  onStatus(report: ReportedStatus): FollowUp
  /** `isOwn`: it was an order of this client. */
  onExecution(report: ReportedExecution, isOwn: boolean): void
  onCommission(report: ReportedCommission): void
  onPosition(account: string, position: Position): void
  onAccountValue(account: string, tag: string, value: string): void
  onPnl(pnl: ReportedPnl): void
  onNotice(notice: Notice & { readonly id: number }): FollowUp
}

const MOST_REFS = 100_000

export function createKnownOrders(tell: (change: EntryChange) => void): KnownOrders {
  const account = createAccountState()
  const orders = createPlacedOrders((order, before) => tell({ kind: 'order', order, before }))
  const refs = createBoundedSet<string>(MOST_REFS)
  let accountNumber: string | null = null

  function find({ orderId, permId }: { orderId: number; permId: number | null }): TrackedOrder | undefined {
    const order = orders.find(orderId)
    const known = order?.state.permId ?? null
    return known !== null && permId !== null && known !== permId ? undefined : order
  }

  function apply({ order, followUp }: TrackingStep): FollowUp {
    orders.update(order)
    return followUp
  }

  function addCommission({ commission, permId }: Execution): void {
    const order = orders.findByPermId(permId)
    if (commission === null || !order) return
    orders.update(withCommission(order, rounded((order.state.commission ?? 0) + commission)))
  }

  function orderOf(execution: ReportedExecution, isOwn: boolean): TrackedOrder | undefined {
    const permId = execution.permId > 0 ? execution.permId : null
    const known = permId === null ? undefined : orders.findByPermId(permId)
    return known ?? (isOwn ? find({ orderId: execution.orderId, permId }) : undefined)
  }

  return {
    ...{ orders, account, refs, find },
    accountNumber: () => accountNumber,
    setAccountNumber: (number) => {
      accountNumber = number
    },
    onOrder: (report, now) => {
      if (report.orderRef !== '') refs.add(report.orderRef)
      const order = find(report)
      if (order) return apply(afterReport(order, report))
      const found = trackFound(report, now)
      if (!isFinal(found.state.status)) orders.add(found)
      return 'nothing'
    },
    onStatus: (report) => {
      const order = find(report)
      return order ? apply(afterStatus(order, report)) : 'nothing'
    },
    onExecution: (report, isOwn) => {
      if (report.account !== accountNumber) return
      const { account: _account, clientId: _clientId, ...told } = report
      const execution = account.addExecution(told)
      if (!execution) return
      if (execution.orderRef !== '') refs.add(execution.orderRef)
      const order = orderOf(report, isOwn)
      // Of a combination its own executions count, not those of its legs.
      const isOfItself = (order?.state.instrument.kind === 'combination') === (execution.secType === 'BAG')
      if (order && isOfItself) orders.update(afterExecution(order, execution))
      addCommission(execution)
      tell({ kind: 'execution', execution })
    },
    onCommission: (report) => {
      const execution = account.addCommission(report)
      if (!execution) return
      addCommission(execution)
      tell({ kind: 'execution', execution })
    },
    onPosition: (of, position) => {
      if (of !== accountNumber) return
      account.setPosition(position)
      tell({ kind: 'position', position })
    },
    onAccountValue: (of, tag, value) => {
      if (of === accountNumber && account.setValue(tag, value)) {
        tell({ kind: 'account', values: account.values() })
      }
    },
    onPnl: (pnl) => {
      account.setPnl(pnl)
      tell({ kind: 'account', values: account.values() })
    },
    onNotice: ({ id, code, message }) => {
      const order = orders.find(id)
      const handle = orders.handle(id)
      if (!order || !handle) return 'nothing'
      const meaning = meaningOf(code)
      const followUp = apply(afterNotice(order, meaning, message))
      const decides = meaning === 'rejected' || meaning === 'cancelled'
      if (!decides) tell({ kind: 'warning', order: handle, code, message })
      return followUp
    },
  }
}

/** Sums of cents, without the digits that binary fractions add. */
function rounded(dollars: number): number {
  return Math.round(dollars * 1e6) / 1e6
}
