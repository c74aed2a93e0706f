import type { Clock } from '../../market/clock.ts'
import { deferred } from '../deferred.ts'
import { SessionEnded } from '../session/errors.ts'
import type { Notice } from '../session/notices.ts'
import { type OrderChannel, takeOrderChannel } from '../session/order-channel.ts'
import { createRowRequests } from '../session/requests/row-requests.ts'
import type { Session } from '../session/session.ts'
import type { ReportedEnd, ReportedOrder } from './decode.ts'
import { libraryContract, libraryOrder } from './encode.ts'
import { type GuardVerdict, guardAccounts } from './guard.ts'
import type { OrderRequest } from './order.ts'
import { type OrderEvents, receiveOrderEvents } from './order-events.ts'
import { OrderRefused } from './refused.ts'

/** What a session tells the entry. Receivers must not throw. */
export interface OrderSessionEvents
  extends Pick<
    OrderEvents,
    'onOrder' | 'onStatus' | 'onExecution' | 'onCommission' | 'onPosition' | 'onAccountValue' | 'onPnl'
  > {
  onNotice(notice: Notice): void
  /** The gateway has told its accounts again. */
  onVerdict(): void
}

/** The order messages of one session: the guard, the frames, and the lists that the gateway sends on request. */
export interface OrderSession {
  readonly session: Session
  readonly clientId: number
  /** Whether orders may be written now. Once its accounts are refused, a session stays refused. */
  verdict(): GuardVerdict
  /** Order numbers up to this one are not used. */
  skipIds(upTo: number): void
  /**
   * Writes one order as soon as the rate allows; a new one gets its number then. `allow` is called in the moment of
   * writing, just before the guard, and throws to prevent it; `written` just after. Rejects with OrderRefused if nothing
   * was written.
   */
  write(
    order: { readonly request: OrderRequest; readonly orderId: number | null },
    moment: {
      readonly allow: () => void
      readonly written: (orderId: number, account: string) => void
      readonly signal?: AbortSignal | undefined
    },
  ): Promise<void>
  /** Writes a cancel ahead of all requests, if `allow` still says so then; resolves in any case. */
  writeCancel(orderId: number, allow: () => boolean): Promise<void>
  /** The open orders of this client. The lists reject after a time limit and at the end of the session. */
  openOrders(): Promise<readonly ReportedOrder[]>
  /** Orders that are over, of all clients. */
  completedOrders(): Promise<readonly ReportedEnd[]>
  /** Resolves when all of today's executions of the account have gone to the events. */
  executions(account: string): Promise<void>
  /** Positions and account figures go to the events from now on; resolves when all of them were told once. */
  follow(account: string): Promise<void>
  /** Asks for a number above all that were used; those below are skipped when it comes. */
  askForIds(): void
  /** No event comes any more, and another entry may take the session. */
  release(): void
}

/** How long a list may be silent, ms. */
const LIST_TIMEOUT_MS = 15_000
/** How long to wait for the first profit and loss, ms: a gateway that knows none says nothing. */
const PNL_WAIT_MS = 3_000

