import type { EpochMs } from '../../market/units.ts'
import type { EventOf, JournalLine } from '../journal/events.ts'
import { MULTIPLIER, roundDollars, signOf } from '../structure.ts'

/** The account's profit and loss at one slot, dollars, commissions included. */
export interface EquityPoint {
  readonly slot: EpochMs
  /** Of positions that are closed; those whose profit is unknown are left out, and counted in `wins.unknown`. */
  readonly realized: number
  /** Of open positions, at the middle of the quotes of the slot; where a position has none, its last one. */
  readonly unrealized: number
  /** realized + unrealized; 0 at the start. */
  readonly equity: number
  /** Below the highest equity so far; 0 or less. */
  readonly drawdown: number
  readonly openPositions: number
  /** Open positions whose value is not of this slot, because a leg had no quote. */
  readonly staleMarks: number
}

/** One position from its first fill to its end. */
export interface BacktestTrade {
  readonly positionId: string
  readonly symbol: string
  readonly strategy: string
  /** Units of the entry order. */
  readonly quantity: number
  readonly openedAt: EpochMs
  /** Null while it is open. */
  readonly closedAt: EpochMs | null
  /** Dollars received less dollars paid, without commissions. */
  readonly cash: number
  readonly commissions: number
  /** Dollars, commissions included; of an open position at its last mark; null where a price is unknown. */
  readonly pnl: number | null
  /** Why it was closed; null while it is open. */
  readonly reason: string | null
}

export interface BacktestReport {
  readonly equity: readonly EquityPoint[]
  readonly trades: readonly BacktestTrade[]
  readonly final: {
    readonly equity: number
    readonly realized: number
    readonly unrealized: number
    readonly commissions: number
  }
  /** The deepest fall of equity below an earlier high, dollars, 0 or less; null without one. */
  readonly maxDrawdown: {
    readonly dollars: number
    readonly peakAt: EpochMs
    readonly troughAt: EpochMs
  } | null
  /** Of closed positions whose profit is known; `fraction` is null without any. `unknown`: those in which it is not. */
  readonly wins: {
    readonly won: number
    readonly closed: number
    readonly unknown: number
    readonly fraction: number | null
  }
  /** Slots in which at least one position was open. */
  readonly inMarket: { readonly slots: number; readonly of: number; readonly fraction: number | null }
  readonly decisions: { readonly entries: number; readonly withoutEntry: number }
  /** Order intents, and how many of them were filled at least in part. */
  readonly orders: { readonly intended: number; readonly filled: number; readonly refused: number }
}

/** Follows the journal of a backtest, line by line. */
export interface Performance {
  onLine(line: JournalLine): void
  /** Records the equity of a slot, after the trader's cycle: before anything that the slot's orders do. */
  slotEnded(slot: EpochMs): EquityPoint
  report(): BacktestReport
}

interface Followed {
  readonly intent: EventOf<'intent'>
  openedAt: EpochMs | null
  closedAt: EpochMs | null
  cash: number
  commissions: number
  /** Of the last mark. */
  marked: number | null
  markedSlot: string | null
  pnl: number | null
  reason: string | null
}

