import type { OrderKey } from './draft.ts'
import { instrumentName, isFinal, NEXT_STATUS, type Order } from './order.ts'

/** Orders that have ended and are remembered; older ones are forgotten. */
const MOST_COMPLETED = 10_000

/** All orders of the account by permanent id and by each client's own number, and which numbers are free. */
export interface OrderStore {
  add(order: Order): void
  /** Throws for an unknown order: a defect. */
  get(permId: number): Order
  find(key: OrderKey): Order | undefined
  isOpen(permId: number): boolean
  /** Stores a changed order. Throws on a transition that the table does not have: a defect. */
  change(permId: number, change: Partial<Order>): Order
  openCount(): number
  /** How many orders that have not ended are on that side of the order's instrument. */
  countAlongside(order: Pick<Order, 'instrument' | 'terms'>): number
  /** Orders that have not ended, the oldest first. */
  open(): readonly Order[]
  /** Orders that have ended, in the order in which they ended. */
  completed(): readonly Order[]
  /** The lowest number that this client may use for its next order. */
  nextOrderId(clientId: number): number
  /** Begins the numbers again, above those of the orders that are still open. */
  restartOrderIds(): void
}

export function createOrderStore(
  settings: { firstOrderId: number },
  onForgotten: (order: Order) => void,
): OrderStore {
  const orders = new Map<number, Order>()
  const open = new Set<number>()
  const completed = new Set<number>()
  const permIds = new Map<string, number>()
  const highestId = new Map<number, number>()
  /** Open orders by instrument and side. */
  const onSide = new Map<string, number>()
  let { firstOrderId } = settings

  function get(permId: number): Order {
    const order = orders.get(permId)
    if (!order) throw new Error(`no order ${permId}`)
    return order
  }

  function index(order: Order): void {
    const { clientId, orderId, permId } = order
    orders.set(permId, order)
    if (orderId === 0) return
    permIds.set(nameOf(order), permId)
    highestId.set(clientId, Math.max(orderId, highestId.get(clientId) ?? 0))
  }

  function count(order: Order, change: 1 | -1): void {
    const name = sideName(order)
    const left = (onSide.get(name) ?? 0) + change
    if (left === 0) onSide.delete(name)
    else onSide.set(name, left)
  }

  function complete(permId: number): void {
    open.delete(permId)
    count(get(permId), -1)
    completed.add(permId)
    if (completed.size <= MOST_COMPLETED) return
    const [oldest] = completed
    if (oldest === undefined) return
    const order = get(oldest)
    completed.delete(oldest)
    orders.delete(oldest)
    if (permIds.get(nameOf(order)) === oldest) permIds.delete(nameOf(order))
    onForgotten(order)
  }

  return {
    add: (order) => {
      index(order)
      open.add(order.permId)
      count(order, 1)
    },
    openCount: () => open.size,
    countAlongside: (order) => onSide.get(sideName(order)) ?? 0,
    get,
    find: (key) => orders.get(permIds.get(nameOf(key)) ?? -1),
    isOpen: (permId) => open.has(permId),
    change: (permId, change) => {
      const before = get(permId)
      const order = { ...before, ...change }
      if (order.status !== before.status && !NEXT_STATUS[before.status].includes(order.status)) {
        throw new Error(`order ${permId} cannot go from ${before.status} to ${order.status}`)
      }
      index(order)
      if (isFinal(order.status)) complete(permId)
      return order
    },
    open: () => [...open].map(get),
    completed: () => [...completed].map(get),
    nextOrderId: (clientId) => Math.max(firstOrderId, (highestId.get(clientId) ?? 0) + 1),
    restartOrderIds: () => {
      firstOrderId = 1
      highestId.clear()
      permIds.clear()
      for (const permId of open) index(get(permId))
    },
  }
}

const sideName = ({ instrument, terms }: Pick<Order, 'instrument' | 'terms'>) =>
  `${terms.side} ${instrumentName(instrument)}`

const nameOf = ({ clientId, orderId }: OrderKey) => `${clientId} ${orderId}`
