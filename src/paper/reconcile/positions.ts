import type { Position } from '../../gateway/orders/order.ts'
import { newYorkDate } from '../../market/calendar.ts'
import { settlementOf } from '../../market/option-hours.ts'
import { dateToExpiry, type EpochMs } from '../../market/units.ts'
import type { JournalEvent } from '../journal/events.ts'
import {
  isBalanced,
  isUnsettled,
  lacksExecutions,
  pnlAt,
  type TrackedPosition,
  type TraderState,
} from '../state.ts'
import { optionName } from '../structure.ts'
import type { AccountView } from './account-view.ts'
import { expectedHoldings } from './orders.ts'

/**
 * How long the account may disagree with the journal before that is believed: a gateway tells positions after
 * executions, some of them seconds later.
 */
export const DISAGREEMENT_MS = 30_000
/** How long the end of a position waits for commissions that have not been told. */
export const COMMISSION_WAIT_MS = 120_000

/** Since when each position disagrees with the account, monotonic ms: a clock that is set proves nothing. */
export type Disagreements = ReadonlyMap<string, number>

/** Compares what the account holds with what the journal says. Pure: the caller keeps the disagreements. */
export function comparePositions(
  state: TraderState,
  { positions: held }: Pick<AccountView, 'positions'>,
  {
    now,
    monotonicMs,
    since,
  }: { readonly now: EpochMs; readonly monotonicMs: number; readonly since: Disagreements },
): { readonly events: readonly JournalEvent[]; readonly disagreements: Disagreements } {
  const actual = new Map(held.map(({ conId, quantity }) => [conId as number, quantity]))
  const expected = expectedHoldings(state)
  const disagreements = new Map<string, number>()
  const events: JournalEvent[] = []
  for (const position of state.positions.values()) {
    if (position.phase !== 'open') continue
    const fault = faultOf(position, { actual, expected })
    if (fault === null) {
      if (position.differs !== null) events.push({ kind: 'agrees', position_id: position.id })
      continue
    }
    const first = since.get(position.id) ?? monotonicMs
    disagreements.set(position.id, first)
    if (monotonicMs - first < DISAGREEMENT_MS || isUnsettled(state, position, now)) continue
    if (isGone(position, actual)) events.push(gone(position, now))
    else if (position.differs !== fault) {
      events.push({ kind: 'differs', position_id: position.id, reason: fault })
    }
  }
  return { events, disagreements }
}

/** What is wrong with a position in the account; null if the account holds at least all of it. */
function faultOf(
  { legs, holdings, ...position }: TrackedPosition,
  { actual, expected }: { actual: ReadonlyMap<number, number>; expected: ReadonlyMap<number, number> },
): string | null {
  const short = legs.flatMap((leg) => {
    const { con_id } = leg
    const own = holdings.get(con_id) ?? 0
    const wanted = expected.get(con_id) ?? 0
    const has = actual.get(con_id) ?? 0
    if (own === 0 || (wanted > 0 ? has >= wanted : wanted < 0 ? has <= wanted : true)) return []
    const name = optionName({ ...leg, symbol: position.symbol })
    return [`${name}: the journal says ${wanted}, the account holds ${has}`]
  })
  if (short.length > 0) return short.join('; ')
  return isBalanced({ legs, holdings }) ? null : 'its legs are not held in the same number'
}

function isGone({ holdings }: TrackedPosition, actual: ReadonlyMap<number, number>): boolean {
  return [...holdings.keys()].every((conId) => (actual.get(conId) ?? 0) === 0)
}

function gone({ id, legs }: TrackedPosition, now: EpochMs): JournalEvent {
  const today = dateToExpiry(newYorkDate(now))
  // With AM settlement the value is fixed, and the position gone, on the morning after the last trading day.
  const isExpired = legs.every(({ expiry, trading_class }) =>
    settlementOf(trading_class) === 'am' ? expiry < today : expiry <= today,
  )
  const why = isExpired ? 'it has expired' : 'it was closed elsewhere, or the account is another one'
  return {
    kind: 'closed',
    position_id: id,
    pnl: null,
    reason: `the account holds none of it any more: ${why}`,
  }
}

/** Positions that have come to their end by own orders. */
export function endedPositions(state: TraderState, now: EpochMs): JournalEvent[] {
  return [...state.positions.values()].flatMap((position): JournalEvent[] => {
    if (position.phase === 'closed' || isUnsettled(state, position, now)) return []
    if (position.phase === 'opening') return [withoutEntry(state, position)]
    if (position.holdings.size > 0) return []
    const waits = position.withoutCommission.size > 0
    if (waits && now - (position.filledAt ?? now) < COMMISSION_WAIT_MS) return []
    const note = waits ? `, without ${position.withoutCommission.size} commissions that were never told` : ''
    return [
      {
        kind: 'closed',
        position_id: position.id,
        pnl: pnlAt(position, null),
        reason: `all legs are closed${note}`,
      },
    ]
  })
}

function withoutEntry({ orders }: TraderState, position: TrackedPosition): JournalEvent {
  const closed = { kind: 'closed', position_id: position.id } as const
  const own = [...orders.values()].filter(({ positionId }) => positionId === position.id)
  if (!own.some((order) => lacksExecutions(order, position))) {
    return { ...closed, pnl: 0, reason: 'the entry was not filled' }
  }
  const reason = 'the gateway says that the entry was filled, but the account holds none of it'
  return { ...closed, pnl: null, reason }
}

/** What the account holds beyond the trader's own: it is said once for each change, and left alone. */
export function foreignPositions(
  state: TraderState,
  { positions }: Pick<AccountView, 'positions'>,
  now: EpochMs,
): JournalEvent[] {
  const expected = expectedHoldings(state)
  const unsettled = new Set(
    [...state.positions.values()]
      .filter((one) => isUnsettled(state, one, now) || now - (one.filledAt ?? 0) < DISAGREEMENT_MS)
      .flatMap(({ legs }) => legs.map(({ con_id }) => con_id)),
  )
  const found = new Map<string, number>()
  for (const position of positions) {
    if (unsettled.has(position.conId)) continue
    const own = expected.get(position.conId) ?? 0
    const rest = position.quantity - own
    // Less than expected is a disagreement, not someone else's position.
    if (rest === 0 || (own !== 0 && Math.sign(rest) !== Math.sign(own))) continue
    found.set(nameOf(position), rest)
  }
  const events: JournalEvent[] = []
  for (const [name, quantity] of found) {
    if (state.foreign.get(name) === quantity) continue
    const reason = 'not entered by this trader: it is left alone'
    events.push({ kind: 'foreign', what: 'position', name, quantity, reason })
  }
  for (const name of state.foreign.keys()) {
    if (name.startsWith('order ') || found.has(name)) continue
    events.push({
      kind: 'foreign',
      what: 'position',
      name,
      quantity: 0,
      reason: 'the account holds it no more',
    })
  }
  return events
}

function nameOf({ secType, tradingClass, ...option }: Position): string {
  if (secType !== 'OPT') return `${option.symbol} ${secType}`
  return optionName({ ...option, trading_class: tradingClass })
}
