import type { OrderRequest } from '../gateway/orders/order.ts'
import type { OrderEntry, PlacedOrder } from '../gateway/orders/order-entry.ts'
import { OrderRefused } from '../gateway/orders/refused.ts'
import { newYorkDate } from '../market/calendar.ts'
import type { Clock } from '../market/clock.ts'
import { conId, type EpochMs, type SessionDate } from '../market/units.ts'
import { exitLimitAt, limitAt } from './choice/price-steps.ts'
import { decideEntry } from './decision.ts'
import { type ExitRule, isUrgent } from './exits/exits.ts'
import type { EventOf, JournalEvent } from './journal/events.ts'
import type { Journal } from './journal/journal.ts'
import type { PaperSettings } from './options.ts'
import { foreignOrders, newFills, orderChanges, orderEvent } from './reconcile/orders.ts'
import {
  comparePositions,
  type Disagreements,
  endedPositions,
  foreignPositions,
} from './reconcile/positions.ts'
import type { EntryAnswer } from './signals/figures.ts'
import {
  isOpenOrder,
  isUnsettled,
  type TrackedOrder,
  type TrackedPosition,
  type TraderState,
  unitsHeld,
} from './state.ts'
import type { ChainQuote, NetPrices } from './structure.ts'
import { markPosition } from './valuation.ts'

/** What the trader uses of the order entry. */
export type TraderOrders = Pick<
  OrderEntry,
  'refusal' | 'place' | 'modify' | 'cancel' | 'orders' | 'executions' | 'positions'
>

export interface TraderSources {
  /** The figures of a symbol's newest slot, without defaults. */
  figures(symbol: string): Promise<EntryAnswer>
  /** The stored chain of that slot. */
  chain(symbol: string): Promise<readonly ChainQuote[]>
  readonly orders: TraderOrders
  readonly journal: Journal
  readonly clock: Clock
  readonly settings: PaperSettings
  /** The underlyings that may be traded. */
  readonly symbols: readonly string[]
}

/** What one call did: the events that it has journaled, in order. */
export interface TraderReport {
  readonly events: readonly JournalEvent[]
}

/** What is left when the trader stops. */
export interface StopReport extends TraderReport {
  /** Order references. */
  readonly cancelled: readonly string[]
  /** Order references. */
  readonly ordersLeft: readonly string[]
  readonly positions: readonly TrackedPosition[]
}

/**
 * The paper trader. Calls do not overlap: each waits for the one before. Everything that it does is in the journal
 * before it is done, and its state is what the journal says, so that a trader that was killed goes on where it was.
 * Every call rejects with a Failure EXIT.io when the journal cannot be written: then nothing more must be ordered.
 */
export interface Trader {
  /**
   * One round of decisions on a stored slot: what has happened at the gateway, price steps, exits, entries. The same in
   * a backtest; resolves when its orders have been written, not when they are filled.
   */
  cycle(slot: EpochMs): Promise<TraderReport>
  /** Between slots: journals what has happened at the gateway, and changes the prices of orders that wait. */
  manage(): Promise<TraderReport>
  /** Cancels the trader's open orders, waits for the answers at most this long, and says what is left. */
  stop(reason: string, timeoutMs: number): Promise<StopReport>
  state(): TraderState
}

