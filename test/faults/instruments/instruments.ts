import { join } from 'node:path'
import { SingleBar } from 'cli-progress'
import type { Goal } from '../../../scripts/bench/report.ts'
import { loadConfig } from '../../../src/config/config.ts'
import { startCollector } from '../../../src/daemon/daemon.ts'
import { type FastClock, fastClock } from '../../../src/market/fast-clock.ts'
import type { EpochMs } from '../../../src/market/units.ts'
import { openLog } from '../../../src/process/log.ts'
import { dailyMarket } from '../../../src/simulator/market/synthetic/daily.ts'
import { simulatorOptions } from '../../../src/simulator/options.ts'
import { type Simulator, startSimulator } from '../../../src/simulator/server.ts'
import { withFolder } from '../../support/temporary-folder.ts'
import type { Campaign } from '../campaign.ts'
import { checkLake } from './check-lake.ts'
import { END_AT, INTERVAL_SECONDS, isDay, isNight, QUICK, START_AT, SYMBOLS } from './truth.ts'

const SEED = 7
/** How much faster than a wall clock: while stocks trade, while futures alone do, while nothing does, and at first. */
const SPEEDS = { connecting: 100, day: 2_000, night: 5_000, closed: 20_000 }
/** The first connection takes place at its own speed: its waits are seconds. */
const CONNECTING_MS = 60_000
/** Longest step of the clock; ms. */
const MAX_STEP_MS = 4_000

function configOf(simulator: Simulator, folder: string, intervalSeconds: number) {
  const values: Record<string, unknown> = {
    symbols: SYMBOLS,
    'lake.folder': join(folder, 'lake'),
    'gateway.host': simulator.host,
    'gateway.port': simulator.port,
    'harvest.intervalSeconds': intervalSeconds,
    'gateway.messagesPerSecond': 200,
    'gateway.lines': 1_000,
    'gateway.connectTimeoutMs': 600_000,
    'gateway.farmNoticeWaitMs': 5_000,
    'gateway.requestTimeoutMs': 600_000,
    // At these speeds, 100 ms of the machine are minutes.
    'supervisor.heartbeatIntervalMs': 60_000,
    'supervisor.heartbeatDeadlineMs': 240_000,
    'supervisor.canarySilenceMs': 1_800_000,
    'harvest.greeksWaitMs': 60_000,
    'harvest.timeoutMs': 60_000,
    'universe.policy': 'plain',
    'universe.plainExpirations': 2,
    'universe.strikeWindowFraction': 0.008,
    'universe.minStrikeWindowFraction': 0.008,
    'universe.vixWindowFraction': 0.15,
    'http.port': 0,
  }
  const overrides = Object.entries(values).map(([path, value]) => ({
    source: 'instruments',
    path: path.split('.'),
    value,
  }))
  return loadConfig(null, {}, overrides)
}

function speedAt(now: EpochMs): number {
  if (isDay(now)) return SPEEDS.day
  return isNight(now) ? SPEEDS.night : SPEEDS.closed
}

/** Runs the clock to `endAt`, at the speed of what trades. */
async function travel(clock: FastClock, endAt: EpochMs): Promise<void> {
  const from = clock.now()
  const bar = process.stderr.isTTY
    ? new SingleBar({
        format: 'simulated time {bar} {percentage} % · {eta_formatted} left',
        hideCursor: true,
      })
    : null
  bar?.start(endAt - from, 0)
  while (clock.now() < endAt) {
    const now = clock.now()
    clock.setSpeed(now - from < CONNECTING_MS ? SPEEDS.connecting : speedAt(now))
    bar?.update(now - from)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  bar?.stop()
}

/**
 * Two weeks on a fast clock with four calendars in one daemon: nights of the futures, a settlement of the VIX, a third
 * Friday with AM and PM options and the expiry of a future, and Christmas Eve.
 */
export const instrumentsCampaign: Campaign = {
  name: 'instruments',
  summary: 'SPY, SPX, VIX and ES in one daemon over a VIX settlement, a third Friday and an early close',
  takes: '12 minutes',
  run: async ({ quick }) =>
    withFolder(async (folder): Promise<readonly Goal[]> => {
      const { startAt, endAt } = quick ? QUICK : { startAt: START_AT, endAt: END_AT }
      const intervalSeconds = quick ? INTERVAL_SECONDS.quick : INTERVAL_SECONDS.full
      const clock = fastClock(startAt, SPEEDS.connecting, { maxStepMs: MAX_STEP_MS, waitsForFiles: true })
      const rules = simulatorOptions.parse({ underlyingUpdateIntervalMs: 30_000 })
      const simulator = await startSimulator(dailyMarket(SEED, clock), rules, { clock, seed: SEED })
      let lake: string
      try {
        const config = configOf(simulator, folder, intervalSeconds)
        lake = config.lake.folder as string
        const collector = await startCollector(config, {
          log: openLog('error'),
          version: 'campaign',
          clock,
        })
        await travel(clock, endAt)
        await collector.stop()
      } finally {
        await simulator.close()
      }
      return checkLake(lake, { startAt, endAt, intervalMs: intervalSeconds * 1_000, clock })
    }),
}
