import { setMaxListeners } from 'node:events'
import type { Clock } from '../../market/clock.ts'
import { abortable } from '../../process/abortable.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { deferred } from '../deferred.ts'
import type { Session } from '../session/session.ts'
import { describeState } from '../supervisor/state.ts'
import type { SessionSupervisor } from '../supervisor/supervisor.ts'
import { createBoundedSet } from './bounded-set.ts'
import { createOrderSearch, findOrders, RETRY_MS } from './find-orders.ts'
import { invalidListing } from './guard.ts'
import { createKnownOrders, type EntryChange } from './known-orders.ts'
import type { OrderLimits } from './limits.ts'
import {
  type AccountValues,
  type Execution,
  isFinal,
  type OrderChange,
  type OrderRequest,
  type PlacedOrder,
  type Position,
} from './order.ts'
import { type OrderSession, type OrderSessionEvents, openOrderSession } from './order-session.ts'
import { OrderRefused, type RefusalKind } from './refused.ts'
import { createOrderSender, type SendingSession } from './send-orders.ts'
import { type FollowUp, withoutKnowledge } from './tracked-order.ts'

export type { EntryChange } from './known-orders.ts'
export type { OrderOutcome, PlacedOrder } from './order.ts'

/**
 * The only way to send orders. Each order frame passes the guard (`guard.ts`) in the moment in which it is written:
 * every managed account of the session is a paper account that the user has listed.
 */
export interface OrderEntry {
  /** The paper account that orders are placed for; null before a session has named one that is allowed. */
  readonly account: string | null
  /** Why no order can be sent at the moment, one line; null if orders can be sent. */
  refusal(): string | null
  /**
   * Resolves when orders can be sent: the accounts are allowed, and open orders, executions, positions and account
   * figures of this session are known. Rejects with OrderRefused at once if the accounts are refused, after the
   * time-out, or with the signal's reason.
   */
  whenReady(signal: AbortSignal, timeoutMs: number): Promise<void>
  /**
   * Sends an order; resolves when it has been written. Rejects with OrderRefused if nothing was sent. An order is
   * written at most once: if the session is lost meanwhile, its status is `unknown` until the gateway has been asked.
   */
  place(request: OrderRequest, signal?: AbortSignal): Promise<PlacedOrder>
  /** Changes an open order, resolves when that is written; what became of it is in the order's state. */
  modify(order: PlacedOrder, change: OrderChange): Promise<void>
  /** Asks to cancel an order; resolves when that is written. Of an order that is over it does nothing. */
  cancel(order: PlacedOrder): Promise<void>
  /**
   * Cancels every open order of this client, waits for the answers at most this long, and says what is still open.
   * Never IB's global cancel, which would also take orders of other programs and of people.
   */
  cancelAll(timeoutMs: number): Promise<CancelAllResult>
  /** Every order of this client that is not over, those of earlier runs included, by order id. */
  openOrders(): readonly PlacedOrder[]
  /** Every order known since the entry was opened, by order id; those that are over are kept, the latest 10,000. */
  orders(): readonly PlacedOrder[]
  /** Today's executions of the account, of all clients, in the order in which they came; the latest 10,000. */
  executions(): readonly Execution[]
  /** Positions of the account that are not 0, by contract. */
  positions(): readonly Position[]
  accountValues(): AccountValues
  /** Calls the listener, which must not throw, after every change; returns a function that removes it. */
  onChange(listener: (change: EntryChange) => void): () => void
  /** Stops: nothing is sent any more. Open orders stay open at the gateway. The session stays open. */
  close(): void
}

export interface CancelAllResult {
  readonly cancelled: readonly PlacedOrder[]
  readonly filled: readonly PlacedOrder[]
  /** Still open, or of unknown state. */
  readonly left: readonly PlacedOrder[]
}

export interface OrderEntryOptions {
  /** Account numbers that the user has listed. */
  readonly accounts: readonly string[]
  readonly limits: OrderLimits
  readonly clock: Clock
}

/** More orders are not open at once. */
const MOST_CONFIRMED = 20_000

/** One session's part of the entry. */
interface Attachment extends SendingSession {
  /** Its lists have been asked for. */
  isStarted: boolean
  /** Orders, executions, positions and figures are those of the gateway. */
  isKnown: boolean
  /** Why they are not yet; '' if nothing went wrong. */
  trouble: string
}

/**
 * Opens the entry on one session, or on the sessions of a supervisor, over all of its reconnects: after each the state is
 * fetched again, and an order whose fate is not known is looked for, never sent again. Throws a Failure if the listed
 * accounts are not paper accounts.
 */
