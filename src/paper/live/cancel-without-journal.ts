import { isFinal } from '../../gateway/orders/order.ts'
import type { OrderEntry } from '../../gateway/orders/order-entry.ts'
import type { Clock } from '../../market/clock.ts'
import type { TraderState } from '../state.ts'

/**
 * Cancels the trader's open orders when its journal cannot be written any more, waits for the answers at most `limitMs`, and
 * says what is left, as order references. The next start finds out from the gateway what the journal lacks.
 */
export async function cancelWithoutJournal(
  entry: Pick<OrderEntry, 'orders' | 'cancel'>,
  { orders }: Pick<TraderState, 'orders'>,
  { clock, limitMs }: { readonly clock: Clock; readonly limitMs: number },
): Promise<{ readonly cancelled: readonly string[]; readonly left: readonly string[] }> {
  const isOpen = ({ status }: { readonly status: Parameters<typeof isFinal>[0] }) => !isFinal(status)
  const refs = new Set(
    entry
      .orders()
      .filter((order) => orders.has(order.orderRef) && isOpen(order))
      .map(({ orderRef }) => orderRef),
  )
  const open = entry.orders().filter(({ orderRef }) => refs.has(orderRef))
  const giveUp = new AbortController()
  await Promise.race([
    Promise.allSettled(open.map((order) => entry.cancel(order).then(() => order.done))),
    clock.sleep(limitMs, giveUp.signal).catch(() => {}),
  ])
  giveUp.abort(new Error('no longer waiting'))
  const left = entry.orders().filter((order) => refs.has(order.orderRef) && isOpen(order))
  const leftRefs = left.map(({ orderRef }) => orderRef)
  return { cancelled: [...refs].filter((ref) => !leftRefs.includes(ref)), left: leftRefs }
}
