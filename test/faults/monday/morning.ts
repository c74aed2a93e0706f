import { join } from 'node:path'
import { loadConfig } from '../../../src/config/config.ts'
import type { Collector } from '../../../src/daemon/collector.ts'
import { startCollector } from '../../../src/daemon/daemon.ts'
import { openLake } from '../../../src/lake/open.ts'
import { chainsBetween } from '../../../src/lake/query/chains.ts'
import { slots as ledgerOf } from '../../../src/lake/query/stats.ts'
import { newYorkClock } from '../../../src/market/calendar.ts'
import type { EpochMs } from '../../../src/market/units.ts'
import { openLog } from '../../../src/process/log.ts'
import type { CheckStatus } from '../../../src/serve/health/check.ts'
import type { FaultInput } from '../../../src/simulator/faults/faults.ts'
import type { SimContract } from '../../../src/simulator/market/market.ts'
import { dailyMarket } from '../../../src/simulator/market/synthetic/daily.ts'
import { IB_LIMIT_SETTINGS, type SimulatorOptions, simulatorOptions } from '../../../src/simulator/options.ts'
import { type Simulator, type SimulatorStats, startSimulator } from '../../../src/simulator/server.ts'
import { withFolder } from '../../support/temporary-folder.ts'
import { type VariableSpeedClock, variableSpeedClock } from '../../support/variable-speed-clock.ts'
import {
  askedIn,
  deliverableIn,
  friday,
  INTERVAL_MS,
  monday,
  mondayMarket,
  SEED,
  tradesIn,
  UNIVERSE,
  type Universe,
} from './gateway-view.ts'

/** What /health must be in a part of the morning. */
export interface Expectation {
  readonly from: string
  readonly to: string
  readonly may: readonly CheckStatus[]
}

export interface MorningFault {
  readonly at: string
  readonly fault: FaultInput
  /** From that time on, as soon as contracts are being collected. */
  readonly once?: 'collecting'
}

/** One scripted morning. Times are of the Monday, in New York. */
export interface Morning {
  readonly name: string
  readonly about: string
  readonly symbols: readonly string[]
  /** When the daemon starts, and when the morning ends. */
  readonly from: string
  readonly to: string
  readonly slots: readonly string[]
  /** Ends the morning as soon as all slots are stored. */
  readonly endsWhenStored?: true
  /** How the gateway behaves beyond Interactive Brokers' limits and latencies. */
  readonly rules?: Partial<SimulatorOptions>
  readonly faults?: readonly MorningFault[]
  /** Whether the day before was collected. */
  readonly collectedFriday?: true
  readonly config?: Readonly<Record<string, unknown>>
  /** Contracts that the gateway does not deliver in the slot, whoever asks for them. */
  readonly withheld?: (contract: SimContract, slot: EpochMs) => boolean
  /** Seconds of the slot in which the gateway delivers no market data; by default none. */
  readonly silentSeconds?: Readonly<Record<string, number>>
  readonly health: readonly Expectation[]
  /** A further expectation of what the gateway was asked for; returns what is wrong. */
  readonly asked?: (stats: SimulatorStats) => readonly string[]
  /** How much of each chain is asked for; by default `UNIVERSE`. */
  readonly universe?: Universe
  /** Speed of the clock throughout; by default it depends on how much is going on. */
  readonly speed?: number
}

export interface SeenHealth extends Expectation {
  readonly seen: ReadonlySet<CheckStatus>
  /** The first moment of each status that must not be, and its reason. */
  readonly wrong: ReadonlyMap<CheckStatus, string>
}

export interface MorningResult {
  readonly morning: Morning
  readonly asked: number
  readonly collectable: number
  readonly collected: number
  readonly lost: number
  /** The slots with losses, and what the ledger says about them. */
  readonly losses: readonly string[]
  readonly health: readonly SeenHealth[]
  /** What else is wrong: entries of the ledger that are missing or invented, requests that should not be made. */
  readonly otherwise: readonly string[]
}

/** Speed of the clock while contracts are collected, and while nothing is. */
const BUSY_SPEED = 10
const IDLE_SPEED = 40
const FRIDAY_SPEED = 3
/** Real time beyond the computed one after which a morning counts as stuck. */
const GRACE_MS = 120_000
/** The program may end a cycle so long before the next slot, s. */
const MARGIN_SECONDS = 15
/** So many lines more than at rest are those of contracts. */
const COLLECTING_LINES = 5
/** From the start of a daemon to its first request for a contract, s. */
const START_SECONDS = 10