export function createTrader(sources: TraderSources): Trader {
  const { orders, journal, clock, settings } = sources
  const { state } = journal
  let disagreements: Disagreements = new Map()
  let events: JournalEvent[] = []
  let running: Promise<unknown> = Promise.resolve()

  function oneAtATime<T>(task: () => Promise<T>): Promise<T> {
    const run = running.then(() => {
      events = []
      return task()
    })
    running = run.catch(() => {})
    return run
  }

  async function write(event: JournalEvent): Promise<void> {
    await journal.append(event, clock.now())
    events.push(event)
  }

  async function writeAll(all: readonly JournalEvent[]): Promise<void> {
    for (const event of all) await write(event)
  }

  /** Journals what has happened at the gateway. While its answers are not complete, nothing is concluded from them. */
  async function observe(): Promise<void> {
    if (orders.refusal() !== null) return
    const view = {
      ...{ orders: orders.orders(), executions: orders.executions(), positions: orders.positions() },
    }
    await writeAll(newFills(state, view))
    await writeAll(orderChanges(state, view, clock.now()))
    await writeAll(endedPositions(state, clock.now()))
    const compared = comparePositions(state, view, {
      ...{ now: clock.now(), monotonicMs: clock.monotonicMs(), since: disagreements },
    })
    disagreements = compared.disagreements
    await writeAll(compared.events)
    await writeAll([...foreignOrders(state, view), ...foreignPositions(state, view, clock.now())])
  }

  function placedOrder({ ref }: TrackedOrder): PlacedOrder | undefined {
    return orders.orders().find(({ orderRef }) => orderRef === ref)
  }

  /** Moves the price of each order that has waited long enough, and gives up those at their last price. */
  async function stepPrices(): Promise<void> {
    if (orders.refusal() !== null) return
    for (const order of [...state.orders.values()]) {
      const placed = placedOrder(order)
      if (!placed || !isOpenOrder(order) || order.cancelAsked || placed.status === 'unknown') continue
      // An order that was taken for lost and has turned up: its reason is gone.
      const isLate = state.positions.get(order.positionId)?.phase === 'closed'
      if (isLate) await cancel(order, placed, 'it turned up after it had been given up')
      else if (clock.now() - order.steppedAt >= settings.priceStepSeconds * 1_000) await step(order, placed)
    }
  }

  async function step(order: TrackedOrder, placed: PlacedOrder): Promise<void> {
    if (order.step >= settings.priceSteps) {
      await cancel(order, placed, `not filled at its last price, ${order.limitPrice}`)
      return
    }
    const { net, side, purpose } = order
    const next = order.step + 1
    const legs = state.positions.get(order.positionId)?.legs ?? []
    const limitPrice =
      purpose === 'exit' ? exitLimitAt(next, { net, legs, settings }) : limitAt(next, { net, side, settings })
    const isSame = limitPrice === order.limitPrice
    const change = { step: next, limit_price: limitPrice }
    await write({ kind: 'price_step', order_ref: order.ref, ...change })
    if (!isSame) await attempt(order.ref, () => orders.modify(placed, { limitPrice }))
  }

  async function cancel(order: TrackedOrder, placed: PlacedOrder, reason: string): Promise<void> {
    await write({ kind: 'cancel', order_ref: order.ref, reason })
    await attempt(order.ref, () => orders.cancel(placed))
  }

  /** What the order entry refuses is journaled, and is no failure of the trader. */
  async function attempt(order_ref: string, send: () => Promise<void>): Promise<boolean> {
    try {
      await send()
      return true
    } catch (error) {
      if (!(error instanceof OrderRefused)) throw error
      await write({ kind: 'refused', order_ref, reason: error.message })
      return false
    }
  }

  /** The intent is on disk before the order is sent: a restart asks the gateway what became of it. */
  async function place(intent: EventOf<'intent'>): Promise<void> {
    await write(intent)
    const { order_ref } = intent
    const isSent = await attempt(order_ref, async () => {
      await write(orderEvent(order_ref, await orders.place(requestOf(intent))))
    })
    if (!isSent) await write({ kind: 'abandoned', order_ref, reason: 'the order entry refused it' })
  }

  async function exitPositions(symbol: string, slot: SlotInput): Promise<void> {
    for (const position of [...state.positions.values()]) {
      if (position.symbol !== symbol || position.phase !== 'open') continue
      const mark = markPosition(position, { ...slot, settings })
      await write(mark)
      const units = unitsHeld(position)
      const isDoubtful = position.differs !== null || disagreements.has(position.id)
      if (
        mark.exit === null ||
        mark.net === null ||
        units === 0 ||
        isDoubtful ||
        isUnsettled(state, position, clock.now())
      )
        continue
      if (orders.refusal() !== null) continue
      await place(exitIntent(position, { mark, net: mark.net, units }))
    }
  }

  function exitIntent(
    position: TrackedPosition,
    { mark, net, units }: { mark: EventOf<'mark'>; net: NetPrices; units: number },
  ): EventOf<'intent'> {
    const step = isUrgent(mark.exit as ExitRule) ? settings.priceSteps : 0
    const side = 'SELL' as const
    return {
      ...{ kind: 'intent', order_ref: nextRef(position.id), position_id: position.id, purpose: 'exit' },
      ...{ slot: mark.slot, symbol: position.symbol, strategy: position.strategy },
      ...{ reason: `${mark.exit}: ${mark.reason}`, legs: [...position.legs], side, quantity: units, net },
      ...{ limit_price: exitLimitAt(step, { net, legs: position.legs, settings }), step },
      ...{ max_loss: null, max_profit: null },
    }
  }

  /** IB keeps 40 characters of a reference. */
  function nextRef(positionId: string): string {
    const own = [...state.orders.values()].filter((order) => order.positionId === positionId)
    return `ol-${positionId}-${own.length + 1}`
  }

  async function enter(symbol: string, { slot, date, chain, answer }: SlotInput): Promise<void> {
    const { event, entry } = decideEntry({
      ...{ slot, date, now: clock.now(), symbol, answer, chain, state, settings },
      refusal: orders.refusal(),
    })
    await write(event)
    if (!entry) return
    const { strategy, choice, quantity } = entry
    const positionId = `${symbol}-${event.slot.slice(0, 16).replace(/[-:]/g, '')}-${CODES[strategy]}`
    const { net, max_loss, max_profit } = choice
    const side = 'BUY' as const
    await place({
      ...{ kind: 'intent', order_ref: nextRef(positionId), position_id: positionId, purpose: 'entry' },
      ...{
        slot: event.slot,
        symbol,
        strategy,
        reason: event.reason,
        legs: [...choice.legs],
        side,
        quantity,
        net,
      },
      ...{ limit_price: limitAt(0, { net, side, settings }), step: 0, max_loss: max_loss * quantity },
      max_profit: max_profit === null ? null : max_profit * quantity,
    })
  }

  async function cycle(slot: EpochMs): Promise<TraderReport> {
    await observe()
    await stepPrices()
    const date = newYorkDate(slot)
    for (const symbol of sources.symbols) {
      const answer = await sources.figures(symbol)
      const chain = await sources.chain(symbol)
      const isOfSlot = chain[0]?.timestamp === slot
      const input = { slot, date, answer, chain: isOfSlot ? chain : [] }
      await exitPositions(symbol, input)
      await enter(symbol, input)
    }
    return { events }
  }

  async function stop(reason: string, timeoutMs: number): Promise<StopReport> {
    const waiting: { order: TrackedOrder; placed: PlacedOrder }[] = []
    await observe()
    for (const order of [...state.orders.values()]) {
      const placed = placedOrder(order)
      if (!isOpenOrder(order) || !placed) continue
      await cancel(order, placed, reason)
      waiting.push({ order, placed })
    }
    await settled(
      waiting.map(({ placed }) => placed.done),
      timeoutMs,
    )
    await observe()
    const refs = waiting.map(({ order }) => order.ref)
    const cancelled = refs.filter((ref) => state.orders.get(ref)?.phase === 'cancelled')
    const ordersLeft = [...state.orders.values()].filter(isOpenOrder).map(({ ref }) => ref)
    const positions = [...state.positions.values()].filter(({ phase }) => phase === 'open')
    const held = positions.map(({ id }) => id)
    await write({ kind: 'stopped', reason, cancelled, orders_left: ordersLeft, positions: held })
    return { events, cancelled, ordersLeft, positions }
  }

  async function settled(all: readonly Promise<unknown>[], timeoutMs: number): Promise<void> {
    if (all.length === 0) return
    const over = new AbortController()
    const late = clock.sleep(timeoutMs, over.signal).catch(() => {})
    await Promise.race([Promise.all(all), late])
    over.abort(new Error('settled'))
  }

  return {
    cycle: (slot) => oneAtATime(() => cycle(slot)),
    manage: () =>
      oneAtATime(async () => {
        await observe()
        await stepPrices()
        return { events }
      }),
    stop: (reason, timeoutMs) => oneAtATime(() => stop(reason, timeoutMs)),
    state: () => state,
  }
}

interface SlotInput {
  readonly slot: EpochMs
  readonly date: SessionDate
  readonly answer: EntryAnswer
  /** Empty if it is not of the slot. */
  readonly chain: readonly ChainQuote[]
}

const CODES = { iron_condor: 'IC', long_straddle: 'LS' } as const

function requestOf({
  symbol,
  legs,
  side,
  quantity,
  limit_price,
  order_ref,
}: EventOf<'intent'>): OrderRequest {
  return {
    instrument: {
      ...{ kind: 'combination', symbol, exchange: 'SMART', currency: 'USD' },
      legs: legs.map((leg) => ({ conId: conId(leg.con_id), side: leg.side, ratio: 1, exchange: 'SMART' })),
    },
    ...{ side, quantity, limitPrice: limit_price, timeInForce: 'DAY', transmit: true, orderRef: order_ref },
  }
}
