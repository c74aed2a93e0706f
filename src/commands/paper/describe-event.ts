import { newYorkTime } from '../../market/calendar.ts'
import { epochMs } from '../../market/units.ts'
import type { EventOf, JournalEvent } from '../../paper/journal/events.ts'
import { roundDollars } from '../../paper/structure.ts'

/** One event as a line for people; null for what they need not see. */
export function describeEvent(event: JournalEvent): string | null {
  switch (event.kind) {
    case 'decision':
      return describeDecision(event)
    case 'intent':
      return `${event.purpose} ${event.position_id}: ${event.side} ${event.quantity} at ${price(event.limit_price)} (${legsOf(event)}), ${event.order_ref}`
    case 'order':
      return describeOrder(event)
    case 'price_step':
      return `${event.order_ref}: price step ${event.step}, ${price(event.limit_price)}`
    case 'cancel':
      return `${event.order_ref}: cancelling: ${event.reason}`
    case 'abandoned':
    case 'refused':
      return `${event.order_ref ?? 'order'}: ${event.kind}: ${event.reason}`
    case 'adopted':
      return `${event.order_ref}: ${event.quantity} taken over: ${event.reason}`
    case 'mark':
      return `${event.position_id}: ${event.exit === null ? 'stays' : `exit by ${event.exit}`}: ${event.reason}; profit and loss ${money(event.pnl)}`
    case 'differs':
      return `warning: ${event.position_id} is not managed: ${event.reason}`
    case 'agrees':
      return `${event.position_id} agrees with the account again`
    case 'closed':
      return `${event.position_id}: closed: ${event.reason}; profit and loss ${money(event.pnl)}`
    case 'foreign':
      return `${event.name}, ${event.quantity}: ${event.reason}`
    case 'fill':
    case 'commission':
    case 'started':
    case 'stopped':
      return null
  }
}

/** The slot in New York, as in every other command. */
function describeDecision({ symbol, slot, action, reason, choice, quantity }: EventOf<'decision'>): string {
  const time = newYorkTime(epochMs(Date.parse(slot)))
  if (action === 'no_entry') return `${symbol} ${time}: no entry: ${reason}`
  return `${symbol} ${time}: enter ${quantity}: ${reason}; at most $${((choice?.max_loss ?? 0) * (quantity ?? 0)).toFixed(2)} may be lost`
}

/** What is over, in doubt or told with a reason; the states on the way are not. */
function describeOrder({ order_ref, status, filled, reason }: EventOf<'order'>): string | null {
  if (UNDER_WAY.has(status) && reason === '') return null
  const part = filled > 0 && status !== 'filled' ? `, ${filled} filled` : ''
  return `${order_ref}: ${status}${part}${reason === '' ? '' : `: ${reason}`}`
}

const UNDER_WAY: ReadonlySet<string> = new Set(['sent', 'accepted', 'working', 'cancelling'])

function legsOf({ legs }: Pick<EventOf<'intent'>, 'legs'>): string {
  const terms = legs.map(({ side, strike, right }) => `${side === 'BUY' ? '+' : '-'}${strike} ${right}`)
  return `${legs[0]?.expiry} ${terms.join(' ')}`
}

function price(value: number): string {
  return value < 0 ? `a credit of $${(-value).toFixed(2)}` : `$${value.toFixed(2)}`
}

/** Dollars with their sign; the reason why there is no figure is in the line itself. */
export function money(value: number | null): string {
  if (value === null) return 'unknown'
  const rounded = roundDollars(Math.round(value * 100) / 100)
  return `${rounded < 0 ? '-' : ''}$${Math.abs(rounded).toFixed(2)}`
}