export async function runMorning(morning: Morning): Promise<MorningResult> {
  return withFolder(async (folder) => {
    const startAt = monday(morning.from)
    const lake = join(folder, 'lake')
    if (morning.collectedFriday) await collectFriday(morning, lake)
    // Making the market, and loading the engines at the first start, take seconds of the machine.
    const market = mondayMarket()
    const clock = variableSpeedClock(startAt, 1)
    const rules = simulatorOptions.parse({ ...IB_LIMIT_SETTINGS, aboveRate: 'delay', ...morning.rules })
    const simulator = await startSimulator(market, rules, { clock, seed: SEED })
    for (const { at, fault } of morning.faults ?? []) if (monday(at) <= startAt) simulator.inject(fault)
    const collector = await startCollector(configOf(morning, simulator, lake), {
      log: openLog('silent'),
      version: 'campaign',
      clock,
    })
    const health = await travel({ morning, clock, simulator, collector })
    const stats = simulator.stats()
    await collector.stop()
    await simulator.close()
    const stored = await storedIn(lake, morning, clock)
    return {
      morning,
      ...stored.counts,
      losses: stored.losses,
      health,
      otherwise: [...stored.otherwise, ...(morning.asked?.(stats) ?? [])],
    }
  })
}

function configOf(
  morning: Morning,
  { host, port }: Simulator,
  lake: string,
  changes: Readonly<Record<string, unknown>> = {},
) {
  const { universe = UNIVERSE } = morning
  const values: Record<string, unknown> = {
    symbols: morning.symbols,
    'lake.folder': lake,
    'gateway.host': host,
    'gateway.port': port,
    // On a fast clock a pause of this machine is a long one of the gateway.
    'gateway.connectTimeoutMs': 60_000,
    'gateway.requestTimeoutMs': 60_000,
    'gateway.farmNoticeWaitMs': 5_000,
    'supervisor.heartbeatIntervalMs': 30_000,
    'supervisor.heartbeatDeadlineMs': 30_000,
    'harvest.greeksWaitMs': 4_000,
    'harvest.timeoutMs': 8_000,
    'universe.policy': 'plain',
    'universe.plainExpirations': universe.expirations,
    'universe.strikeWindowFraction': universe.windowFraction,
    'universe.minStrikeWindowFraction': universe.windowFraction,
    'http.port': 0,
    ...morning.config,
    ...changes,
  }
  const overrides = Object.entries(values).map(([path, value]) => ({
    source: 'monday',
    path: path.split('.'),
    value,
  }))
  return loadConfig(null, {}, overrides)
}

interface Journey {
  readonly morning: Morning
  readonly clock: VariableSpeedClock
  readonly simulator: Simulator
  readonly collector: Collector
}

/** The faults that begin after the daemon; the others are there when it connects. */
function laterFaults({ from, faults = [] }: Morning): readonly MorningFault[] {
  return faults.filter(({ at }) => monday(at) > monday(from))
}

