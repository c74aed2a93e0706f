import type { Collector } from '../../src/daemon/collector.ts'
import { startCollector } from '../../src/daemon/daemon.ts'
import { demoConfig } from '../../src/daemon/demo/demo-config.ts'
import { newYorkDate } from '../../src/market/calendar.ts'
import type { EpochMs } from '../../src/market/units.ts'
import { openLog } from '../../src/process/log.ts'
import { dailyMarket } from '../../src/simulator/market/synthetic/daily.ts'
import { simulatorOptions } from '../../src/simulator/options.ts'
import { type Simulator, startSimulator } from '../../src/simulator/server.ts'
import { type VariableSpeedClock, variableSpeedClock } from '../support/variable-speed-clock.ts'
import { SEED, SYMBOLS, sparse } from './page-lake.ts'

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
    : await startSimulator(
        sparse(dailyMarket(SEED, clock), () => newYorkDate(clock.now())),
        simulatorOptions.parse({ port: 0 }),
        { clock, seed: SEED },
      )
  const { host, port: gatewayPort } = simulator ? { host: simulator.host, port: simulator.port } : NOBODY
  const config = demoConfig({
    symbols: [...symbols],
    'lake.folder': folder,
    'gateway.host': host,
    'gateway.port': gatewayPort,
    'gateway.messagesPerSecond': 400,
    'http.port': port,
  })
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
