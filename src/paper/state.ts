import { type EpochMs, epochMs } from '../market/units.ts'
import type { EventOf, JournalLine } from './journal/events.ts'
import { MULTIPLIER, type NetPrices, type PositionLeg, roundDollars, signOf } from './structure.ts'

/**
 * - `intended`: in the journal; whether the gateway has it is not known yet.
 * - `open`: the gateway has it.
 * - the others: over. An abandoned order never reached the gateway, as far as the gateway knows.
 */
export type OrderPhase = 'intended' | 'open' | 'filled' | 'cancelled' | 'rejected' | 'abandoned'

/** An order of the trader, as the journal knows it. */
export interface TrackedOrder {
  readonly ref: string
  readonly positionId: string
  readonly purpose: 'entry' | 'exit'
  readonly side: 'BUY' | 'SELL'
  /** Units. */
  readonly quantity: number
  /** When the intent was written. */
  readonly intendedAt: EpochMs
  /** Net prices on which the price steps are based. */
  readonly net: NetPrices
  /** Dollars, net. */
  limitPrice: number
  phase: OrderPhase
  /** The gateway's word for it; '' before it said anything. */
  status: string
  orderId: number | null
  permId: number | null
  filled: number
  /** When the gateway said that it is over; null before, and where nothing is expected any more. */
  endedAt: EpochMs | null
  /** Units that were taken over from the account, because no execution was told. */
  adopted: number
  /** Contracts that its journaled executions have traded, by contract id. */
  readonly fills: Map<number, number>
  step: number
  steppedAt: EpochMs
  cancelAsked: boolean
}

/**
 * - `opening`: an entry order has been intended, and nothing is held yet.
 * - `open`: something is held.
 * - `closed`: nothing is held any more, or the entry came to nothing.
 */
export type PositionPhase = 'opening' | 'open' | 'closed'

/** What the trader has entered, as the journal knows it. */
export interface TrackedPosition {
  readonly id: string
  readonly symbol: string
  readonly strategy: string
  readonly legs: readonly PositionLeg[]
  readonly openedAt: EpochMs
  /** Units that were wanted. */
  readonly quantity: number
  /** Dollars, of the whole position as it was wanted. */
  readonly maxLoss: number
  /** Dollars; null where it is not bounded. */
  readonly maxProfit: number | null
  phase: PositionPhase
  /** Own contracts by contract id; negative: short. Only what own executions and adoptions say. */
  readonly holdings: Map<number, number>
  /** Dollars received less dollars paid, without commissions. */
  cash: number
  /** The same of the entry alone. */
  entryCash: number
  /** When an execution was last journaled; null before the first. */
  filledAt: EpochMs | null
  /** Dollars, those that are known. */
  commissions: number
  /** Executions whose commission is not known yet. */
  readonly withoutCommission: Set<string>
  /** Whether contracts were adopted without an execution, so that no profit can be computed. */
  priceUnknown: boolean
  /** Why the account does not hold what the journal says; null while it does. */
  differs: string | null
  /** Dollars; null while it is open and where a price is unknown. */
  pnl: number | null
  closedAt: EpochMs | null
}

/** The trader's memory: nothing but what the journal says. */
export interface TraderState {
  readonly positions: ReadonlyMap<string, TrackedPosition>
  readonly orders: ReadonlyMap<string, TrackedOrder>
  /** Executions that are in the journal. */
  readonly executions: { has(execId: string): boolean }
  /** The slot of the last entry order of each symbol, ISO text. */
  readonly entrySlots: ReadonlyMap<string, string>
  /** When an entry of the symbol was last given up or a position closed. */
  readonly endedAt: ReadonlyMap<string, EpochMs>
  /** What is in the account and not the trader's: already said, by name. */
  readonly foreign: ReadonlyMap<string, number>
  /** The account of the journal; null before the first start. */
  readonly account: string | null
  readonly seq: number
}

/** The state that grows with each line. */
export interface JournalState extends TraderState {
  apply(line: JournalLine): void
}

/** Closed positions and their orders that are kept, so that a journal of years does not fill the memory. */
const KEPT_CLOSED = 1_000

