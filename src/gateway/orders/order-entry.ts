import { setMaxListeners } from 'node:events'
import type { Clock } from '../../market/clock.ts'
import { abortable } from '../../process/abortable.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { deferred } from '../deferred.ts'
import type { Notice } from '../session/notices.ts'
import type { Session } from '../session/session.ts'
import type { SessionSupervisor } from '../supervisor/supervisor.ts'
import { createAccountState } from './account-state.ts'
import { invalidRequest } from './check-request.ts'
import type {
  ReportedCommission,
  ReportedEnd,
  ReportedExecution,
  ReportedOrder,
  ReportedStatus,
} from './decode.ts'
import { onlyReduces } from './exposure.ts'
import { invalidListing } from './guard.ts'
import { createOrderRate, type OrderLimits } from './limits.ts'
import {
  type AccountValues,
  type Execution,
  isFinal,
  type OrderChange,
  type OrderRequest,
  type OrderState,
  type OrderStatus,
  type PlacedOrder,
  type Position,
} from './order.ts'
import { meaningOf } from './order-codes.ts'
import { type OrderSession, type OrderSessionEvents, openOrderSession } from './order-session.ts'
import { createPlacedOrders } from './placed-orders.ts'
import { OrderRefused, type RefusalKind } from './refused.ts'
import {
  afterCancelSent,
  afterChangeSent,
  afterExecution,
  afterMissing,
  afterNotice,
  afterReport,
  afterStatus,
  revived,
  type TrackedOrder,
  type TrackingStep,
  trackFound,
  trackNew,
  withCommission,
  withoutKnowledge,
} from './tracked-order.ts'

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

export type EntryChange =
  | { readonly kind: 'order'; readonly order: PlacedOrder; readonly before: OrderStatus | null }
  | { readonly kind: 'execution'; readonly execution: Execution }
  | { readonly kind: 'position'; readonly position: Position }
  | { readonly kind: 'account'; readonly values: AccountValues }
  /** A warning about an order, in the gateway's words. */
  | { readonly kind: 'warning'; readonly order: PlacedOrder; readonly code: number; readonly message: string }
  /** Orders can or cannot be sent from now on; null: they can. */
  | { readonly kind: 'refusal'; readonly reason: string | null }

export interface OrderEntryOptions {
  /** Account numbers that the user has listed. */
  readonly accounts: readonly string[]
  readonly limits: OrderLimits
  readonly clock: Clock
}

/** How long the gateway may take to answer an order or a cancel before it is asked, ms. */
const ANSWER_MS = 10_000
/** The pause before the gateway is asked again for an order of which it has no trace, ms. */
const SECOND_LOOK_MS = 5_000
/** The pause after a list that was not answered, ms. */
const RETRY_MS = 5_000

/** One session's part of the entry. */
interface Attachment {
  readonly own: OrderSession
  /** The lists of this session have been asked for. */
  isStarted: boolean
  /** Orders, executions, positions and figures are those of the gateway. */
  isKnown: boolean
  /** Why they are not yet; '' if nothing went wrong. */
  trouble: string
  /** Orders that were written or shown on this session while its accounts were allowed. */
  readonly confirmed: Set<number>
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
  setMaxListeners(0, stop.signal)
  const listeners = new Set<(change: EntryChange) => void>()
  const rate = createOrderRate(limits)
  const account = createAccountState()
  const orders = createPlacedOrders((order, before) => tell({ kind: 'order', order, before }))
  /** Every orderRef that was used, as far as is known. */
  const refs = new Set<string>()
  let accountNumber: string | null = null
  let attachment: Attachment | null = null
  let lastRefusal: string | null | undefined
  let isLooking = false
  let looksAgain = false

  function tell(change: EntryChange): void {
    for (const listener of [...listeners]) listener(change)
  }