/** Runs the clock to the end of the morning, injects the faults at their times, and looks at /health all the time. */
async function travel({ morning, clock, simulator, collector }: Journey): Promise<SeenHealth[]> {
  const due = new Set(laterFaults(morning))
  const slowdown = machineSlowdown()
  const looks = morning.health.map((expected) => ({
    ...expected,
    fromAt: monday(expected.from),
    toAt: monday(expected.to),
    seen: new Set<CheckStatus>(),
    wrong: new Map<CheckStatus, string>(),
  }))
  const endAt = monday(morning.to)
  const atRest = morning.symbols.length + 2
  const stuckAtMs = performance.now() + (endAt - clock.now()) + GRACE_MS
  while (clock.now() < endAt) {
    if (performance.now() > stuckAtMs) throw new Error(`the morning "${morning.name}" is stuck`)
    const now = clock.now()
    const { lines } = simulator.stats()
    for (const one of due) {
      if (now < monday(one.at) || (one.once === 'collecting' && lines < atRest + COLLECTING_LINES)) continue
      due.delete(one)
      simulator.inject(one.fault)
    }
    clock.setSpeed(morning.speed ?? (lines > atRest ? BUSY_SPEED : IDLE_SPEED) * slowdown())
    const { state, reason } = healthOf(collector)
    for (const look of looks) {
      if (now < look.fromAt || now >= look.toAt) continue
      look.seen.add(state)
      if (look.may.includes(state) || look.wrong.has(state)) continue
      look.wrong.set(state, `${state} at ${newYorkClock(now)}: ${reason}`)
    }
    if (morning.endsWhenStored && (await collector.stats()).slots === morning.slots.length) break
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return looks
}

/** A look at the morning that comes this late is no sign of a busy machine, ms. */
const ORDINARY_LAG_MS = 25
/** Looks of which the latest one counts. */
const LOOKS = 20

/**
 * The factor by which a busy machine has to run the clock slower, from 0.1 to 1. A process that gets no time while its
 * clock runs on would miss what a real one never misses.
 */
function machineSlowdown(): () => number {
  const lags: number[] = []
  let beforeMs = performance.now()
  return () => {
    const nowMs = performance.now()
    lags.push(nowMs - beforeMs)
    beforeMs = nowMs
    if (lags.length > LOOKS) lags.shift()
    return Math.max(0.1, Math.min(1, ORDINARY_LAG_MS / Math.max(...lags)))
  }
}

/** Checks of how late this process is, which on a fast clock is many times as late. */
const OF_THE_MACHINE = ['event_loop', 'scheduler']

/** The state of /health without these, and why. */
function healthOf(collector: Collector): { state: CheckStatus; reason: string } {
  const checks = collector.health('health').checks.filter(({ name }) => !OF_THE_MACHINE.includes(name))
  for (const state of ['fail', 'warn'] as const) {
    const found = checks.filter(({ status }) => status === state)
    if (found.length > 0)
      return { state, reason: found.map(({ name, reason }) => `${name}: ${reason}`).join('; ') }
  }
  return { state: 'ok', reason: checks.find(({ name }) => name === 'slot')?.reason ?? '' }
}

interface Stored {
  readonly counts: { asked: number; collectable: number; collected: number; lost: number }
  readonly losses: string[]
  readonly otherwise: string[]
}

/** Compares the lake with what the gateway could have delivered. */
async function storedIn(folder: string, morning: Morning, clock: VariableSpeedClock): Promise<Stored> {
  const lake = await openLake(folder, { mode: 'read', clock })
  const ledger = await ledgerOf(lake)
  const counts = { asked: 0, collectable: 0, collected: 0, lost: 0 }
  const otherwise: string[] = []
  const losses: string[] = []
  for (const time of morning.slots) {
    const slot = monday(time)
    const begun = Math.max(slot, monday(morning.from) + START_SECONDS * 1_000)
    const silent = morning.silentSeconds?.[time] ?? 0
    const seconds = (slot + INTERVAL_MS - begun) / 1_000 - MARGIN_SECONDS - silent
    let deliverable = deliverableIn(seconds)
    for (const symbol of morning.symbols) {
      const entries = ledger.filter((entry) => entry.timestamp === slot && entry.symbol === symbol)
      if (!tradesIn(slot, symbol)) {
        if (entries.length > 0) otherwise.push(`${time} ${symbol} was collected, but does not trade`)
        continue
      }
      if (entries.length !== 1)
        otherwise.push(`${time} ${symbol} has ${entries.length} entries in the ledger`)
      const asked = askedIn(slot, symbol, morning.universe)
      const wanted = asked.filter((contract) => !morning.withheld?.(contract, slot))
      const chains = await chainsBetween(lake, symbol, {
        from: slot,
        to: slot,
        columns: ['timestamp', 'con_id', 'ask'],
      })
      const rows = new Set(
        chains
          .get(slot)
          ?.filter(({ ask }) => ask !== null)
          .map(({ con_id }) => con_id),
      )
      const collected = wanted.filter(({ conId }) => rows.has(conId)).length
      const collectable = Math.min(wanted.length, deliverable)
      deliverable -= collectable
      counts.asked += asked.length
      counts.collectable += collectable
      counts.collected += Math.min(collected, collectable)
      counts.lost += Math.max(0, collectable - collected)
      if (collected < collectable) {
        const [{ outcome = 'no entry', reason = null, detail = null } = {}] = entries
        const why = [outcome, reason, detail].filter(Boolean).join(', ')
        losses.push(`${time} ${symbol} lost ${collectable - collected} of ${collectable} (${why})`)
      }
    }
  }
  await lake.close()
  return { counts, losses, otherwise }
}

/** Collects the last slot of the Friday before, without trouble. */
async function collectFriday(morning: Morning, lake: string): Promise<void> {
  const clock = variableSpeedClock(friday('15:55:05'), FRIDAY_SPEED)
  const simulator = await startSimulator(dailyMarket(SEED, clock), simulatorOptions.parse({}), {
    clock,
    seed: SEED,
  })
  const config = configOf(morning, simulator, lake, {
    'gateway.messagesPerSecond': 1_000,
    'gateway.lines': 900,
  })
  const collector = await startCollector(config, { log: openLog('silent'), version: 'campaign', clock })
  const untilMs = performance.now() + GRACE_MS
  while ((await collector.stats()).slots === 0) {
    if (performance.now() > untilMs) throw new Error('the Friday was not collected')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await collector.stop()
  await simulator.close()
}