export function createJournalState(): JournalState {
  const positions = new Map<string, TrackedPosition>()
  const orders = new Map<string, TrackedOrder>()
  const executions = new Map<string, string>()
  const entrySlots = new Map<string, string>()
  const endedAt = new Map<string, EpochMs>()
  const foreign = new Map<string, number>()
  const known = { account: null as string | null, seq: 0 }

  function intend(event: EventOf<'intent'>, at: EpochMs): void {
    if (event.purpose === 'entry') {
      entrySlots.set(event.symbol, event.slot)
      if (!positions.has(event.position_id)) positions.set(event.position_id, positionOf(event, at))
    }
    orders.set(event.order_ref, orderOf(event, at))
  }

  function fill(event: EventOf<'fill'>, at: EpochMs): void {
    const order = orders.get(event.order_ref)
    const position = order && positions.get(order.positionId)
    if (!order || !position || executions.has(event.exec_id)) return
    executions.set(event.exec_id, position.id)
    const before = order.fills.get(event.con_id) ?? 0
    const after = before + event.quantity
    order.fills.set(event.con_id, after)
    // What was taken over is held already, and its execution is told late.
    const isNew = Math.max(after, order.adopted) - Math.max(before, order.adopted)
    if (isNew > 0) hold(position, event.con_id, signOf(event.side) * isNew)
    const received = -signOf(event.side) * event.quantity * event.price * MULTIPLIER
    position.cash = roundDollars(position.cash + received)
    if (order.purpose === 'entry') position.entryCash = roundDollars(position.entryCash + received)
    position.filledAt = at
    if (event.commission === null) position.withoutCommission.add(event.exec_id)
    else position.commissions = roundDollars(position.commissions + event.commission)
  }

  function charge({ exec_id, commission }: EventOf<'commission'>): void {
    const position = positions.get(executions.get(exec_id) ?? '')
    if (!position?.withoutCommission.delete(exec_id)) return
    position.commissions = roundDollars(position.commissions + commission)
  }

  function adopt({ order_ref, quantity }: EventOf<'adopted'>): void {
    const order = orders.get(order_ref)
    const position = order && positions.get(order.positionId)
    if (!order || !position) return
    order.phase = 'filled'
    order.filled = quantity
    order.endedAt = null
    order.adopted = quantity
    position.priceUnknown = true
    const direction = order.purpose === 'entry' ? 1 : -1
    for (const { con_id, side } of position.legs) {
      const rest = quantity - (order.fills.get(con_id) ?? 0)
      if (rest !== 0) hold(position, con_id, direction * signOf(side) * rest)
    }
  }

  function close(event: EventOf<'closed'>, at: EpochMs): void {
    const position = positions.get(event.position_id)
    if (!position) return
    position.phase = 'closed'
    position.pnl = event.pnl
    position.closedAt = at
    position.differs = null
    position.holdings.clear()
    endedAt.set(position.symbol, at)
    forgetOldest()
  }

  function forgetOldest(): void {
    const closed = [...positions.values()].filter(({ phase }) => phase === 'closed')
    for (const { id } of closed.slice(0, Math.max(0, closed.length - KEPT_CLOSED))) {
      positions.delete(id)
      for (const [ref, { positionId }] of orders) if (positionId === id) orders.delete(ref)
      for (const [execId, positionId] of executions) if (positionId === id) executions.delete(execId)
    }
  }

  function apply(line: JournalLine): void {
    const at = epochMs(Date.parse(line.at))
    known.seq = line.seq
    switch (line.kind) {
      case 'started':
        known.account = line.account
        break
      case 'intent':
        intend(line, at)
        break
      case 'order':
        changeOrder(orders.get(line.order_ref), line, at)
        break
      case 'price_step':
        stepOrder(orders.get(line.order_ref), line, at)
        break
      case 'cancel': {
        const order = orders.get(line.order_ref)
        if (order) order.cancelAsked = true
        break
      }
      case 'abandoned': {
        const order = orders.get(line.order_ref)
        if (order) order.phase = 'abandoned'
        break
      }
      case 'fill':
        fill(line, at)
        break
      case 'commission':
        charge(line)
        break
      case 'adopted':
        adopt(line)
        break
      case 'differs': {
        const position = positions.get(line.position_id)
        if (position) position.differs = line.reason
        break
      }
      case 'agrees': {
        const position = positions.get(line.position_id)
        if (position) position.differs = null
        break
      }
      case 'closed':
        close(line, at)
        break
      case 'foreign':
        if (line.quantity === 0) foreign.delete(line.name)
        else foreign.set(line.name, line.quantity)
        break
      default:
    }
  }

  return {
    positions,
    orders,
    executions,
    entrySlots,
    endedAt,
    foreign,
    get account() {
      return known.account
    },
    get seq() {
      return known.seq
    },
    apply,
  }
}

function positionOf(event: EventOf<'intent'>, at: EpochMs): TrackedPosition {
  return {
    ...{ id: event.position_id, symbol: event.symbol, strategy: event.strategy, legs: event.legs },
    ...{ openedAt: at, quantity: event.quantity, maxLoss: event.max_loss ?? 0, maxProfit: event.max_profit },
    ...{
      phase: 'opening',
      holdings: new Map(),
      cash: 0,
      entryCash: 0,
      filledAt: null,
      commissions: 0,
      withoutCommission: new Set(),
    },
    ...{ priceUnknown: false, differs: null, pnl: null, closedAt: null },
  }
}

