import type { ReportedEnd, ReportedOrder, ReportedStatus } from './decode.ts'
import { type Execution, isFinal, type OrderState, type OrderStatus } from './order.ts'
import type { OrderNoticeMeaning } from './order-codes.ts'

/**
 * One order as its messages tell of it: a pure state machine. Messages may come twice and in any order, so what is filled
 * never falls, and an order that is over stays over, but for fills that are told late.
 */
export interface TrackedOrder {
  readonly state: OrderState
  /** The account that it was placed for. */
  readonly account: string
  /** Whether the gateway has ever shown that it knows the order. */
  readonly isAcknowledged: boolean
  /** The words of a rejection; null if none came. */
  readonly rejection: string | null
  /** A change was sent, and neither shown nor refused yet. */
  readonly isChanging: boolean
  /** The state to return to when a cancel is refused; null if none is under way. */
  readonly beforeCancel: OrderStatus | null
  /** What is filled by the executions told so far. */
  readonly executed: { readonly quantity: number; readonly value: number }
}

/** What must be done after a message. */
export type FollowUp =
  | 'nothing'
  /** The gateway is asked for its open orders. */
  | 'ask_gateway'
  /** The order is inactive without a reason. A person could make it work again in the window of TWS: it is cancelled. */
  | 'cancel_inactive'

export interface TrackingStep {
  readonly order: TrackedOrder
  readonly followUp: FollowUp
}

export function trackNew(state: OrderState, account: string): TrackedOrder {
  return {
    ...{ state, account, isAcknowledged: false, rejection: null, isChanging: false, beforeCancel: null },
    executed: { quantity: 0, value: 0 },
  }
}

/** An order that was found at the gateway. */
export function trackFound(report: ReportedOrder, placedAt: OrderState['placedAt']): TrackedOrder {
  const { orderId, permId, orderRef, instrument, side, quantity, limitPrice, timeInForce } = report
  const terms = { orderId, permId, orderRef, instrument, side, quantity, limitPrice, timeInForce }
  const state: OrderState = {
    ...terms,
    ...{ transmit: report.status !== 'ApiPending', status: 'accepted', reason: '', placedAt },
    ...{ filled: 0, remaining: quantity, averagePrice: null, commission: null },
  }
  return afterReport({ ...trackNew(state, report.account), isAcknowledged: true }, report).order
}

/** After openOrder: the terms as the gateway has them, and the state. */
export function afterReport(order: TrackedOrder, report: ReportedOrder): TrackingStep {
  const { quantity, limitPrice, timeInForce, permId } = report
  const { state } = order
  const terms = isFinal(state.status) ? {} : { quantity, limitPrice, timeInForce }
  const remaining = Math.max(0, (isFinal(state.status) ? state.quantity : quantity) - state.filled)
  const known: TrackedOrder = {
    ...order,
    ...{ isAcknowledged: true, isChanging: false },
    state: { ...state, ...terms, remaining, permId: permId ?? state.permId },
  }
  return afterStatusText(known, report.status, { filled: state.filled, whyHeld: '' })
}

/** After orderStatus. */
export function afterStatus(order: TrackedOrder, report: ReportedStatus): TrackingStep {
  const { state } = order
  const isNewer = report.filled >= state.filled
  const filled = Math.min(state.quantity, Math.max(state.filled, report.filled))
  const known: TrackedOrder = {
    ...order,
    isAcknowledged: true,
    state: {
      ...state,
      permId: report.permId ?? state.permId,
      filled,
      remaining: Math.max(0, state.quantity - filled),
      averagePrice: isNewer ? (report.averagePrice ?? state.averagePrice) : state.averagePrice,
    },
  }
  return afterStatusText(known, report.status, { filled: report.filled, whyHeld: report.whyHeld })
}

/** IB's names of states that mean one of ours, whatever came before. */
const STATUSES: Readonly<Record<string, OrderStatus>> = {
  PendingSubmit: 'accepted',
  PreSubmitted: 'accepted',
  Submitted: 'working',
  PendingCancel: 'cancelling',
  ApiCancelled: 'cancelled',
  Cancelled: 'cancelled',
  Filled: 'filled',
}

