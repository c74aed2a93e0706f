import type { SentOrder } from './run-path.ts'

/** Where an order's price lay at the snapshot on which it was decided. */
export const PLACEMENTS = [
  'beyond the far touch',
  'at the far touch',
  'inside the spread',
  'at the own touch',
  'behind the own touch',
  'one side empty',
] as const
export type Placement = (typeof PLACEMENTS)[number]

/** The far touch is the best price of the other side, where an order trades at once. */
export function placementOf({ side, price, bid, ask }: SentOrder): Placement {
  if (bid === null || ask === null) return 'one side empty'
  const [own, far, sign] = side === 'BUY' ? [bid, ask, 1] : [ask, bid, -1]
  if (sign * (price - far) > 0) return 'beyond the far touch'
  if (price === far) return 'at the far touch'
  if (sign * (price - own) > 0) return 'inside the spread'
  return price === own ? 'at the own touch' : 'behind the own touch'
}

/** What became of some orders of one run. Shares and counts; rates are fractions. */
export interface FillRate {
  readonly orders: number
  readonly sentQuantity: number
  readonly filledQuantity: number
  /** Filled shares over sent shares. */
  readonly quantityRate: number
  /** Orders that were filled in whole, and those that were filled in part, over all. */
  readonly wholeRate: number
  readonly partRate: number
  /** Mean steps from the snapshot of an order to its last fill; null when none was filled. */
  readonly meanStepsToFill: number | null
}

/** Null without orders. */
export function fillRate(orders: readonly SentOrder[]): FillRate | null {
  if (orders.length === 0) return null
  let sent = 0
  let filled = 0
  let whole = 0
  let part = 0
  let steps = 0
  for (const order of orders) {
    sent += order.quantity
    filled += order.filledQuantity
    if (order.filledQuantity >= order.quantity) whole++
    else if (order.filledQuantity > 0) part++
    if (order.lastFillStep !== null) steps += order.lastFillStep - order.step
  }
  const touched = whole + part
  return {
    orders: orders.length,
    sentQuantity: sent,
    filledQuantity: filled,
    quantityRate: filled / sent,
    wholeRate: whole / orders.length,
    partRate: part / orders.length,
    meanStepsToFill: touched === 0 ? null : steps / touched,
  }
}

/** Fill rates of groups of orders, in the order in which the groups first appear. */
export function fillRatesBy<Key>(
  orders: readonly SentOrder[],
  keyOf: (order: SentOrder) => Key,
): Map<Key, FillRate> {
  const groups = new Map<Key, SentOrder[]>()
  for (const order of orders) {
    const key = keyOf(order)
    const group = groups.get(key)
    if (group) group.push(order)
    else groups.set(key, [order])
  }
  return new Map([...groups].map(([key, group]) => [key, fillRate(group) as FillRate]))
}