function orderOf(event: EventOf<'intent'>, at: EpochMs): TrackedOrder {
  return {
    ...{ ref: event.order_ref, positionId: event.position_id, purpose: event.purpose, side: event.side },
    ...{ quantity: event.quantity, intendedAt: at, net: event.net },
    ...{ limitPrice: event.limit_price, phase: 'intended', status: '' },
    ...{
      orderId: null,
      permId: null,
      filled: 0,
      endedAt: null,
      adopted: 0,
      fills: new Map(),
      step: event.step,
      steppedAt: at,
      cancelAsked: false,
    },
  }
}

/** The phase that the gateway's word means. An order of unknown state is looked at as open: it may still be filled. */
export function phaseOf(status: string): OrderPhase {
  if (status === 'filled' || status === 'cancelled' || status === 'rejected') return status
  return status === 'not_received' ? 'abandoned' : 'open'
}

function changeOrder(order: TrackedOrder | undefined, event: EventOf<'order'>, at: EpochMs): void {
  if (!order) return
  order.status = event.status
  order.phase = phaseOf(event.status)
  order.orderId = event.order_id
  order.permId = event.perm_id
  order.filled = event.filled
  order.endedAt = isOpenOrder(order) ? null : at
  if (event.limit_price !== null) order.limitPrice = event.limit_price
}

function stepOrder(order: TrackedOrder | undefined, event: EventOf<'price_step'>, at: EpochMs): void {
  if (!order) return
  order.step = event.step
  order.steppedAt = at
  order.limitPrice = event.limit_price
}

function hold(position: TrackedPosition, conId: number, change: number): void {
  const quantity = (position.holdings.get(conId) ?? 0) + change
  if (quantity === 0) position.holdings.delete(conId)
  else position.holdings.set(conId, quantity)
  // Also of a position that was taken for closed: a fill may be told late.
  position.phase = 'open'
  position.closedAt = null
}

/** Whether the order may still trade. */
export function isOpenOrder({ phase }: TrackedOrder): boolean {
  return phase === 'intended' || phase === 'open'
}

/** How long executions of an order that is over may be late: states and executions are told apart. */
const SETTLING_MS = 120_000

/** Units of an order that its journaled executions show in every leg. */
export function executedUnits(
  { fills }: Pick<TrackedOrder, 'fills'>,
  { legs }: Pick<TrackedPosition, 'legs'>,
): number {
  return Math.min(...legs.map(({ con_id }) => fills.get(con_id) ?? 0))
}

/** Whether the gateway says that more was filled than its executions show. */
export function lacksExecutions(order: TrackedOrder, position: TrackedPosition): boolean {
  return order.endedAt !== null && order.filled > executedUnits(order, position)
}

/** Whether an order of the position may still trade, or has traded what its executions have yet to show. */
export function isUnsettled(
  { orders }: Pick<TraderState, 'orders'>,
  position: TrackedPosition,
  now: EpochMs,
): boolean {
  return [...orders.values()].some(
    (order) =>
      order.positionId === position.id &&
      (isOpenOrder(order) ||
        (lacksExecutions(order, position) && now - (order.endedAt ?? now) < SETTLING_MS)),
  )
}

/** Whole units that the position holds: the least over its legs, so that a unit in the making is not counted. */
export function unitsHeld({ legs, holdings }: Pick<TrackedPosition, 'legs' | 'holdings'>): number {
  const units = legs.map((leg) => signOf(leg.side) * (holdings.get(leg.con_id) ?? 0))
  return Math.max(0, Math.min(...units))
}

/** Whether all legs are held in the same number. */
export function isBalanced({ legs, holdings }: Pick<TrackedPosition, 'legs' | 'holdings'>): boolean {
  const units = legs.map((leg) => signOf(leg.side) * (holdings.get(leg.con_id) ?? 0))
  return units.every((one) => one === units[0])
}

/** Realised and unrealised together at net prices of a unit, commissions that are known included; null where a price is unknown. */
export function pnlAt(position: TrackedPosition, unitValue: number | null): number | null {
  // Legs beyond whole units are worth something, and no net price says what.
  if (position.priceUnknown || !isBalanced(position)) return null
  const units = unitsHeld(position)
  if (units > 0 && unitValue === null) return null
  const value = units === 0 ? 0 : units * (unitValue ?? 0) * MULTIPLIER
  return roundDollars(position.cash + value - position.commissions)
}
