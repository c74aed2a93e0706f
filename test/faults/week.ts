import { join } from 'node:path'
import type { Goal } from '../../scripts/bench/report.ts'
import { formatTable } from '../../src/commands/terminal/table.ts'
import { loadConfig } from '../../src/config/config.ts'
import { startCollector } from '../../src/daemon/daemon.ts'
import { openLake } from '../../src/lake/open.ts'
import { slots } from '../../src/lake/query/stats.ts'
import {
  newYorkInstant,
  sessionContaining,
  sessionsBetween,
  type TradingSession,
} from '../../src/market/calendar.ts'
import { slotsOf } from '../../src/market/slot.ts'
import { addDays, type EpochMs, epochMs, type SessionDate, sessionDate } from '../../src/market/units.ts'
import { openLog } from '../../src/process/log.ts'
import { dailyMarket } from '../../src/simulator/market/synthetic/daily.ts'
import { simulatorOptions } from '../../src/simulator/options.ts'
import { type Simulator, startSimulator } from '../../src/simulator/server.ts'
import { withFolder } from '../support/temporary-folder.ts'
import { type VariableSpeedClock, variableSpeedClock } from '../support/variable-speed-clock.ts'
import type { Campaign } from './campaign.ts'

const SYMBOLS = ['SPY', 'QQQ', 'IWM']
/** The week of Thanksgiving: three full days, a holiday, an early close. */
const MONDAY = sessionDate('2026-11-23')
const FRIDAY = sessionDate('2026-11-27')
const GRID = { intervalSeconds: 300, afterClose: false }
/** Speed of the clock in sessions, and at night. */
const DAY_SPEED = 150
const NIGHT_SPEED = 6_000
/** Real time beyond the computed one after which the run counts as stuck. */
const GRACE_MS = 120_000

/** A nightly restart of five minutes, and farms that break for ten seconds at 11:01 and 14:02. */
function faultsOf(date: SessionDate): { at: EpochMs; inject: (simulator: Simulator) => void }[] {
  const flap = (simulator: Simulator) => simulator.inject({ kind: 'farm_broken', seconds: 10 })
  return [
    { at: newYorkInstant(date, '11:01'), inject: flap },
    { at: newYorkInstant(date, '14:02'), inject: flap },
    {
      at: newYorkInstant(date, '23:50'),
      inject: (simulator) => simulator.inject({ kind: 'restart', seconds: 300 }),
    },
  ]
}

function configOf(simulator: Simulator, folder: string) {
  const values: Record<string, unknown> = {
    symbols: SYMBOLS,
    'lake.folder': join(folder, 'lake'),
    'gateway.host': simulator.host,
    'gateway.port': simulator.port,
    'gateway.messagesPerSecond': 20,
    'gateway.connectTimeoutMs': 600_000,
    'gateway.requestTimeoutMs': 600_000,
    // At this speed, 100 ms of the machine are a quarter of a minute.
    'supervisor.heartbeatIntervalMs': 60_000,
    'supervisor.heartbeatDeadlineMs': 120_000,
    'supervisor.canarySilenceMs': 600_000,
    'harvest.greeksWaitMs': 40_000,
    'harvest.timeoutMs': 60_000,
    'universe.policy': 'plain',
    'universe.plainExpirations': 1,
    'universe.strikeWindowFraction': 0.01,
    'universe.minStrikeWindowFraction': 0.01,
    'http.port': 0,
  }
  const overrides = Object.entries(values).map(([path, value]) => ({
    source: 'week',
    path: path.split('.'),
    value,
  }))
  return loadConfig(null, {}, overrides)
}

/** Runs the clock to `endAt`, slower during sessions, and injects the faults at their times. */
async function travel(
  clock: VariableSpeedClock,
  simulator: Simulator,
  { endAt, faults }: { endAt: EpochMs; faults: ReturnType<typeof faultsOf> },
): Promise<void> {
  const due = [...faults].sort((a, b) => a.at - b.at)
  const startedAtMs = performance.now()
  while (clock.now() < endAt) {
    const now = clock.now()
    const soon = sessionContaining(epochMs(now + 15 * 60_000))
    clock.setSpeed(soon || sessionContaining(now) ? DAY_SPEED : NIGHT_SPEED)
    while (due[0] && due[0].at <= now) due.shift()?.inject(simulator)
    if (performance.now() - startedAtMs > realMs(endAt) + GRACE_MS)
      throw new Error('the simulated week is stuck')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function realMs(endAt: EpochMs): number {
  return Math.max(1, endAt - newYorkInstant(MONDAY, '09:00')) / DAY_SPEED
}

/** A trading week on a fast clock: every expected slot is in the ledger, every collectable one is stored. */
export const week: Campaign = {
  name: 'week',
  summary: 'a compressed trading week with restarts, farm flaps, a holiday and an early close',
  takes: '15 minutes',
  run: async ({ quick }) =>
    withFolder(async (folder): Promise<readonly Goal[]> => {
      const last = quick ? MONDAY : FRIDAY
      const startAt = newYorkInstant(MONDAY, quick ? '15:00' : '09:20')
      const endAt = newYorkInstant(addDays(last, 1), '00:30')
      const clock = variableSpeedClock(startAt, DAY_SPEED)
      const simulator = await startSimulator(dailyMarket(7, clock), simulatorOptions.parse({}), {
        clock,
        seed: 7,
      })
      const config = configOf(simulator, folder)
      const collector = await startCollector(config, { log: openLog('error'), version: 'campaign', clock })
      const sessions = sessionsBetween(MONDAY, last)
      const faults = sessions.flatMap(({ date }) => faultsOf(date)).filter(({ at }) => at > startAt)
      await travel(clock, simulator, { endAt, faults })
      await collector.stop()
      await simulator.close()
      return goalsOf(config.lake.folder as string, { sessions, startAt })
    }),
}

async function goalsOf(
  folder: string,
  { sessions, startAt }: { sessions: readonly TradingSession[]; startAt: EpochMs },
): Promise<readonly Goal[]> {
  const clock = variableSpeedClock(startAt, 1)
  const lake = await openLake(folder, { mode: 'read', clock })
  const ledger = await slots(lake)
  await lake.close()
  const expected = sessions.flatMap((session) => slotsOf(session, GRID))
  // The slots of the first session before the start are in the ledger, too: nothing was running.
  const collectable = expected.filter((slot) => slot + 300_000 > startAt).length * SYMBOLS.length
  const keys = new Set(ledger.map(({ timestamp, symbol }) => `${timestamp} ${symbol}`))
  const wanted = expected.flatMap((slot) => SYMBOLS.map((symbol) => `${slot} ${symbol}`))
  const outcomes = new Map<string, number>()
  for (const { outcome, reason } of ledger) {
    const name = reason ? `${outcome}: ${reason}` : outcome
    outcomes.set(name, (outcomes.get(name) ?? 0) + 1)
  }
  console.log(
    formatTable(
      [...outcomes],
      [
        { title: 'outcome', value: ([name]) => name },
        { title: 'entries', align: 'right', value: ([, count]) => String(count) },
      ],
    ),
  )
  const stored = ledger.filter(({ outcome }) => outcome === 'stored').length
  return [
    {
      name: 'expected entries without one',
      value: wanted.filter((key) => !keys.has(key)).length,
      unit: 'entries',
      atMost: 0,
    },
    {
      name: 'entries that were not expected',
      value: ledger.length - wanted.filter((key) => keys.has(key)).length,
      unit: 'entries',
      atMost: 0,
    },
    { name: 'collectable slots stored', value: (stored / collectable) * 100, unit: '%', atLeast: 100 },
  ]
}