  function refusalOf(): { readonly kind: RefusalKind; readonly reason: string } | null {
    if (stop.signal.aborted) return { kind: 'not_ready', reason: 'the order entry is closed' }
    if (!attachment) return { kind: 'not_ready', reason: 'there is no session with the gateway' }
    const verdict = attachment.own.verdict()
    if (!verdict.allowed) return { kind: 'accounts', reason: `orders are refused: ${verdict.reason}` }
    if (attachment.isKnown) return null
    const { trouble } = attachment
    const reason = trouble === '' ? 'open orders, positions and figures are being asked for' : trouble
    return { kind: 'not_ready', reason }
  }

  function tellRefusal(): void {
    const reason = refusalOf()?.reason ?? null
    if (reason === lastRefusal) return
    lastRefusal = reason
    tell({ kind: 'refusal', reason })
  }

  // Sessions

  function attach(session: Session): void {
    if (stop.signal.aborted || attachment?.own.session === session) return
    const events: OrderSessionEvents = {
      onOrder,
      onStatus,
      onExecution,
      onCommission,
      onNotice,
      onPosition: (of, position) => {
        if (of !== accountNumber) return
        account.setPosition(position)
        tell({ kind: 'position', position })
      },
      onAccountValue: (of, tag, value) => {
        if (of === accountNumber && account.setValue(tag, value)) {
          tell({ kind: 'account', values: account.values() })
        }
      },
      onPnl: (pnl) => {
        account.setPnl(pnl)
        tell({ kind: 'account', values: account.values() })
      },
      onVerdict: start,
    }
    const own = openOrderSession(session, { listed: accounts, fixedAccount: accountNumber, clock }, events)
    own.skipIds(orders.highestId())
    attachment = { own, isStarted: false, isKnown: false, trouble: '', confirmed: new Set() }
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
    if (now && !now.isStarted) {
      const verdict = now.own.verdict()
      if (verdict.allowed) {
        now.isStarted = true
        accountNumber = verdict.account
        void synchronize(now, verdict.account)
      }
    }
    tellRefusal()
  }

  async function synchronize(now: Attachment, number: string): Promise<void> {
    account.forgetFigures()
    while (attachment === now) {
      try {
        await lookForOrders(now, number)
        await now.own.follow(number)
        now.isKnown = true
        tellRefusal()
        return
      } catch (error) {
        if (attachment !== now) return
        now.trouble ||= `the gateway does not tell its state: ${messageOf(error)}`
        tellRefusal()
        await clock.sleep(RETRY_MS, stop.signal).catch(() => {})
      }
    }
  }

  /** Asks for executions and open orders, and finds out what became of orders that are not open any more. */
  async function lookForOrders(now: Attachment, number: string): Promise<void> {
    for (const isSecondLook of [false, true]) {
      const expected = orders.open().filter((order) => order.account === number)
      await now.own.executions(number)
      const open = await now.own.openOrders()
      now.own.skipIds(orders.highestId())
      for (const report of open) {
        const order = ownOrder(report)
        if (order) orders.update(revived(order, report))
      }
      const listed = new Set(
        open.filter(({ clientId }) => clientId === now.own.clientId).map((o) => o.orderId),
      )
      const missing = expected.filter(({ state }) => !listed.has(state.orderId))
      if (missing.length === 0) return
      const ended = await now.own.completedOrders().catch((): readonly ReportedEnd[] => [])
      if (attachment !== now) throw new Error('the session is over')
      let isUnclear = false
      for (const { state } of missing) {
        const order = orders.find(state.orderId)
        if (!order) continue
        const end = ended.find((one) => isEndOf(one, order))
        const next = afterMissing(order, { ended: end, isSecondLook })
        if (next) orders.update(next)
        else isUnclear = true
      }
      if (!isUnclear) return
      await clock.sleep(SECOND_LOOK_MS, stop.signal)
    }
  }

  /** Asks the gateway what became of open orders; one such search at a time, and one more if it is wanted meanwhile. */
  function askGateway(): void {
    looksAgain = true
    if (isLooking) return
    isLooking = true
    void searchWhileWanted().finally(() => {
      isLooking = false
    })
  }

