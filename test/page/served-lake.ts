import { loadConfig } from '../../src/config/config.ts'
import type { Collector } from '../../src/daemon/collector.ts'
import { startCollector } from '../../src/daemon/daemon.ts'
import type { EpochMs } from '../../src/market/units.ts'
import { openLog } from '../../src/process/log.ts'
import { dailyMarket } from '../../src/simulator/market/synthetic/daily.ts'
import { simulatorOptions } from '../../src/simulator/options.ts'
import { type Simulator, startSimulator } from '../../src/simulator/server.ts'
import { type VariableSpeedClock, variableSpeedClock } from '../support/variable-speed-clock.ts'
import { SEED, SYMBOLS } from './page-lake.ts'

/** A daemon on a lake, with a simulated gateway that goes on with the lake's prices. */
export interface ServedLake {
  readonly url: string
  readonly clock: VariableSpeedClock
  readonly collector: Collector
  readonly simulator: Simulator | null
  close(): Promise<void>
}

/** No gateway listens here: the port is that of a discard service, which no machine has any more. */
const NOBODY = { host: '127.0.0.1', port: 9 }

/** Starts the daemon on a lake that is its own: it collects and compacts as any daemon. Port 0 takes a free one. */
export async function openServedLake(
  folder: string,
  {
    port,
    startAt,
    speed = 1,
    isGatewayAway = false,
    symbols = SYMBOLS,
  }: {
    readonly port: number
    readonly startAt: EpochMs
    readonly speed?: number
    readonly isGatewayAway?: boolean
    readonly symbols?: readonly string[]
  },
): Promise<ServedLake> {
  const clock = variableSpeedClock(startAt, speed)
  const simulator = isGatewayAway
    ? null
    : await startSimulator(dailyMarket(SEED, clock), simulatorOptions.parse({ port: 0 }), {
        clock,
        seed: SEED,
      })
  const values: Record<string, unknown> = {
    symbols,
    'lake.folder': folder,
    'gateway.host': (simulator ?? NOBODY).host,
    'gateway.port': (simulator ?? NOBODY).port,
    // As few contracts as the made lake has.
    'universe.policy': 'plain',
    'universe.plainExpirations': 5,
    'universe.strikeWindowFraction': 0.03,
    'universe.minStrikeWindowFraction': 0.03,
    'http.port': port,
  }
  const overrides = Object.entries(values).map(([path, value]) => ({
    source: 'the served lake',
    path: path.split('.'),
    value,
  }))
  const config = loadConfig(null, {}, overrides)
  try {
    const collector = await startCollector(config, { log: openLog('error'), version: 'page', clock })
    return {
      ...{ url: collector.url, clock, collector, simulator },
      close: async () => {
        await collector.stop()
        await simulator?.close()
      },
    }
  } catch (error) {
    await simulator?.close()
    throw error
  }
}
