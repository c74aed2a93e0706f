import { type Deferred, deferred } from '../deferred.ts'
import { isFinal, type OrderOutcome, type OrderState, type OrderStatus, type PlacedOrder } from './order.ts'
import type { TrackedOrder } from './tracked-order.ts'

/** The orders of one client, by their number; what callers hold of them always shows the state of the moment. */
export interface PlacedOrders {
  /** Adds an order. One that is over and had the same number gives way. */
  add(order: TrackedOrder): PlacedOrder
  find(orderId: number): TrackedOrder | undefined
  findByPermId(permId: number): TrackedOrder | undefined
  handle(orderId: number): PlacedOrder | undefined
  /** Replaces what is known of an order; `onChange` is called if its state is another one. */
  update(order: TrackedOrder): void
  all(): readonly TrackedOrder[]
  open(): readonly TrackedOrder[]
  handles(orders: readonly TrackedOrder[]): readonly PlacedOrder[]
  /** The largest number so far; 0 without orders. */
  highestId(): number
  /** Resolves what waits for the end of open orders. */
  giveUp(reason: string): void
}

interface Entry {
  order: TrackedOrder
  readonly handle: PlacedOrder
  readonly done: Deferred<OrderOutcome>
}

const MAX_ENDED = 10_000

export function createPlacedOrders(
  onChange: (order: PlacedOrder, before: OrderStatus | null) => void,
): PlacedOrders {
  const entries = new Map<number, Entry>()
  const idsByPermId = new Map<number, number>()
  let highestId = 0

  function index({ state: { permId, orderId } }: TrackedOrder): void {
    if (permId !== null) idsByPermId.set(permId, orderId)
  }

  function settle({ order: { state }, done }: Entry): void {
    if (isFinal(state.status)) done.resolve(outcomeOf(state, state.status))
  }

  /** The oldest that are over are forgotten. */
  function trim(): void {
    if (entries.size <= MAX_ENDED) return
    for (const [orderId, { order }] of entries) {
      if (entries.size <= MAX_ENDED) return
      if (!isFinal(order.state.status)) continue
      entries.delete(orderId)
      if (order.state.permId !== null) idsByPermId.delete(order.state.permId)
    }
  }

  const inOrder = (chosen: readonly Entry[]) =>
    chosen.map(({ order }) => order).sort((a, b) => a.state.orderId - b.state.orderId)

  return {
    add: (order) => {
      const done = deferred<OrderOutcome>()
      const entry: Entry = { order, done, handle: handleOf(() => entry.order.state, done.promise) }
      entries.set(order.state.orderId, entry)
      highestId = Math.max(highestId, order.state.orderId)
      index(order)
      trim()
      onChange(entry.handle, null)
      settle(entry)
      return entry.handle
    },
    find: (orderId) => entries.get(orderId)?.order,
    findByPermId: (permId) => {
      const id = idsByPermId.get(permId)
      const order = id === undefined ? undefined : entries.get(id)?.order
      return order?.state.permId === permId ? order : undefined
    },
    handle: (orderId) => entries.get(orderId)?.handle,
    update: (order) => {
      const entry = entries.get(order.state.orderId)
      if (!entry || entry.order === order) return
      const before = entry.order.state
      entry.order = order
      index(order)
      if (!isEqual(before, order.state)) onChange(entry.handle, before.status)
      settle(entry)
    },
    all: () => inOrder([...entries.values()]),
    open: () => inOrder([...entries.values()].filter(({ order }) => !isFinal(order.state.status))),
    handles: (orders) => orders.flatMap(({ state }) => entries.get(state.orderId)?.handle ?? []),
    highestId: () => highestId,
    giveUp: (reason) => {
      for (const { order, done } of entries.values()) {
        done.resolve({ ...outcomeOf(order.state, 'unknown'), reason })
      }
    },
  }
}

function outcomeOf(
  { filled, averagePrice, commission, reason }: OrderState,
  status: OrderOutcome['status'],
): OrderOutcome {
  return { status, filled, averagePrice, commission, reason }
}

function handleOf(state: () => OrderState, done: Promise<OrderOutcome>): PlacedOrder {
  return {
    done,
    get orderId() {
      return state().orderId
    },
    get permId() {
      return state().permId
    },
    get orderRef() {
      return state().orderRef
    },
    get instrument() {
      return state().instrument
    },
    get side() {
      return state().side
    },
    get quantity() {
      return state().quantity
    },
    get limitPrice() {
      return state().limitPrice
    },
    get timeInForce() {
      return state().timeInForce
    },
    get transmit() {
      return state().transmit
    },
    get status() {
      return state().status
    },
    get filled() {
      return state().filled
    },
    get remaining() {
      return state().remaining
    },
    get averagePrice() {
      return state().averagePrice
    },
    get commission() {
      return state().commission
    },
    get reason() {
      return state().reason
    },
    get placedAt() {
      return state().placedAt
    },
  }
}

function isEqual(a: OrderState, b: OrderState): boolean {
  const keys = Object.keys(b) as Array<keyof OrderState>
  return keys.every((key) => a[key] === b[key])
}