export function openOrderEntry(
  source: Session | SessionSupervisor,
  { accounts, limits, clock }: OrderEntryOptions,
): OrderEntry {
  const invalid = invalidListing(accounts)
  if (invalid !== null) throw new Failure(EXIT.refused, `orders are refused: ${invalid}`)

  const stop = new AbortController()
  // Every order waits for its answer under this signal: from eleven on Node warns of a leak.
  setMaxListeners(0, stop.signal)
  const listeners = new Set<(change: EntryChange) => void>()
  const known = createKnownOrders(tell)
  const { orders, account } = known
  let attachment: Attachment | null = null
  let lastRefusal: string | null | undefined
  const search = createOrderSearch(searchOnce, { clock, signal: stop.signal })
  const sender = createOrderSender(known, {
    ...{ limits, clock, signal: stop.signal, refusal },
    current: () => attachment,
    askGateway: search.want,
  })

  function tell(change: EntryChange): void {
    for (const listener of [...listeners]) listener(change)
  }

  function refusal(): { readonly kind: RefusalKind; readonly reason: string } | null {
    if (stop.signal.aborted) return { kind: 'not_ready', reason: 'the order entry is closed' }
    if (!attachment) return { kind: 'not_ready', reason: `there is no session with the gateway${why()}` }
    const verdict = attachment.own.verdict()
    if (!verdict.allowed) return { kind: 'accounts', reason: `orders are refused: ${verdict.reason}` }
    if (attachment.isKnown) return null
    const { trouble } = attachment
    const reason = trouble === '' ? 'open orders, positions and figures are being asked for' : trouble
    return { kind: 'not_ready', reason }
  }

  /** What a supervisor says about it. */
  const why = () => ('onResubscribe' in source ? `: ${describeState(source.state())}` : '')

  function tellRefusal(): void {
    const reason = refusal()?.reason ?? null
    if (reason === lastRefusal) return
    lastRefusal = reason
    tell({ kind: 'refusal', reason })
  }

  function attach(session: Session): void {
    if (stop.signal.aborted || attachment?.own.session === session) return
    const fixedAccount = known.accountNumber()
    const own = openOrderSession(session, { listed: accounts, fixedAccount, clock }, events)
    own.skipIds(orders.highestId())
    attachment = {
      own,
      isStarted: false,
      isKnown: false,
      trouble: '',
      confirmed: createBoundedSet(MOST_CONFIRMED),
    }
    session.onEnd(() => lose(own))
    start()
  }

  function lose(own: OrderSession): void {
    if (attachment?.own !== own) return
    attachment = null
    own.release()
    for (const order of orders.open()) orders.update(withoutKnowledge(order, 'the session was lost'))
    tellRefusal()
  }

  /** Fetches the state as soon as the accounts are allowed. */
  function start(): void {
    const now = attachment
    const verdict = now?.own.verdict()
    if (now && !now.isStarted && verdict?.allowed) {
      now.isStarted = true
      known.setAccountNumber(verdict.account)
      void fetchState(now, verdict.account)
    }
    tellRefusal()
  }

  async function fetchState(now: Attachment, number: string): Promise<void> {
    account.forgetFigures()
    while (attachment === now) {
      try {
        await findOrders(now.own, known, { account: number, clock, signal: stop.signal })
        await now.own.follow(number)
        now.isKnown = true
        tellRefusal()
        return
      } catch (error) {
        if (attachment !== now) return
        now.trouble ||= `the gateway does not tell its state: ${error instanceof Error ? error.message : error}`
        tellRefusal()
        await clock.sleep(RETRY_MS, stop.signal).catch(() => {})
      }
    }
  }

  async function searchOnce(): Promise<void> {
    const now = attachment
    const number = known.accountNumber()
    // Without a session or before its first lists, they will be fetched anyway.
    if (!now?.isKnown || number === null || !now.own.verdict().allowed) return
    try {
      await findOrders(now.own, known, { account: number, clock, signal: stop.signal })
    } catch (error) {
      if (attachment === now) throw error
    }
  }

  function follow(orderId: number, followUp: FollowUp): void {
    if (followUp === 'ask_gateway') search.want()
    if (followUp === 'cancel_inactive') sender.cancel(orderId).catch(() => {})
  }

  const isOwn = ({ clientId }: { readonly clientId: number }) => clientId === attachment?.own.clientId
  const events: OrderSessionEvents = {
    onOrder: (report) => {
      // IB wants numbers above all that it has told, those of other clients included.
      attachment?.own.skipIds(report.orderId)
      if (!attachment || report.isWhatIf || report.orderId <= 0 || !isOwn(report)) return
      if (attachment.own.verdict().allowed) attachment.confirmed.add(report.orderId)
      follow(report.orderId, known.onOrder(report, clock.now()))
    },
    onStatus: (report) => {
      attachment?.own.skipIds(report.orderId)
      if (isOwn(report)) follow(report.orderId, known.onStatus(report))
    },
    onExecution: (report) => known.onExecution(report, isOwn(report)),
    onCommission: known.onCommission,
    onPosition: known.onPosition,
    onAccountValue: known.onAccountValue,
    onPnl: known.onPnl,
    onNotice: ({ id, ...notice }) => {
      const { code, message } = notice
      if (id !== null) {
        // The number was used before.
        if (code === 103 && orders.find(id)) attachment?.own.askForIds()
        follow(id, known.onNotice({ ...notice, id }))
        return
      }
      // After an interruption between the gateway and IB: what happened meanwhile may not have been told.
      if (code === 1101 || code === 1102) search.want()
      if (code === 321 && /read-only/i.test(message) && attachment) attachment.trouble = message
    },
    onVerdict: start,
  }

  /** Resolves when the order is over, or cannot be cancelled; waits for a session meanwhile. */
  async function endOrder(order: PlacedOrder, signal: AbortSignal, timeoutMs: number): Promise<void> {
    try {
      await sender.cancel(order.orderId)
    } catch (error) {
      if (!(error instanceof OrderRefused) || error.kind !== 'not_ready') return
      await whenReady(signal, timeoutMs)
      await sender.cancel(order.orderId)
    }
    await order.done
  }

  async function cancelAll(timeoutMs: number): Promise<CancelAllResult> {
    const open = orders.handles(orders.open())
    const waiting = new AbortController()
    setMaxListeners(0, waiting.signal)
    await Promise.race([
      Promise.allSettled(open.map((order) => endOrder(order, waiting.signal, timeoutMs))),
      clock.sleep(timeoutMs, waiting.signal).catch(() => {}),
    ])
    waiting.abort(new Error('no longer waiting'))
    return {
      cancelled: open.filter(({ status }) => isFinal(status) && status !== 'filled'),
      filled: open.filter(({ status }) => status === 'filled'),
      left: open.filter(({ status }) => !isFinal(status)),
    }
  }

  /** Accounts that were told and refused; those that are not told yet may still come. */
  const isRefusedForGood = (kind: RefusalKind) =>
    kind === 'accounts' && attachment !== null && attachment.own.session.accounts.length > 0

  async function whenReady(signal: AbortSignal, timeoutMs: number): Promise<void> {
    signal.throwIfAborted()
    const settled = deferred<void>()
    const waiting = abortable(signal)
    const look = () => {
      const refused = refusal()
      if (!refused) settled.resolve()
      else if (stop.signal.aborted || isRefusedForGood(refused.kind)) {
        settled.reject(new OrderRefused(refused.kind, refused.reason))
      }
    }
    listeners.add(look)
    look()
    const late = clock.sleep(timeoutMs, waiting.signal).then(() => {
      throw new OrderRefused('not_ready', refusal()?.reason ?? 'orders can be sent')
    })
    try {
      await Promise.race([settled.promise, late])
    } finally {
      waiting.abort(new Error('no longer waiting'))
      listeners.delete(look)
    }
  }

  const removers: Array<() => void> = []
  if ('onResubscribe' in source) {
    removers.push(
      source.onResubscribe((session) => {
        if (attachment?.own.session === session) search.want()
        else attach(session)
      }),
    )
    const session = source.session()
    if (session) attach(session)
  } else attach(source)
  tellRefusal()

  return {
    get account() {
      return known.accountNumber()
    },
    refusal: () => refusal()?.reason ?? null,
    whenReady,
    place: sender.place,
    modify: sender.modify,
    cancel: async ({ orderId }) => {
      const order = orders.find(orderId)
      if (order && !isFinal(order.state.status)) await sender.cancel(orderId)
    },
    cancelAll,
    openOrders: () => orders.handles(orders.open()),
    orders: () => orders.handles(orders.all()),
    executions: account.executions,
    positions: account.positions,
    accountValues: account.values,
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close: () => {
      if (stop.signal.aborted) return
      for (const remove of removers) remove()
      const own = attachment?.own
      stop.abort(new Error('the order entry was closed'))
      attachment = null
      own?.release()
      tellRefusal()
      orders.giveUp('the order entry was closed')
    },
  }
}
