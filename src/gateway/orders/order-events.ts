import { EventName } from '@stoqey/ib'
import type { OrderChannel } from '../session/order-channel.ts'
import { finite } from '../session/wire/ticks.ts'
import * as decode from './decode.ts'
import type { Position } from './order.ts'

/** What the gateway tells about orders and the account, decoded. Receivers must not throw. */
export interface OrderEvents {
  onOrder(report: decode.ReportedOrder): void
  onOpenOrdersEnd(): void
  onStatus(report: decode.ReportedStatus): void
  /** Of the list of orders that are over. */
  onEnded(report: decode.ReportedEnd): void
  onEndedEnd(): void
  onExecution(execution: decode.ReportedExecution): void
  onExecutionsEnd(requestId: number): void
  onCommission(report: decode.ReportedCommission): void
  onPosition(account: string, position: Position): void
  onPositionsEnd(): void
  onAccountValue(account: string, tag: string, value: string): void
  onAccountEnd(): void
  onPnl(pnl: decode.ReportedPnl): void
  /** A first number for orders, as an answer to a request for one. */
  onNextValidId(id: number): void
}

/** Connects the client library's events until the returned function is called; what cannot be read is dropped. */
export function receiveOrderEvents({ api, deliver }: OrderChannel, events: OrderEvents): () => void {
  let isOpen = true
  const receive = <Value>(value: Value | undefined, act: (value: Value) => void) => {
    if (isOpen && value !== undefined) deliver(() => act(value))
  }
  const tell = (act: () => void) => receive(true, act)

  api.on(EventName.openOrder, (id, contract, order, state) => {
    receive(decode.reportedOrder(id, contract, order, state), events.onOrder)
  })
  api.on(EventName.openOrderEnd, () => tell(events.onOpenOrdersEnd))
  // biome-ignore format: the library's long argument list, on one line
  api.on(EventName.orderStatus, (id, status, filled, remaining, average, permId, _parent, _last, clientId, whyHeld) => {
    receive(decode.reportedStatus(id, status, { filled, remaining, average, permId, clientId, whyHeld }), events.onStatus)
  })
  api.on(EventName.completedOrder, (_contract, order, state) => {
    receive(decode.reportedEnd(order, state), events.onEnded)
  })
  api.on(EventName.completedOrdersEnd, () => tell(events.onEndedEnd))
  api.on(EventName.execDetails, (_id, contract, execution) => {
    receive(decode.reportedExecution(contract, execution), events.onExecution)
  })
  api.on(EventName.execDetailsEnd, (id) => tell(() => events.onExecutionsEnd(id)))
  api.on(EventName.commissionReport, (report) => {
    receive(decode.reportedCommission(report), events.onCommission)
  })
  api.on(EventName.position, (account, contract, quantity, averageCost) => {
    receive(decode.reportedPosition(contract, quantity, averageCost), (position) =>
      events.onPosition(account, position),
    )
  })
  api.on(EventName.positionEnd, () => tell(events.onPositionsEnd))
  api.on(EventName.updateAccountValue, (tag, value, currency, account) => {
    if (currency !== 'BASE') tell(() => events.onAccountValue(account, tag, value))
  })
  api.on(EventName.accountDownloadEnd, () => tell(events.onAccountEnd))
  api.on(EventName.pnl, (_id, daily, unrealized, realized) => {
    const pnl = { daily: finite(daily), unrealized: finite(unrealized), realized: finite(realized) }
    tell(() => events.onPnl(pnl))
  })
  api.on(EventName.nextValidId, (id) => {
    if (Number.isSafeInteger(id)) tell(() => events.onNextValidId(id))
  })
  return () => {
    isOpen = false
  }
}
