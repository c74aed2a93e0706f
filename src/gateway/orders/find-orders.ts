import type { Clock } from '../../market/clock.ts'
import type { ReportedEnd } from './decode.ts'
import type { KnownOrders } from './known-orders.ts'
import type { OrderSession } from './order-session.ts'
import { afterMissing, revived, type TrackedOrder } from './tracked-order.ts'

/** The pause before the gateway is asked again for an order of which it has no trace, ms. */
const SECOND_LOOK_MS = 5_000
/** The pause after a list that was not answered, ms. */
export const RETRY_MS = 5_000

/**
 * Asks one session for executions and open orders, and finds out what became of orders that are not open any more. An
 * order without any trace is looked for a second time. Rejects when a list is not answered or the session ends.
 */
export async function findOrders(
  own: OrderSession,
  { orders, find }: KnownOrders,
  { account, clock, signal }: { account: string; clock: Clock; signal: AbortSignal },
): Promise<void> {
  for (const isSecondLook of [false, true]) {
    // Orders that are written while the answer is under way are not in it.
    const expected = orders.open().filter((order) => order.account === account)
    await own.executions(account)
    const open = await own.openOrders()
    own.skipIds(orders.highestId())
    const listed = new Set<number>()
    for (const report of open) {
      if (report.clientId !== own.clientId) continue
      listed.add(report.orderId)
      const order = find(report)
      if (order) orders.update(revived(order, report))
    }
    const missing = expected.filter(({ state }) => !listed.has(state.orderId))
    if (missing.length === 0) return
    const ended = await listOfEnded(own)
    const unclear = missing.filter(({ state }) => {
      const order = orders.find(state.orderId)
      if (!order) return false
      const next = afterMissing(order, { ended: ended.find((one) => isEndOf(one, order)), isSecondLook })
      if (next) orders.update(next)
      return next === null
    })
    if (unclear.length === 0) return
    await clock.sleep(SECOND_LOOK_MS, signal)
  }
}

/** Not every gateway has the list; without it, executions decide. */
async function listOfEnded(own: OrderSession): Promise<readonly ReportedEnd[]> {
  try {
    return await own.completedOrders()
  } catch (error) {
    if (!own.session.isOpen) throw error
    return []
  }
}

/** An order without a permanent id is recognised by its orderRef, which no other order of this entry has. */
function isEndOf(ended: ReportedEnd, { state, account }: TrackedOrder): boolean {
  if (ended.account !== '' && ended.account !== account) return false
  return state.permId === null ? ended.orderRef === state.orderRef : ended.permId === state.permId
}

/** Searches one at a time, and once more if that is wanted meanwhile. */
export interface OrderSearch {
  want(): void
}

/** `search` resolves when it is done, or rejects when it should be tried again later. */
export function createOrderSearch(
  search: () => Promise<void>,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): OrderSearch {
  let isSearching = false
  let isWanted = false

  async function searchWhileWanted(): Promise<void> {
    while (isWanted && !signal.aborted) {
      isWanted = false
      try {
        await search()
      } catch {
        isWanted = true
        await clock.sleep(RETRY_MS, signal).catch(() => {})
      }
    }
  }

  return {
    want: () => {
      isWanted = true
      if (isSearching) return
      isSearching = true
      void searchWhileWanted().finally(() => {
        isSearching = false
      })
    },
  }
}
