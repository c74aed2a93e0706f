import type { PathFill, RunPath, SentOrder } from './run-path.ts'

/** What a path needs of a step record; files of the original framework have it too. */
export interface TracedRecord {
  readonly step: number
  readonly market: {
    readonly bid: number | null
    readonly ask: number | null
    readonly mid: number | null
    readonly spread: number | null
  }
  readonly state: { readonly inventory: number }
  readonly orders: readonly TracedOrder[]
  readonly fills: readonly TracedFill[]
}

export interface TracedOrder {
  /** Null in files that have no order ids. */
  readonly order_id: string | null
  readonly side: 'BUY' | 'SELL'
  readonly price: number
  readonly qty: number
}

export interface TracedFill {
  readonly order_id: string | null
  readonly side: 'BUY' | 'SELL'
  readonly price: number
  readonly qty: number
  readonly is_maker: boolean | null
}

/** Makes a path of the records of one run, added in their order. */
export interface RunTrace {
  add(record: TracedRecord): void
  /** Fills that came after the last record, when the venue had ended the run. They count for their orders. */
  addLateFills(fills: readonly TracedFill[]): void
  path(): RunPath
}

type OrderInProgress = { -readonly [Key in keyof SentOrder]: SentOrder[Key] }

/**
 * A fill belongs to the newest order with its id. Without ids it belongs to the newest order of its side that is not filled
 * yet. Steps that are missing, as after a damaged line, have neither mid nor spread, and the inventory of the step before.
 */
export function createRunTrace(
  run: Omit<RunPath, 'firstStep' | 'mids' | 'spreads' | 'inventories' | 'orders' | 'fills'>,
): RunTrace {
  const mids: (number | null)[] = []
  const spreads: (number | null)[] = []
  const inventories: number[] = []
  const orders: OrderInProgress[] = []
  const filled: PathFill[] = []
  const byId = new Map<string, OrderInProgress>()
  let firstStep: number | null = null

  function orderOf({ order_id, side }: TracedFill): OrderInProgress | undefined {
    if (order_id !== null) return byId.get(order_id)
    return orders.findLast((order) => order.side === side && order.filledQuantity < order.quantity)
  }

  function take(step: number, fill: TracedFill): void {
    const { side, price, qty: quantity, is_maker: isMaker } = fill
    filled.push({ step, side, price, quantity, isMaker })
    const order = orderOf(fill)
    if (order === undefined) return
    order.filledQuantity += quantity
    order.lastFillStep = step
  }

  return {
    add: ({ step, market, state, orders: sent, fills }) => {
      firstStep ??= step
      const at = step - firstStep
      // Lines are written in order; one that goes back belongs to no run of ours.
      if (at < mids.length) return
      while (mids.length < at) {
        mids.push(null)
        spreads.push(null)
        inventories.push(inventories.at(-1) ?? 0)
      }
      mids.push(market.mid)
      spreads.push(market.spread)
      inventories.push(state.inventory)
      for (const fill of fills) take(step, fill)
      for (const { order_id, side, price, qty } of sent) {
        const order: OrderInProgress = {
          step,
          side,
          price,
          quantity: qty,
          bid: market.bid,
          ask: market.ask,
          filledQuantity: 0,
          lastFillStep: null,
        }
        orders.push(order)
        if (order_id !== null) byId.set(order_id, order)
      }
    },
    addLateFills: (fills) => {
      for (const fill of fills) take((firstStep ?? 0) + mids.length, fill)
    },
    path: () => ({ ...run, firstStep: firstStep ?? 0, mids, spreads, inventories, orders, fills: filled }),
  }
}
