import { sessionOn } from '../market/calendar.ts'
import { daysBetween, type EpochMs, expiryDate, expiryToDate, type SessionDate } from '../market/units.ts'
import { flagNames } from '../snapshot/quality-flags.ts'
import { exitOf } from './exits/exits.ts'
import type { EventOf } from './journal/events.ts'
import type { PaperSettings } from './options.ts'
import { isBalanced, pnlAt, type TrackedPosition, unitsHeld } from './state.ts'
import { type ChainQuote, MULTIPLIER, type NetPrices, netPrices, roundDollars } from './structure.ts'

/** What a position is worth in a slot, and whether a rule closes it: as it is journaled. Pure. */
export function markPosition(
  position: TrackedPosition,
  {
    slot,
    date,
    chain,
    settings,
  }: {
    readonly slot: EpochMs
    readonly date: SessionDate
    readonly chain: readonly ChainQuote[]
    readonly settings: PaperSettings
  },
): EventOf<'mark'> {
  const net = netOf(position, chain, settings)
  const expiry = position.legs.reduce((first, leg) => (leg.expiry < first ? leg.expiry : first), '99991231')
  const days = daysBetween(date, expiryToDate(expiryDate(expiry)))
  const closeAt = sessionOn(date)?.closeAt ?? slot
  const entryCash = position.priceUnknown ? null : position.entryCash
  const units = unitsHeld(position)
  const gain =
    net === null || entryCash === null || !isBalanced(position)
      ? null
      : roundDollars(position.cash + units * net.mid * MULTIPLIER)
  const { exit, reason: why } = exitOf(
    { strategy: position.strategy, entryCash, gain, days, minutesToClose: (closeAt - slot) / 60_000 },
    settings,
  )
  const isInParts = exit === null && !isBalanced(position)
  const reason = isInParts ? 'its legs are not held in the same number: only rules of time apply' : why
  const pnl = net === null ? null : pnlAt(position, net.mid)
  return {
    ...{ kind: 'mark', slot: new Date(slot).toISOString(), position_id: position.id },
    ...{ net, pnl, days, exit, reason },
  }
}

/** Net prices of a unit in the chain; null unless each leg has both sides and none of the flags that exclude a quote. */
function netOf(
  { legs }: TrackedPosition,
  chain: readonly ChainQuote[],
  { refusedFlags }: PaperSettings,
): NetPrices | null {
  const byConId = new Map(chain.map((quote) => [quote.con_id, quote]))
  const quoted = legs.map(({ con_id, side }) => {
    const quote = byConId.get(con_id)
    const isRefused =
      !quote || flagNames(quote.flags).some((name) => EXCLUDING.has(name) && refusedFlags.includes(name))
    return isRefused ? { side, bid: null, ask: null } : { side, bid: quote.bid, ask: quote.ask }
  })
  return netPrices(quoted)
}

/** A position must be closed with the quotes that there are: only flags that deny a quote are looked at. */
const EXCLUDING: ReadonlySet<string> = new Set([
  'crossed',
  'stale',
  'halted',
  'delayed',
  'frozen',
  'below_intrinsic',
])