export function openOrderSession(
  session: Session,
  { listed, fixedAccount, clock }: { listed: readonly string[]; fixedAccount: string | null; clock: Clock },
  events: OrderSessionEvents,
): OrderSession {
  const { channel, release } = takeOrderChannel(session)
  const { api, sendQueue } = channel
  const rows = <Row>() =>
    createRowRequests<Row>({ sendQueue, clock, nextId: channel.nextId }, LIST_TIMEOUT_MS)
  const openOrders = rows<ReportedOrder>()
  const completed = rows<ReportedEnd>()
  const marks = rows<never>()
  const all = [openOrders, completed, marks]
  /** The lists that come without a number: those that are open, by the number that we gave them. */
  const open = { openOrders: 0, completed: 0, positions: 0, account: 0 }
  const firstPnl = deferred<void>()
  let refusedForGood: GuardVerdict | null = null
  let wasAllowed = false

  function verdict(): GuardVerdict {
    if (refusedForGood) return refusedForGood
    const told = channel.managedAccounts()
    const current = guardAccounts(told, listed, fixedAccount)
    if (current.allowed) wasAllowed = true
    // At the start an empty text may still be followed by the accounts.
    else if (wasAllowed || (told !== null && told !== '')) refusedForGood = current
    return current
  }

  const stopEvents = receiveOrderEvents(channel, {
    ...events,
    onOrder: (report) => {
      openOrders.onRow(open.openOrders, report)
      events.onOrder(report)
    },
    onOpenOrdersEnd: () => openOrders.onEnd(open.openOrders),
    onEnded: (report) => completed.onRow(open.completed, report),
    onEndedEnd: () => completed.onEnd(open.completed),
    onExecutionsEnd: marks.onEnd,
    onPositionsEnd: () => marks.onEnd(open.positions),
    onAccountEnd: () => marks.onEnd(open.account),
    onPnl: (pnl) => {
      events.onPnl(pnl)
      firstPnl.resolve()
    },
    onNextValidId: (id) => channel.skipIds(id - 1),
  })
  const removers = [
    stopEvents,
    channel.onManagedAccounts(() => {
      verdict()
      events.onVerdict()
    }),
    channel.onNotice((notice) => {
      for (const requests of all) requests.onNotice(notice)
      events.onNotice(notice)
    }),
    session.onEnd(() => failAll('the session is over')),
  ]

  function failAll(message: string): void {
    const reason = new SessionEnded({ reason: 'closed', message })
    for (const requests of all) requests.fail(reason)
  }

  async function followPnl(account: string): Promise<void> {
    await sendQueue.request(() => void api.reqPnL(channel.nextId(), account, ''))
    const settled = new AbortController()
    try {
      await Promise.race([firstPnl.promise, clock.sleep(PNL_WAIT_MS, settled.signal)])
    } finally {
      settled.abort()
    }
  }

  return {
    session,
    clientId: channel.clientId,
    verdict,
    skipIds: channel.skipIds,
    write: async ({ request, orderId }, { allow, written, signal }) => {
      const send = () => {
        allow()
        const guard = verdict()
        if (!guard.allowed) throw new OrderRefused('accounts', guard.reason)
        const id = orderId ?? channel.nextId()
        writeOrder(channel, { orderId: id, request, account: guard.account })
        written(id, guard.account)
      }
      try {
        await sendQueue.request(send, { signal })
      } catch (error) {
        if (error instanceof OrderRefused) throw error
        throw new OrderRefused(
          'not_ready',
          `not sent: ${error instanceof Error ? error.message : error}`,
          error,
        )
      }
    },
    writeCancel: (orderId, allow) =>
      sendQueue.cancel(
        () => {
          if (allow()) channel.unlock('cancel', () => void api.cancelOrder(orderId))
        },
        { line: false },
      ),
    openOrders: () =>
      openOrders.ask('the open orders', (id) => {
        open.openOrders = id
        api.reqOpenOrders()
      }),
    completedOrders: () =>
      completed.ask('the orders that are over', (id) => {
        open.completed = id
        api.reqCompletedOrders(false)
      }),
    executions: async (account) => {
      await marks.ask('the executions', (id) => void api.reqExecutions(id, { acctCode: account }))
    },
    follow: async (account) => {
      const positions = marks.ask('the positions', (id) => {
        open.positions = id
        api.reqPositions()
      })
      const figures = marks.ask('the account figures', (id) => {
        open.account = id
        api.reqAccountUpdates(true, account)
      })
      await Promise.all([positions, figures, followPnl(account)])
    },
    askForIds: () => {
      // Rejects only at the end of the session.
      sendQueue.request(() => void api.reqIds(1)).catch(() => {})
    },
    release: () => {
      for (const remove of removers) remove()
      failAll('the order entry was closed')
      release()
    },
  }
}

/** The only place where an order is encoded. */
function writeOrder(
  { api, unlock }: OrderChannel,
  { orderId, request, account }: { orderId: number; request: OrderRequest; account: string },
): void {
  const contract = libraryContract(request.instrument)
  const order = libraryOrder(request, account)
  if (!unlock('order', () => void api.placeOrder(orderId, contract, order))) {
    throw new OrderRefused('invalid', 'the client library did not write the order')
  }
}