function afterStatusText(
  order: TrackedOrder,
  text: string,
  { filled, whyHeld }: { filled: number; whyHeld: string },
): TrackingStep {
  const { state } = order
  if (text === 'ApiPending') return move(order, state.transmit ? 'accepted' : 'held')
  if (text === 'Inactive') return afterInactive(order, whyHeld)
  const status = STATUSES[text]
  if (status === undefined) return { order, followUp: 'nothing' }
  if (status === 'filled') return move(withFilled(order, state.quantity), 'filled')
  // A message that was overtaken by a fill; and the states of an order that is being cancelled are known to lag.
  const isStale = filled < state.filled && !isFinal(status)
  const isLate = state.status === 'cancelling' && !isFinal(status)
  if (isStale || isLate) return { order, followUp: 'nothing' }
  const transmitted = state.transmit || status === 'accepted' ? order : withTransmit(order)
  // Held orders are told as pending by some versions.
  if (status === 'accepted' && !state.transmit) return move(order, 'held')
  return move(transmitted, status)
}

function afterInactive(order: TrackedOrder, whyHeld: string): TrackingStep {
  if (isFinal(order.state.status)) return { order, followUp: 'nothing' }
  if (order.rejection !== null) return move(order, 'rejected', order.rejection)
  if (whyHeld !== '') return move(order, 'accepted', `held by the gateway: ${whyHeld}`)
  if (order.state.status === 'cancelling' || order.beforeCancel === 'rejected') {
    return { order, followUp: 'nothing' }
  }
  const reason = 'the gateway made it inactive without a reason'
  const inactive = { ...order, beforeCancel: 'rejected' as const, state: { ...order.state, reason } }
  return { order: inactive, followUp: 'cancel_inactive' }
}

/** After an execution of the order itself: of a combination, not those of its legs. */
export function afterExecution(order: TrackedOrder, execution: Execution): TrackedOrder {
  const quantity = order.executed.quantity + execution.quantity
  const value = order.executed.value + execution.quantity * execution.price
  const permId = order.state.permId ?? (execution.permId > 0 ? execution.permId : null)
  const executed = { quantity, value }
  const known = { ...order, isAcknowledged: true, executed, state: { ...order.state, permId } }
  if (quantity <= order.state.filled) return known
  const filled = Math.min(quantity, known.state.quantity)
  const state = { ...known.state, filled, remaining: Math.max(0, known.state.quantity - filled) }
  const average = Math.round((value / quantity) * 1e8) / 1e8
  const next = { ...known, state: { ...state, averagePrice: average } }
  return filled >= state.quantity ? move(next, 'filled').order : next
}

/** After an error or a warning that names the order. */
export function afterNotice(order: TrackedOrder, meaning: OrderNoticeMeaning, message: string): TrackingStep {
  const { status } = order.state
  if (isFinal(status)) return { order, followUp: 'nothing' }
  switch (meaning) {
    case 'warning':
      return { order: withReason(order, message), followUp: 'nothing' }
    case 'cancelled':
      return move(order, 'cancelled', message)
    case 'cancel_refused': {
      if (order.beforeCancel === 'rejected') return move(order, 'rejected', message)
      const back = order.beforeCancel ?? status
      const next = { ...order, beforeCancel: null, state: { ...order.state, status: back, reason: message } }
      return { order: next, followUp: 'ask_gateway' }
    }
    case 'change_refused':
      return { order: { ...withReason(order, message), isChanging: false }, followUp: 'ask_gateway' }
    case 'rejected':
      // The error may be about a change: the order itself is asked for.
      if (order.isChanging) {
        return { order: { ...withReason(order, message), isChanging: false }, followUp: 'ask_gateway' }
      }
      if (!order.isAcknowledged || order.beforeCancel === 'rejected') return move(order, 'rejected', message)
      return { order: { ...withReason(order, message), rejection: message }, followUp: 'ask_gateway' }
    case 'unknown': {
      // Of an order that the gateway never showed it is probably the reason; its list of open orders decides.
      const rejection = order.isAcknowledged || order.isChanging ? order.rejection : message
      return { order: { ...withReason(order, message), rejection }, followUp: 'ask_gateway' }
    }
  }
}

export function afterCancelSent(order: TrackedOrder): TrackedOrder {
  const { status } = order.state
  if (isFinal(status) || status === 'cancelling') return order
  return {
    ...order,
    beforeCancel: order.beforeCancel ?? status,
    state: { ...order.state, status: 'cancelling' },
  }
}

