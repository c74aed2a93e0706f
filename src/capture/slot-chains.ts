import { type ChainLister, startChainLister } from '../chain/chain-lister.ts'
import { findUnderlying } from '../chain/find-underlying.ts'
import type { Config } from '../config/config.ts'
import type { Session } from '../gateway/session/session.ts'
import type { Lake } from '../lake/open.ts'
import { newYorkDate, newYorkInstant } from '../market/calendar.ts'
import { instrumentIn } from '../market/instruments.ts'
import { type DueSlot, slotOf } from '../market/slot.ts'
import type { Log } from '../process/log.ts'

/**
 * The chains for a command that collects one slot on one session: listed beside it, until the signal is aborted. Those
 * of symbols whose options are closed would only take their turns.
 */
export function startSlotChains(
  session: Session,
  slot: DueSlot,
  {
    config,
    lake,
    log,
    signal,
  }: { readonly config: Config; readonly lake: Lake; readonly log: Log; readonly signal: AbortSignal },
): ChainLister {
  const since = newYorkInstant(newYorkDate(slot.at), '00:00')
  return startChainLister(
    slot.symbols.map((symbol) => instrumentIn(config.symbols, symbol)),
    {
      ready: async () => session,
      // What is listed for the day is not listed again.
      roundOf: (symbol) => (session.isOpen ? { date: slotOf(slot, symbol).date, since } : null),
      ...{ findUnderlying, universe: config.universe },
      ...{ folder: lake.layout.contracts, clock: lake.clock, log, signal },
    },
  )
}