  async function searchWhileWanted(): Promise<void> {
    while (looksAgain && !stop.signal.aborted) {
      looksAgain = false
      const now = attachment
      // Without a session or before its first lists, they will be fetched anyway.
      if (!now?.isKnown || accountNumber === null || !now.own.verdict().allowed) return
      try {
        await lookForOrders(now, accountNumber)
      } catch {
        if (attachment !== now || stop.signal.aborted) return
        looksAgain = true
        await clock.sleep(RETRY_MS, stop.signal).catch(() => {})
      }
    }
  }

  // Messages

  /** The order that a message of this client is about. One with another permanent id had the same number. */
  function ownOrder(told: {
    orderId: number
    clientId: number
    permId: number | null
  }): TrackedOrder | undefined {
    if (told.clientId !== attachment?.own.clientId) return undefined
    const order = orders.find(told.orderId)
    const known = order?.state.permId ?? null
    return known !== null && told.permId !== null && known !== told.permId ? undefined : order
  }

  function apply(step: TrackingStep): void {
    const { order, followUp } = step
    orders.update(order)
    if (followUp === 'ask_gateway') askGateway()
    if (followUp === 'cancel_inactive') void sendCancel(order.state.orderId).catch(() => {})
  }

  function onOrder(report: ReportedOrder): void {
    const now = attachment
    if (!now || report.isWhatIf || report.orderId <= 0 || report.clientId !== now.own.clientId) return
    if (now.own.verdict().allowed) now.confirmed.add(report.orderId)
    if (report.orderRef !== '') refs.add(report.orderRef)
    const order = ownOrder(report)
    if (order) {
      apply(afterReport(order, report))
      return
    }
    const found = trackFound(report, clock.now())
    if (!isFinal(found.state.status)) orders.add(found)
  }

  function onStatus(report: ReportedStatus): void {
    const order = ownOrder(report)
    if (order) apply(afterStatus(order, report))
  }

  function onExecution({ account: of, clientId, ...execution }: ReportedExecution): void {
    if (of !== accountNumber) return
    const added = account.addExecution(execution)
    if (!added) return
    if (added.orderRef !== '') refs.add(added.orderRef)
    const order = orders.findByPermId(added.permId) ?? ownOrder({ ...added, clientId })
    if (order && isOfOrderItself(added, order)) orders.update(afterExecution(order, added))
    addCommission(added)
    tell({ kind: 'execution', execution: added })
  }

  function onCommission(report: ReportedCommission): void {
    const execution = account.addCommission(report)
    if (!execution) return
    addCommission(execution)
    tell({ kind: 'execution', execution })
  }

  function addCommission({ commission, permId, orderId }: Execution): void {
    const order = orders.findByPermId(permId) ?? orders.find(orderId)
    if (commission === null || !order) return
    orders.update(withCommission(order, roundCents((order.state.commission ?? 0) + commission)))
  }

  function onNotice({ id, code, message }: Notice): void {
    if (id === null) {
      // Streams are back after an interruption between gateway and IB: what happened meanwhile may not have been told.
      if (code === 1101 || code === 1102) askGateway()
      if (code === 321 && /read-only/i.test(message) && attachment) attachment.trouble = message
      return
    }
    const order = orders.find(id)
    if (!order) return
    const meaning = meaningOf(code)
    if (code === 103) attachment?.own.askForIds()
    apply(afterNotice(order, meaning, message))
    const handle = orders.handle(id)
    if (handle && (meaning === 'warning' || meaning === 'unknown' || meaning.endsWith('_refused'))) {
      tell({ kind: 'warning', order: handle, code, message })
    }
  }

  // Sending

  function refuseUnlessReady(): Attachment {
    const refusal = refusalOf()
    if (refusal) throw new OrderRefused(refusal.kind, refusal.reason)
    return attachment as Attachment
  }