/** No answer has come: the order is as it was, and the cancel may be sent again. */
export function afterCancelUnanswered(order: TrackedOrder, reason: string): TrackedOrder {
  const { beforeCancel } = order
  if (order.state.status !== 'cancelling' || beforeCancel === null || isFinal(beforeCancel)) return order
  return { ...order, beforeCancel: null, state: { ...order.state, status: beforeCancel, reason } }
}

export function afterChangeSent(order: TrackedOrder, transmit: boolean): TrackedOrder {
  return { ...order, isChanging: true, state: { ...order.state, transmit } }
}

export function withCommission(order: TrackedOrder, commission: number): TrackedOrder {
  return { ...order, state: { ...order.state, commission } }
}

/** The session is lost, or no answer has come: nothing is known until the gateway has been asked. */
export function withoutKnowledge(order: TrackedOrder, reason: string): TrackedOrder {
  if (isFinal(order.state.status)) return order
  return { ...order, isChanging: false, state: { ...order.state, status: 'unknown', reason } }
}

/** What the gateway's lists say about an order that is not among the open ones. */
export interface Traces {
  /** Its entry among the completed orders. */
  readonly ended: ReportedEnd | undefined
  /** Whether this is the second look after a pause: an order may appear late. */
  readonly isSecondLook: boolean
}

/**
 * After a complete list of open orders without this one: it is over, and the other lists say how. Null: look again later.
 * Executions have been applied before.
 */
export function afterMissing(order: TrackedOrder, { ended, isSecondLook }: Traces): TrackedOrder | null {
  if (isFinal(order.state.status)) return order
  if (ended) {
    const { permId } = ended
    const known = { ...order, isAcknowledged: true, state: { ...order.state, permId } }
    const status = STATUSES[ended.status]
    const filled = withFilled(
      known,
      Math.max(known.state.filled, Math.min(ended.filled, known.state.quantity)),
    )
    if (status === 'filled') return move(withFilled(known, known.state.quantity), 'filled').order
    if (status === 'cancelled') return move(filled, 'cancelled', ended.text).order
    return move(filled, 'rejected', order.rejection ?? ended.text).order
  }
  if (!isSecondLook) return null
  if (order.rejection !== null) return move(order, 'rejected', order.rejection).order
  if (order.isAcknowledged) {
    return move(order, 'cancelled', 'it is not among the open orders any more; how it ended was not told')
      .order
  }
  const words = order.state.reason === '' ? '' : `; the last words were: ${order.state.reason}`
  return move(order, 'not_received', `the gateway has no trace of it${words}`).order
}

/** An order that counted as over without a fill, and is among the gateway's open orders all the same. */
export function revived(order: TrackedOrder, report: ReportedOrder): TrackedOrder {
  const { status } = order.state
  if (status !== 'rejected' && status !== 'not_received') return order
  const open = {
    ...order,
    rejection: null,
    state: { ...order.state, status: 'accepted' as const, reason: '' },
  }
  return afterReport(open, report).order
}

/** Moves to a state. One that is over only moves on to `filled`: fills overrule everything. */
function move(order: TrackedOrder, status: OrderStatus, reason?: string): TrackingStep {
  const { state } = order
  const isFilled = state.filled >= state.quantity && (status === 'filled' || isFinal(state.status))
  const target = isFilled ? 'filled' : status
  if (isFinal(state.status) && target !== 'filled') return { order, followUp: 'nothing' }
  if (target === state.status && (reason === undefined || reason === state.reason)) {
    return { order, followUp: 'nothing' }
  }
  const words = target === 'filled' ? '' : (reason ?? (isFinal(target) ? state.reason : ''))
  const beforeCancel = target === 'cancelling' ? order.beforeCancel : null
  return {
    order: { ...order, beforeCancel, state: { ...state, status: target, reason: words } },
    followUp: 'nothing',
  }
}

function withFilled(order: TrackedOrder, filled: number): TrackedOrder {
  const { state } = order
  return { ...order, state: { ...state, filled, remaining: Math.max(0, state.quantity - filled) } }
}

function withTransmit(order: TrackedOrder): TrackedOrder {
  return order.state.transmit ? order : { ...order, state: { ...order.state, transmit: true } }
}

function withReason(order: TrackedOrder, reason: string): TrackedOrder {
  return { ...order, state: { ...order.state, reason } }
}
