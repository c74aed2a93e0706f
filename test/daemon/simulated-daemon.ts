import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Config, loadConfig } from '../../src/config/config.ts'
import type { Collector } from '../../src/daemon/collector.ts'
import { startCollector } from '../../src/daemon/daemon.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { type Clock, clockFrom } from '../../src/market/clock.ts'
import { sessionDate } from '../../src/market/units.ts'
import { openLog } from '../../src/process/log.ts'
import type { Market } from '../../src/simulator/market/market.ts'
import { dailyMarket } from '../../src/simulator/market/synthetic/daily.ts'
import { type SimulatorOptions, simulatorOptions } from '../../src/simulator/options.ts'
import { type Simulator, startSimulator } from '../../src/simulator/server.ts'

const SEED = 3
const markets = new Map<string, Market>()

/** The synthetic market of a date, made once: it is a function of the time. */
function marketOn(date: string, clock: Clock): Market {
  const known = markets.get(date)
  if (known) return known
  const market = dailyMarket(SEED, clock)
  markets.set(date, market)
  return market
}

/** A gateway with its own time, and daemons that use its time. */
export interface SimulatedDaemon {
  readonly clock: Clock
  readonly simulator: Simulator
  readonly lake: string
  config(overrides?: Record<string, unknown>): Config
  start(overrides?: Record<string, unknown>): Promise<Collector>
  close(): Promise<void>
}

/** `at` is a New York time such as `10:02`; the universe is a few dozen contracts of one symbol. */
export async function openSimulatedDaemon(
  date: string,
  at: string,
  rules: Partial<SimulatorOptions> = {},
): Promise<SimulatedDaemon> {
  const clock = clockFrom(newYorkInstant(sessionDate(date), at))
  const simulator = await startSimulator(marketOn(date, clock), simulatorOptions.parse(rules), {
    clock,
    seed: SEED,
  })
  const lake = join(mkdtempSync(join(tmpdir(), 'optionlake-daemon-')), 'lake')
  const running: Collector[] = []
  const config = (overrides: Record<string, unknown> = {}) => {
    const values: Record<string, unknown> = {
      'gateway.host': simulator.host,
      'gateway.port': simulator.port,
      'gateway.messagesPerSecond': 500,
      'gateway.connectBackoffMs': 50,
      'gateway.connectBackoffMaxMs': 200,
      clock: 'gateway',
      symbols: ['IWM'],
      'lake.folder': lake,
      'universe.policy': 'plain',
      'universe.plainExpirations': 1,
      'universe.strikeWindowFraction': 0.02,
      'universe.minStrikeWindowFraction': 0.02,
      'harvest.greeksWaitMs': 300,
      'harvest.timeoutMs': 3_000,
      'http.port': 0,
      ...overrides,
    }
    return loadConfig(
      null,
      {},
      Object.entries(values).map(([path, value]) => ({ source: 'test', path: path.split('.'), value })),
    )
  }
  return {
    clock,
    simulator,
    lake,
    config,
    start: async (overrides) => {
      const collector = await startCollector(config(overrides), { log: openLog('silent'), version: 'test' })
      running.push(collector)
      return collector
    },
    close: async () => {
      for (const collector of running) await collector.stop()
      await simulator.close()
    },
  }
}

/** Waits until the condition holds; throws with the last value after the time-out. */
export async function until<T>(
  read: () => Promise<T> | T,
  isSo: (value: T) => boolean,
  timeoutMs = 15_000,
): Promise<T> {
  const startedAtMs = performance.now()
  for (;;) {
    const value = await read()
    if (isSo(value)) return value
    if (performance.now() - startedAtMs > timeoutMs)
      throw new Error(`still ${JSON.stringify(value)?.slice(0, 500)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