  /** The limits; `others`: the open orders besides this one. */
  function refuseBeyondLimits(request: OrderRequest, others: readonly TrackedOrder[]): void {
    const { maxOrderQuantity, maxLossPerDay } = limits
    const { quantity } = request
    if (quantity > maxOrderQuantity) {
      throw new OrderRefused(
        'limit',
        `the quantity is ${quantity}, and maxOrderQuantity is ${maxOrderQuantity}`,
      )
    }
    const { dailyPnl } = account.values()
    const isLost = dailyPnl === null || dailyPnl <= -maxLossPerDay
    const states = others.map(({ state }) => state)
    if (isLost && !onlyReduces(request, account.positions(), states)) {
      const today = dailyPnl === null ? 'not known yet' : `${dailyPnl.toFixed(2)} dollars`
      throw new OrderRefused(
        'loss',
        `the profit and loss of the day is ${today}, and maxLossPerDay is ${maxLossPerDay}: only orders that reduce a position are sent`,
      )
    }
    const tooMany = rate.take(clock.monotonicMs())
    if (tooMany !== null) throw new OrderRefused('limit', tooMany)
  }

  async function place(request: OrderRequest, signal?: AbortSignal): Promise<PlacedOrder> {
    const problem = invalidRequest(request)
    if (problem !== null) throw new OrderRefused('invalid', problem)
    const now = refuseUnlessReady()
    if (refs.has(request.orderRef)) {
      throw new OrderRefused(
        'invalid',
        `the orderRef ${request.orderRef} was used before: each order has its own`,
      )
    }
    refuseBeyondLimits(request, orders.open())
    refs.add(request.orderRef)
    let placed: PlacedOrder | undefined
    try {
      await now.own.write(
        { request, orderId: null },
        {
          allow: () => allowOn(now),
          written: (orderId, number) => {
            now.confirmed.add(orderId)
            placed = orders.add(trackNew(newState(request, orderId), number))
          },
          signal,
        },
      )
    } finally {
      if (!placed) refs.delete(request.orderRef)
    }
    const sent = placed as PlacedOrder
    expectAnswer(sent.orderId, 'sent')
    return sent
  }

  function newState(request: OrderRequest, orderId: number): OrderState {
    return {
      ...{ ...request, orderId, permId: null, status: 'sent', reason: '', placedAt: clock.now() },
      ...{ filled: 0, remaining: request.quantity, averagePrice: null, commission: null },
    }
  }

  /** Called in the moment of writing. */
  function allowOn(now: Attachment): void {
    if (attachment !== now)
      throw new OrderRefused('not_ready', 'the session was lost before the order was sent')
    refuseUnlessReady()
  }

  async function modify({ orderId }: PlacedOrder, change: OrderChange): Promise<void> {
    const order = orders.find(orderId)
    if (!order || isFinal(order.state.status)) throw new OrderRefused('invalid', `order ${orderId} is over`)
    const { instrument, side, orderRef, filled } = order.state
    const { quantity, limitPrice, timeInForce, transmit } = { ...order.state, ...change }
    const request = { instrument, side, orderRef, quantity, limitPrice, timeInForce, transmit }
    const problem = quantity <= filled ? `${filled} are filled already` : invalidRequest(request)
    if (problem !== null) throw new OrderRefused('invalid', problem)
    const now = refuseUnlessReady()
    if (order.state.status === 'unknown' || order.account !== accountNumber) {
      throw new OrderRefused('not_ready', `the state of order ${orderId} is not known`)
    }
    const others = orders.open().filter(({ state }) => state.orderId !== orderId)
    refuseBeyondLimits(request, others)
    const allow = () => {
      allowOn(now)
      const latest = orders.find(orderId)
      if (!latest || isFinal(latest.state.status))
        throw new OrderRefused('invalid', `order ${orderId} is over`)
    }
    const written = () => {
      const latest = orders.find(orderId)
      if (latest) orders.update(afterChangeSent(latest, transmit))
    }
    await now.own.write({ request, orderId }, { allow, written })
  }

