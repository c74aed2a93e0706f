import { isFinal, type PlacedOrder } from '../../gateway/orders/order.ts'
import type { OrderEntry } from '../../gateway/orders/order-entry.ts'
import type { Clock } from '../../market/clock.ts'

/** In front of the reference of each order of a run. */
export function orderMark(runId: string): string {
  return `${runId}-`
}

export function describeLeftOrder(
  { orderId, status, side, remaining, limitPrice }: PlacedOrder,
  symbol: string,
): string {
  return `order ${orderId} is left at the gateway (${status}): ${side} ${remaining} ${symbol} at ${limitPrice}; cancel it in TWS`
}

/** What the run has bought less what it has sold, where that is not 0. */
export function describeShares(shares: number, symbol: string): readonly string[] {
  return shares === 0 ? [] : [`the run leaves ${shares} shares of ${symbol} in the account`]
}

/**
 * Cancels the orders of a run that cannot do so itself, and no other order; waits for the answers at most `limitMs`. Each
 * line that it returns is for a person.
 */
export async function cancelLeftOrders(
  entry: OrderEntry,
  { runId, symbol, limitMs }: { readonly runId: string; readonly symbol: string; readonly limitMs: number },
  clock: Clock,
): Promise<readonly string[]> {
  const isOfRun = ({ orderRef }: { readonly orderRef: string }) => orderRef.startsWith(orderMark(runId))
  const open = entry.openOrders().filter(isOfRun)
  const giveUp = new AbortController()
  await Promise.race([
    Promise.allSettled(open.map((order) => entry.cancel(order).then(() => order.done))),
    clock.sleep(limitMs, giveUp.signal).catch(() => {}),
  ])
  giveUp.abort(new Error('no longer waiting'))
  const left = open.filter(({ status }) => !isFinal(status))
  const cancelled = open.filter(({ status }) => isFinal(status) && status !== 'filled')
  const shares = entry
    .executions()
    .filter(isOfRun)
    .reduce((sum, { side, quantity }) => sum + (side === 'BUY' ? quantity : -quantity), 0)
  return [
    `orders that the run had left open: ${open.length}; cancelled now: ${cancelled.length}; still open: ${left.length}`,
    ...left.map((order) => describeLeftOrder(order, symbol)),
    ...describeShares(shares, symbol),
  ]
}
