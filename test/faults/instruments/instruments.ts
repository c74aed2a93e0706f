import { join } from 'node:path'
import { SingleBar } from 'cli-progress'
import type { Goal } from '../../../scripts/bench/report.ts'
import { loadConfig } from '../../../src/config/config.ts'
import { startCollector } from '../../../src/daemon/daemon.ts'
import type { EpochMs } from '../../../src/market/units.ts'
import { openLog } from '../../../src/process/log.ts'
import { dailyMarket } from '../../../src/simulator/market/synthetic/daily.ts'
import { simulatorOptions } from '../../../src/simulator/options.ts'
import { type Simulator, startSimulator } from '../../../src/simulator/server.ts'
import { type FastClock, fastClock } from '../../support/fast-clock.ts'
import { withFolder } from '../../support/temporary-folder.ts'
import type { Campaign } from '../campaign.ts'
import { checkLake } from './check-lake.ts'
import { END_AT, isDay, isNight, QUICK, START_AT, SYMBOLS } from './truth.ts'

const SEED = 7
/** How much faster than a wall clock: while stocks trade, while futures alone do, and while nothing does. */
const SPEEDS = { day: 400, night: 800, closed: 20_000 }
/** Longest step of the clock; ms. */
const MAX_STEP_MS = 1_000

function configOf(simulator: Simulator, folder: string) {
  const values: Record<string, unknown> = {
    symbols: SYMBOLS,
    'lake.folder': join(folder, 'lake'),
    'gateway.host': simulator.host,
    'gateway.port': simulator.port,
    'gateway.messagesPerSecond': 200,
    'gateway.lines': 1_000,
    'gateway.connectTimeoutMs': 600_000,
    'gateway.farmNoticeWaitMs': 5_000,
    'gateway.requestTimeoutMs': 600_000,
    // At these speeds, 100 ms of the machine are minutes.
    'supervisor.heartbeatIntervalMs': 60_000,
    'supervisor.heartbeatDeadlineMs': 240_000,
    'supervisor.canarySilenceMs': 1_800_000,
    'harvest.greeksWaitMs': 40_000,
    'harvest.timeoutMs': 60_000,
    'universe.policy': 'plain',
    'universe.plainExpirations': 2,
    'universe.strikeWindowFraction': 0.02,
    'universe.minStrikeWindowFraction': 0.02,
    'http.port': 0,
  }
  const overrides = Object.entries(values).map(([path, value]) => ({
    source: 'instruments',
    path: path.split('.'),
    value,
  }))
  return loadConfig(null, {}, overrides)
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
    clock.setSpeed(isDay(now) ? SPEEDS.day : isNight(now) ? SPEEDS.night : SPEEDS.closed)
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
  takes: '25 minutes',
  run: async ({ quick }) =>
    withFolder(async (folder): Promise<readonly Goal[]> => {
      const { startAt, endAt } = quick ? QUICK : { startAt: START_AT, endAt: END_AT }
      const clock = fastClock(startAt, SPEEDS.closed, { maxStepMs: MAX_STEP_MS, waitsForFiles: true })
      const simulator = await startSimulator(dailyMarket(SEED, clock), simulatorOptions.parse({}), {
        clock,
        seed: SEED,
      })
      let lake: string
      try {
        const config = configOf(simulator, folder)
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
      return checkLake(lake, { startAt, endAt, clock })
    }),
}