  async function sendCancel(orderId: number): Promise<void> {
    const now = attachment
    if (!now)
      throw new OrderRefused('not_ready', `there is no session: order ${orderId} stays open at the gateway`)
    let isSent = false
    await now.own.writeCancel(orderId, () => {
      const order = orders.find(orderId)
      // Of refused accounts only orders are cancelled that this session has shown before: another account may have the
      // same numbers.
      const isOurs = now.own.verdict().allowed || now.confirmed.has(orderId)
      if (attachment !== now || !order || isFinal(order.state.status) || !isOurs) return false
      orders.update(afterCancelSent(order))
      isSent = true
      return true
    })
    const order = orders.find(orderId)
    if (isSent) expectAnswer(orderId, 'cancelling')
    else if (order && !isFinal(order.state.status)) {
      throw new OrderRefused('accounts', refusalOf()?.reason ?? `order ${orderId} was not cancelled`)
    }
  }

  /** An order that is in the same state after a while is asked for. */
  function expectAnswer(orderId: number, status: OrderStatus): void {
    clock.sleep(ANSWER_MS, stop.signal).then(
      () => {
        const order = orders.find(orderId)
        if (order?.state.status !== status) return
        const seconds = ANSWER_MS / 1000
        if (status === 'sent') orders.update(withoutKnowledge(order, `no answer within ${seconds} s`))
        askGateway()
      },
      () => {},
    )
  }

  async function cancelAll(timeoutMs: number): Promise<CancelAllResult> {
    const open = orders.handles(orders.open())
    const waiting = new AbortController()
    await Promise.race([
      Promise.all(
        open.map(async (order) => {
          await sendCancel(order.orderId)
          await order.done
        }),
      ).catch(() => {}),
      clock.sleep(timeoutMs, waiting.signal).catch(() => {}),
    ])
    waiting.abort()
    return {
      cancelled: open.filter(({ status }) => isFinal(status) && status !== 'filled'),
      filled: open.filter(({ status }) => status === 'filled'),
      left: open.filter(({ status }) => !isFinal(status)),
    }
  }

  async function whenReady(signal: AbortSignal, timeoutMs: number): Promise<void> {
    signal.throwIfAborted()
    const settled = deferred<void>()
    const waiting = abortable(signal)
    const look = () => {
      const refusal = refusalOf()
      if (!refusal) settled.resolve()
      else if (stop.signal.aborted || isRefusedForGood(refusal)) {
        settled.reject(new OrderRefused(refusal.kind, refusal.reason))
      }
    }
    listeners.add(look)
    look()
    const late = clock.sleep(timeoutMs, waiting.signal).then(() => {
      throw new OrderRefused('not_ready', refusalOf()?.reason ?? 'orders can be sent')
    })
    try {
      await Promise.race([settled.promise, late])
    } finally {
      waiting.abort(new Error('no longer waiting'))
      listeners.delete(look)
    }
  }

  /** Accounts that were told and refused; those that are not told yet may still come. */
  function isRefusedForGood({ kind }: { kind: RefusalKind }): boolean {
    return kind === 'accounts' && attachment !== null && attachment.own.session.accounts.length > 0
  }

  const removers: Array<() => void> = []
  if ('onResubscribe' in source) {
    removers.push(
      source.onResubscribe((session) => {
        if (attachment?.own.session === session) askGateway()
        else attach(session)
      }),
    )
    const session = source.session()
    if (session) attach(session)
  } else attach(source)
  tellRefusal()

  return {
    get account() {
      return accountNumber
    },
    refusal: () => refusalOf()?.reason ?? null,
    whenReady,
    place,
    modify,
    cancel: async ({ orderId }) => {
      const order = orders.find(orderId)
      if (order && !isFinal(order.state.status)) await sendCancel(orderId)
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

/** Of a combination its own executions count, not those of its legs. */
function isOfOrderItself(execution: Execution, { state: { instrument } }: TrackedOrder): boolean {
  return (instrument.kind === 'combination') === (execution.secType === 'BAG')
}

/** An order without a permanent id is recognised by its orderRef, which no other order of this entry has. */
function isEndOf(ended: ReportedEnd, { state, account }: TrackedOrder): boolean {
  if (ended.account !== '' && ended.account !== account) return false
  return state.permId === null ? ended.orderRef === state.orderRef : ended.permId === state.permId
}

function roundCents(dollars: number): number {
  return Math.round(dollars * 1e6) / 1e6
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
