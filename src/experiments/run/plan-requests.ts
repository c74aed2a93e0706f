import type { OpenOrder, OrderAction, StrategyAction } from '../strategies/strategy.ts'
import type { RunRules } from './outcome.ts'
import type { VenueOrder } from './venue.ts'

export interface SkippedOrder {
  readonly side: OrderAction['side']
  readonly price: number
  readonly qty: number
  readonly reason: string
}

/** What is sent in one step: the cancels before the orders. */
export interface PlannedRequests {
  readonly cancels: readonly string[]
  readonly orders: readonly VenueOrder[]
  readonly skipped: readonly SkippedOrder[]
}

/**
 * Decides what of a strategy's actions is sent. Under the rules `original` all of it. Under `research` new orders replace all
 * earlier ones, which are cancelled first, and an order is skipped that could take the inventory beyond the limit together
 * with everything open on its side; so a run lasts.
 */
export function planRequests({
  step,
  actions,
  rules,
  inventory,
  maxInventory,
  openOrders,
  cancelsAtOnce,
}: {
  readonly step: number
  readonly actions: readonly StrategyAction[]
  readonly rules: RunRules
  /** Shares. */
  readonly inventory: number
  readonly maxInventory: number
  readonly openOrders: readonly (OpenOrder & { readonly isCancelSent: boolean })[]
  /** Whether a cancelled order can no longer be filled. */
  readonly cancelsAtOnce: boolean
}): PlannedRequests {
  const wanted = actions.filter((action) => action.kind === 'order')
  const cancels = new Set<string>()
  if (rules === 'research' && wanted.length > 0) for (const { orderId } of openOrders) cancels.add(orderId)
  for (const action of actions) if (action.kind === 'cancel') cancels.add(action.orderId)
  // A cancel that is out is not sent again: the venue would refuse the second one.
  for (const { orderId, isCancelSent } of openOrders) if (isCancelSent) cancels.delete(orderId)

  const orders: VenueOrder[] = []
  const skipped: SkippedOrder[] = []
  const reach = { BUY: inventory, SELL: -inventory }
  if (!cancelsAtOnce) for (const { side, remaining } of openOrders) reach[side] += remaining
  for (const { side, price, qty } of wanted) {
    if (rules === 'research' && reach[side] + qty > maxInventory) {
      const reason = `the inventory could become ${side === 'BUY' ? '' : '-'}${reach[side] + qty}, beyond ±${maxInventory}`
      skipped.push({ side, price, qty, reason })
    } else {
      reach[side] += qty
      orders.push({ kind: 'order', orderId: `${step}-${orders.length + 1}`, side, price, qty })
    }
  }
  return { cancels: [...cancels], orders, skipped }
}
