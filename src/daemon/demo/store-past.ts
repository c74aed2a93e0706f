import type { Config } from '../../config/config.ts'
import { openLake } from '../../lake/open.ts'
import { newYorkInstant, type TradingSession } from '../../market/calendar.ts'
import { namesOf } from '../../market/instrument.ts'
import { type EpochMs, epochMs } from '../../market/units.ts'
import type { Log } from '../../process/log.ts'
import type { Market } from '../../simulator/market/market.ts'
import { syntheticMarket } from '../../simulator/market/synthetic/synthetic.ts'
import { marketEvents } from '../../simulator/options.ts'
import { afterSession } from '../after-close/end-of-day.ts'
import { createTimetable } from '../timetable.ts'
import { type DemoDay, faultsOf, type StoredSession } from './demo-day.ts'
import { pastClock } from './past-clock.ts'
import { storePastPrices } from './past-prices.ts'
import { storePastSlots } from './past-slots.ts'
import { withSparseStrikes } from './sparse-strikes.ts'

/** When the work after a session is done: its last slots and its daily bar are final. */
const DONE_AFTER_CLOSE_MS = 45 * 60_000

/** How many slots are stored before a demo begins. */
export function pastSlotCount({ before, stored }: DemoDay): number {
  return before.reduce((count, { slots }) => count + slots.length, stored.length)
}

/**
 * Makes the lake that a demo begins with: a year of daily prices, whole sessions, and the first slots of the day, each
 * stamped with the time at which it would have been stored.
 * @throws the signal's reason when it is aborted; Failure as `openLake`, and EXIT.io when the lake cannot be written.
 */
export async function storePast(
  day: DemoDay,
  {
    config,
    log,
    signal,
    onSlot,
  }: { readonly config: Config; readonly log: Log; readonly signal: AbortSignal; onSlot?(): void },
): Promise<void> {
  const all = [...day.before, { session: day.session, slots: day.stored }]
  const [first] = all as [StoredSession]
  const { clock, setTime } = pastClock(morningOf(first.session))
  const lake = await openLake(config.lake.folder as string, { mode: 'write', source: 'simulated', clock })
  try {
    const symbols = namesOf(config.symbols)
    const faults = faultsOf(day, symbols)
    const { timetable } = createTimetable(config.symbols, config.harvest)
    for (const one of all) {
      const { session, slots } = one
      const { date, closeAt } = session
      const market = marketOf(session, config)
      setTime(morningOf(session))
      if (one === first) await storePastPrices(lake, market, { symbols, before: date })
      await storePastSlots(
        lake,
        { market, date, slots, faults },
        { config, signal, setTime, ...(onSlot && { onSlot }) },
      )
      if (session === day.session) continue
      setTime(epochMs(closeAt + DONE_AFTER_CLOSE_MS))
      await afterSession(date, lake, { clock, log, signal, timetable })
    }
  } finally {
    await lake.close()
  }
}

function morningOf({ date }: TradingSession): EpochMs {
  return newYorkInstant(date, '08:00')
}

function marketOf({ date }: TradingSession, { simulator }: Config): Market {
  const asOf: EpochMs = newYorkInstant(date, '09:00')
  const market = syntheticMarket({ seed: simulator.seed, asOf, ...marketEvents(simulator) })
  return withSparseStrikes(market, () => date)
}
