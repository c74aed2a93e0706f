import type { Config } from '../../config/config.ts'
import { newYorkDate } from '../../market/calendar.ts'
import { fastClock } from '../../market/fast-clock.ts'
import type { Lifetime } from '../../process/lifetime.ts'
import type { Log } from '../../process/log.ts'
import { dailyMarket } from '../../simulator/market/synthetic/daily.ts'
import { marketEvents } from '../../simulator/options.ts'
import { startCollector } from '../daemon.ts'
import { embedMarket } from '../sessions/embedded-simulator.ts'
import type { DemoDay } from './demo-day.ts'
import { withSparseStrikes } from './sparse-strikes.ts'

/** A running demo. */
export interface Demo {
  /** Base URL of the page. */
  readonly url: string
  /** Resolves when the day is over and the clock runs at the pace of the machine; rejects when the lifetime ends. */
  readonly over: Promise<void>
}

/**
 * Starts the daemon on the lake of a demo: it collects the rest of the day from an embedded gateway, `speed` times as fast
 * as the machine's clock until the work after the session is done. The daemon stops when the lifetime closes.
 */
export async function openDemo(
  day: DemoDay,
  {
    config,
    speed,
    log,
    version,
    lifetime,
  }: {
    readonly config: Config
    readonly speed: number
    readonly log: Log
    readonly version: string
    readonly lifetime: Lifetime
  },
): Promise<Demo> {
  // The start takes a second or two, which is no time of the session.
  const clock = fastClock(day.startAt, 1)
  const market = withSparseStrikes(
    dailyMarket(config.simulator.seed, clock, marketEvents(config.simulator)),
    () => newYorkDate(clock.now()),
  )
  const collector = await startCollector(config, {
    ...{ log, version },
    openEmbedded: (settings, { ibLimits }) => embedMarket(settings, { market, clock, ibLimits }),
  })
  lifetime.onClose(() => collector.stop())
  clock.setSpeed(speed)
  const over = clock.sleep(day.overAt - clock.now(), lifetime.signal).then(() => clock.setSpeed(1))
  return { url: collector.url, over }
}
