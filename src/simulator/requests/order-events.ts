import type { BrokerChange } from '../orders/broker.ts'
import type { Client, SimulatorState } from '../state.ts'
import { openOrder } from '../wire/open-order.ts'
import * as wire from '../wire/orders.ts'

/** How often the gateway looks whether the server it has lost is back, ms. */
const SERVER_LOST_MS = 250
/** Most changes that wait for a lost server; later ones are only seen in the lists that clients request. */
const MOST_WAITING = 10_000

/**
 * Tells clients what happens to their orders, as it happens: each change goes to the client that placed the order.
 * While the server is lost, a gateway learns of nothing: the changes are told afterwards.
 */
export function announceOrders(state: SimulatorState): void {
  const waiting: BrokerChange[] = []
  const isLost = () => state.faults.has('server_lost')

  function tellWaiting(): void {
    if (isLost()) state.timeline.after(SERVER_LOST_MS, tellWaiting)
    else for (const change of waiting.splice(0)) announce(change, state)
  }

  state.broker.onChange((change) => {
    if (waiting.length === 0 && !isLost()) announce(change, state)
    else if (waiting.length < MOST_WAITING) {
      waiting.push(change)
      if (waiting.length === 1) state.timeline.after(SERVER_LOST_MS, tellWaiting)
    }
  })
}

function announce(change: BrokerChange, state: SimulatorState): void {
  switch (change.kind) {
    case 'order': {
      const { order } = change
      for (const client of clientsOf(order.clientId, state)) {
        if (order.orderId !== 0) client.send(openOrder(order, client.serverVersion) + wire.orderStatus(order))
        else if (client.bindsOrders) state.broker.bindOrders()
      }
      return
    }
    case 'bound':
      for (const client of clientsOf(change.order.clientId, state)) {
        const { order } = change
        client.send(wire.orderBound(order) + openOrder(order, client.serverVersion) + wire.orderStatus(order))
      }
      return
    case 'execution':
      for (const client of clientsOf(change.execution.clientId, state)) {
        client.send(wire.execDetails(-1, change.execution, client.serverVersion))
      }
      return
    case 'commission':
      for (const client of clientsOf(change.execution.clientId, state)) {
        client.send(wire.commissionReport(change.execution))
      }
      return
    case 'notice':
      for (const client of clientsOf(change.order.clientId, state)) {
        if (change.order.orderId !== 0) client.sendError(change.order.orderId, change.notice)
      }
      return
    case 'position':
  }
}

/** The connected client with that id: none or one. */
function clientsOf(clientId: number, { connections }: SimulatorState): Client[] {
  return [...connections].flatMap(({ client }) => {
    const one = client()
    return one?.clientId === clientId ? [one] : []
  })
}
