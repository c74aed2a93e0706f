import { lastSessionBefore, sessionContaining } from '../../market/calendar.ts'
import { type Clock, clockFrom, systemClock } from '../../market/clock.ts'
import { epochMs } from '../../market/units.ts'
import { dailyMarket } from '../../simulator/market/synthetic/daily.ts'
import type { SimulatorOptions } from '../../simulator/options.ts'
import { type Simulator, startSimulator } from '../../simulator/server.ts'

/**
 * The embedded gateway's time: the machine's while the market is open; otherwise the last session's final slot, whose
 * minutes pass as the machine's do, so that the product can be shown working at any hour.
 */
export function embeddedClock(intervalSeconds: number): Clock {
  const now = systemClock.now()
  const open = sessionContaining(now)
  if (open && now < open.closeAt) return systemClock
  const intervalMs = intervalSeconds * 1_000
  const { closeAt } = open ?? lastSessionBefore(now)
  return clockFrom(epochMs(closeAt - intervalMs + (now % intervalMs)))
}

/** The simulator in this process, on a port of its own on loopback, with the seeded synthetic market. */
export function startEmbedded(
  options: Omit<SimulatorOptions, 'port'> & { seed: number },
  clock: Clock,
): Promise<Simulator> {
  const { seed, ...rules } = options
  return startSimulator(dailyMarket(seed, clock), { ...rules, port: 0 }, { clock, seed })
}
