import { isFinal, type OrderState } from '../../gateway/orders/order.ts'
import type { EpochMs } from '../../market/units.ts'
import type { EventOf, JournalEvent } from '../journal/events.ts'
import {
  executedUnits,
  isOpenOrder,
  isUnsettled,
  lacksExecutions,
  phaseOf,
  type TrackedOrder,
  type TrackedPosition,
  type TraderState,
} from '../state.ts'
import { signOf } from '../structure.ts'
import type { AccountView } from './account-view.ts'

/** Executions that are not in the journal yet, and commissions that were told later. Combinations themselves are left out. */
export function newFills(
  state: TraderState,
  { executions }: Pick<AccountView, 'executions'>,
): JournalEvent[] {
  return executions.flatMap((execution): JournalEvent[] => {
    const { execId: exec_id, orderRef: order_ref, conId, side, quantity, price, commission } = execution
    const order = state.orders.get(order_ref)
    const position = order && state.positions.get(order.positionId)
    if (!position || conId === null || execution.secType === 'BAG') return []
    if (!state.executions.has(exec_id)) {
      return [{ kind: 'fill', order_ref, exec_id, con_id: conId, side, quantity, price, commission }]
    }
    if (commission === null || !position.withoutCommission.has(exec_id)) return []
    return [{ kind: 'commission', order_ref, exec_id, commission }]
  })
}

/**
 * What became of the trader's orders, after the fills have been journaled. An order that the gateway does not know is
 * over: filled as far as its executions say, or as far as the account holds its contracts beyond them; otherwise it never reached the gateway. It is never sent again.
 */
export function orderChanges(state: TraderState, view: AccountView, now: EpochMs): JournalEvent[] {
  const byRef = new Map(view.orders.map((order) => [order.orderRef, order]))
  return [...state.orders.values()].flatMap((order): JournalEvent[] => {
    const found = byRef.get(order.ref)
    if (found && hasChanged(order, found)) return [orderEvent(order.ref, found)]
    const position = state.positions.get(order.positionId)
    if (!position) return []
    if (!isOpenOrder(order)) return withoutExecutions(order, position, { state, view, now })
    return found ? [] : [withoutOrder(order, position, { state, view })]
  })
}

export function orderEvent(order_ref: string, order: OrderState): EventOf<'order'> {
  const { orderId, permId, status, filled, limitPrice, reason } = order
  return {
    ...{ kind: 'order', order_ref, order_id: orderId, perm_id: permId, status, filled },
    ...{ limit_price: limitPrice, reason },
  }
}

function hasChanged(order: TrackedOrder, found: OrderState): boolean {
  return (
    order.status !== found.status ||
    order.filled !== found.filled ||
    order.orderId !== found.orderId ||
    order.permId !== found.permId ||
    phaseOf(found.status) !== order.phase
  )
}

function withoutOrder(
  order: TrackedOrder,
  position: TrackedPosition,
  { state, view }: { state: TraderState; view: AccountView },
): JournalEvent {
  const filled = executedUnits(order, position)
  const over = {
    kind: 'order',
    order_ref: order.ref,
    order_id: order.orderId,
    perm_id: order.permId,
  } as const
  if (filled >= order.quantity) {
    return { ...over, status: 'filled', filled, limit_price: null, reason: 'its executions say so' }
  }
  // Executions of earlier days are not told any more, and a gateway's day may begin in the evening of New York.
  const traded = tradedUnits(order, position, { state, view })
  if (traded > filled) return adopted(order, traded)
  if (filled > 0 || order.phase === 'open') {
    const reason = 'the gateway has no such open order any more'
    return { ...over, status: 'cancelled', filled, limit_price: null, reason }
  }
  const reason =
    'the gateway has neither the order nor an execution of it: it was never sent, or never arrived'
  return { kind: 'abandoned', order_ref: order.ref, reason }
}

/** Of an order that the gateway says is filled: what the account holds, where its executions have not come in time. */
function withoutExecutions(
  order: TrackedOrder,
  position: TrackedPosition,
  { state, view, now }: { state: TraderState; view: AccountView; now: EpochMs },
): JournalEvent[] {
  if (!lacksExecutions(order, position) || isUnsettled(state, position, now)) return []
  const traded = tradedUnits(order, position, { state, view })
  return traded > executedUnits(order, position) ? [adopted(order, traded)] : []
}

function adopted(order: TrackedOrder, quantity: number): JournalEvent {
  const reason = 'the account holds what it has traded, and no execution of it is told; its price is unknown'
  return { kind: 'adopted', order_ref: order.ref, reason, quantity }
}

/** The most units of an order that explain exactly what the account holds in its legs; 0 if none do. */
function tradedUnits(
  order: TrackedOrder,
  position: TrackedPosition,
  { state, view }: { state: TraderState; view: AccountView },
): number {
  const expected = expectedHoldings(state)
  const held = new Map(view.positions.map(({ conId, quantity }) => [conId as number, quantity]))
  const direction = order.purpose === 'entry' ? 1 : -1
  const explains = (units: number) =>
    position.legs.every(({ con_id, side }) => {
      const rest = units - (order.fills.get(con_id) ?? 0)
      return (held.get(con_id) ?? 0) === (expected.get(con_id) ?? 0) + direction * signOf(side) * rest
    })
  for (let units = order.quantity; units >= 1; units--) if (explains(units)) return units
  return 0
}

/** What the account should hold because of the trader, by contract. */
export function expectedHoldings({ positions }: Pick<TraderState, 'positions'>): Map<number, number> {
  const expected = new Map<number, number>()
  for (const position of positions.values()) {
    if (position.phase === 'closed') continue
    for (const [conId, quantity] of position.holdings) {
      expected.set(conId, (expected.get(conId) ?? 0) + quantity)
    }
  }
  return expected
}

/** Orders of this client that are not the trader's: they are said once and left alone. */
export function foreignOrders(state: TraderState, { orders }: Pick<AccountView, 'orders'>): JournalEvent[] {
  return orders.flatMap((order): JournalEvent[] => {
    const name = `order ${order.orderId}${order.orderRef === '' ? '' : ` (${order.orderRef})`}`
    if (state.orders.has(order.orderRef)) return []
    const remaining = isFinal(order.status) ? 0 : order.remaining
    if ((state.foreign.get(name) ?? 0) === remaining) return []
    const reason = remaining === 0 ? 'it is over' : 'not in the journal: it is left alone'
    return [{ kind: 'foreign', what: 'order', name, quantity: remaining, reason }]
  })
}