export function createPerformance(): Performance {
  const positions = new Map<string, Followed>()
  const positionOfOrder = new Map<string, string>()
  const filledOrders = new Set<string>()
  const equity: EquityPoint[] = []
  const counts = { entries: 0, withoutEntry: 0, refused: 0 }
  let high = { equity: 0, slot: null as EpochMs | null }
  let deepest: BacktestReport['maxDrawdown'] = null

  const ofOrder = (ref: string) => positions.get(positionOfOrder.get(ref) ?? '')

  function onFill(line: EventOf<'fill'>, at: EpochMs): void {
    const position = ofOrder(line.order_ref)
    if (!position) return
    filledOrders.add(line.order_ref)
    position.openedAt ??= at
    position.cash = roundDollars(position.cash - signOf(line.side) * line.quantity * line.price * MULTIPLIER)
    position.commissions = roundDollars(position.commissions + (line.commission ?? 0))
  }

  function onLine(line: JournalLine): void {
    const at = Date.parse(line.at) as EpochMs
    switch (line.kind) {
      case 'decision':
        if (line.action === 'enter') counts.entries += 1
        else counts.withoutEntry += 1
        return
      case 'intent':
        positionOfOrder.set(line.order_ref, line.position_id)
        if (!positions.has(line.position_id)) positions.set(line.position_id, follow(line))
        return
      case 'fill':
        onFill(line, at)
        return
      case 'commission': {
        const position = ofOrder(line.order_ref)
        if (position) position.commissions = roundDollars(position.commissions + line.commission)
        return
      }
      case 'mark': {
        const position = positions.get(line.position_id)
        if (!position || line.pnl === null) return
        position.marked = line.pnl
        position.markedSlot = line.slot
        return
      }
      case 'closed': {
        const position = positions.get(line.position_id)
        if (!position) return
        Object.assign(position, { closedAt: at, pnl: line.pnl, reason: line.reason })
        return
      }
      case 'refused':
        counts.refused += 1
    }
  }

  return {
    onLine,
    slotEnded: (slot) => {
      const name = new Date(slot).toISOString()
      const held = [...positions.values()].filter(isOpen)
      const realized = sumOf([...positions.values()].filter(isTraded), ({ closedAt, pnl }) =>
        closedAt === null ? 0 : (pnl ?? 0),
      )
      const unrealized = sumOf(held, ({ marked, commissions }) => marked ?? -commissions)
      const total = roundDollars(realized + unrealized)
      if (high.slot === null || total > high.equity) high = { equity: Math.max(total, 0), slot }
      const drawdown = roundDollars(total - high.equity)
      if (drawdown < (deepest?.dollars ?? 0)) {
        deepest = { dollars: drawdown, peakAt: high.slot ?? slot, troughAt: slot }
      }
      const point = {
        slot,
        realized,
        unrealized,
        equity: total,
        drawdown,
        openPositions: held.length,
        staleMarks: held.filter(({ markedSlot }) => markedSlot !== name).length,
      }
      equity.push(point)
      return point
    },
    report: () => {
      const last = equity.at(-1)
      const traded = [...positions].filter(([, position]) => isTraded(position))
      const closed = traded.filter(([, { closedAt }]) => closedAt !== null)
      const known = closed.filter(([, { pnl }]) => pnl !== null)
      const won = known.filter(([, { pnl }]) => (pnl ?? 0) > 0).length
      const inMarket = equity.filter(({ openPositions }) => openPositions > 0).length
      return {
        equity,
        trades: traded.map(([positionId, position]) => tradeOf(positionId, position)),
        final: {
          equity: last?.equity ?? 0,
          realized: last?.realized ?? 0,
          unrealized: last?.unrealized ?? 0,
          commissions: sumOf(traded, ([, { commissions }]) => commissions),
        },
        maxDrawdown: deepest,
        wins: {
          won,
          closed: known.length,
          unknown: closed.length - known.length,
          fraction: known.length === 0 ? null : won / known.length,
        },
        inMarket: {
          slots: inMarket,
          of: equity.length,
          fraction: equity.length === 0 ? null : inMarket / equity.length,
        },
        decisions: { entries: counts.entries, withoutEntry: counts.withoutEntry },
        orders: { intended: positionOfOrder.size, filled: filledOrders.size, refused: counts.refused },
      }
    },
  }
}

function follow(intent: EventOf<'intent'>): Followed {
  return {
    intent,
    openedAt: null,
    closedAt: null,
    cash: 0,
    commissions: 0,
    marked: null,
    markedSlot: null,
    pnl: null,
    reason: null,
  }
}

function isTraded({ openedAt }: Followed): boolean {
  return openedAt !== null
}

function isOpen(position: Followed): boolean {
  return isTraded(position) && position.closedAt === null
}

function tradeOf(positionId: string, position: Followed): BacktestTrade {
  const { intent, openedAt, closedAt, cash, commissions, marked, pnl, reason } = position
  return {
    positionId,
    symbol: intent.symbol,
    strategy: intent.strategy,
    quantity: intent.quantity,
    openedAt: openedAt as EpochMs,
    closedAt,
    cash,
    commissions,
    pnl: closedAt === null ? marked : pnl,
    reason,
  }
}

function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return roundDollars(items.reduce((sum, item) => sum + value(item), 0))
}
