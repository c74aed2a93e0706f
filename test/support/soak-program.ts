/**
 * The soak process: the daemon's own parts, given slot after slot as fast as the gateway answers. It is a process of its
 * own, so that its memory is what the service would take.
 *
 *   node soak-program.js PORT FOLDER CYCLES few|whole
 */

import { readdirSync, readFileSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createLatestFigures } from '../../src/analytics/stored/latest-figures.ts'
import {
  backfill,
  findForHistory,
  historyItems,
  knownForHistory,
  YEAR_DAYS,
} from '../../src/capture/backfill.ts'
import { startChainLister } from '../../src/chain/chain-lister.ts'
import { findUnderlying } from '../../src/chain/find-underlying.ts'
import { createFutureSource } from '../../src/chain/futures/future-source.ts'
import { loadConfig } from '../../src/config/config.ts'
import { createDailyHistory } from '../../src/daemon/after-close/daily-history.ts'
import { afterSession } from '../../src/daemon/after-close/end-of-day.ts'
import { createCycles } from '../../src/daemon/cycles/cycles.ts'
import { createSurfaceQueue } from '../../src/daemon/cycles/surface-queue.ts'
import { createDaemonStatus } from '../../src/daemon/daemon-status.ts'
import { createEventRecorder } from '../../src/daemon/event-recorder.ts'
import { roundAt } from '../../src/daemon/listing-rounds.ts'
import { createCanaryChoice } from '../../src/daemon/sessions/canary-choice.ts'
import { openSupervisedSession } from '../../src/daemon/sessions/gateway-source.ts'
import { supervisedSessions } from '../../src/daemon/sessions/supervised-sessions.ts'
import { openSymbolBreakers } from '../../src/daemon/sessions/symbol-breakers.ts'
import { openLake } from '../../src/lake/open.ts'
import { sessionOn, sessionsBetween, type TradingSession } from '../../src/market/calendar.ts'
import { type Clock, systemClock } from '../../src/market/clock.ts'
import { namesOf } from '../../src/market/instrument.ts'
import { optionSessionOn } from '../../src/market/option-hours.ts'
import { dueSlot, slotsOf } from '../../src/market/slot.ts'
import { addDays, type EpochMs, epochMs, sessionDate } from '../../src/market/units.ts'
import { openLifetime } from '../../src/process/lifetime.ts'
import { openLog } from '../../src/process/log.ts'
import { createEventFeed } from '../../src/serve/events/event-feed.ts'
import { createMetrics } from '../../src/serve/metrics/metrics.ts'
import { type SoakReading, WIRE } from '../faults/soak.ts'

/** The gateway's date. The sessions before it are collected in order, so none of its contracts has expired. */
const GATEWAY_DATE = sessionDate('2026-11-19')
const GRID = { intervalSeconds: 300, afterClose: false }
/** Half a session: readings are taken at the same two times of every day. */
const CYCLES_PER_READING = 39
/** A little after the daemon's own end-of-day work. */
const UPKEEP_AFTER_CLOSE_MS = 16 * 60_000
const MB = 1_000_000

const UNIVERSES: Readonly<Record<string, Record<string, unknown>>> = {
  few: {
    symbols: ['SPY'],
    'universe.policy': 'plain',
    'universe.plainExpirations': 2,
    'universe.strikeWindowFraction': 0.0525,
    'universe.minStrikeWindowFraction': 0.0525,
  },
  whole: { symbols: ['SPY', 'QQQ', 'IWM'] },
}

function configOf(universe: string, port: number, folder: string) {
  const values = {
    'lake.folder': folder,
    'gateway.host': '127.0.0.1',
    'gateway.port': port,
    'gateway.messagesPerSecond': WIRE.messagesPerSecond,
    'gateway.lines': WIRE.lines,
    'universe.maxDaysToExpiry': 365,
    'harvest.greeksWaitMs': 60,
    ...UNIVERSES[universe],
  }
  const overrides = Object.entries(values).map(([path, value]) => ({
    source: 'soak',
    path: path.split('.'),
    value,
  }))
  return loadConfig(null, {}, overrides)
}

/** The last sessions before the gateway's date with `cycles` slots. */
function sessionsFor(cycles: number): TradingSession[] {
  const before = sessionsBetween(addDays(GATEWAY_DATE, -365), addDays(GATEWAY_DATE, -1))
  let left = cycles
  let first = before.length
  while (left > 0 && first > 0) left -= slotsOf(before[--first] as TradingSession, GRID).length
  if (left > 0) throw new RangeError(`${cycles} cycles do not fit into a year`)
  return before.slice(first)
}

function reader(contracts: () => number) {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  return (cycle: number): SoakReading => {
    const uncollected = process.memoryUsage.rss()
    collectGarbage()
    const { rss, heapUsed, external } = process.memoryUsage()
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))
    return {
      cycle,
      uncollectedMb: uncollected / MB,
      residentMb: rss / MB,
      peakMb: (Number(peak?.[1]) * 1_024) / MB,
      heapMb: heapUsed / MB,
      externalMb: external / MB,
      descriptors: readdirSync('/proc/self/fd').length,
      contracts: contracts(),
    }
  }
}

/** Files of the logs get the age they would have, so that old commits are cleaned away as in a lake of that age. */
function age(root: string, at: EpochMs): void {
  for (const table of readdirSync(root)) {
    if (table.startsWith('.')) continue
    const folder = join(root, table, '_delta_log')
    for (const name of readdirSync(folder)) {
      const path = join(folder, name)
      if (statSync(path).mtimeMs > at) utimesSync(path, at / 1_000, at / 1_000)
    }
  }
}

async function soak([port, folder, count, universe]: readonly string[]): Promise<void> {
  const cycles = Number(count)
  const config = configOf(universe as string, Number(port), folder as string)
  const sessions = sessionsFor(cycles)

  let anchor = { at: (sessions[0] as TradingSession).openAt, sinceMs: performance.now() }
  const travelTo = (at: EpochMs) => {
    anchor = { at, sinceMs: performance.now() }
  }
  const clock = {
    ...systemClock,
    now: () => epochMs(Math.round(anchor.at + performance.now() - anchor.sinceMs)),
  }

  const lifetime = openLifetime()
  const { signal } = lifetime
  const log = openLog('error')
  const metrics = createMetrics('soak')
  const status = createDaemonStatus()
  const recorder = createEventRecorder({ log, metrics, status, events: createEventFeed() })
  const gateway = await openSupervisedSession(config, { lifetime, machine: clock, onNotice: recorder.notice })
  const lake = await openLake(gateway.lakeFolder, { mode: 'write', source: gateway.source, clock })
  lifetime.onClose(() => lake.close())
  const breakers = openSymbolBreakers(namesOf(config.symbols), {
    clock,
    signal,
    options: config.breaker,
    random: Math.random,
  })
  lifetime.onClose(() => breakers.close())
  const kept = supervisedSessions(gateway, lake.source, { breakers, linesOfBars: () => 0 })
  const figures = createLatestFigures(lake, config.analytics)
  const surfaces = createSurfaceQueue(lake, { options: config.analytics, log })
  const timetable = { grid: GRID, symbols: namesOf(config.symbols), sessionOn: optionSessionOn }
  const chains = startChainLister(config.symbols, {
    ...{ ready: kept.ready, findUnderlying, universe: config.universe },
    roundOf: () => roundAt(clock.now(), sessionOn, config.chain),
    ...{ folder: lake.layout.contracts, clock, log, signal },
  })
  lifetime.onClose(() => chains.done)
  const futures = createFutureSource({ folder: lake.layout.contracts, clock, log, signal })
  const work = createCycles(
    { config, lake, sessions: kept, chains, futures, figures, surfaces, timetable },
    { recorder, log, signal },
  )
  const canaries = createCanaryChoice(gateway.supervisor, lake.layout.contracts)

  // The simulated gateway needs no courtesy between two requests for history.
  const hurried: Clock = { ...clock, sleep: (ms, until) => clock.sleep(ms / 50, until) }
  const options = { sessions: kept, lake, clock: hurried, log, signal, onStored: figures.forget }
  const history = createDailyHistory(namesOf(config.symbols), options)
  let answered = 0
  const read = reader(() => answered)
  let cycle = 0
  for (const [number, session] of sessions.entries()) {
    for (const at of slotsOf(session, GRID)) {
      if (cycle === cycles) break
      travelTo(at)
      const result = await work.collect(dueSlot(at, session.date, namesOf(config.symbols)))
      await surfaces.idle()
      const captured = result.kind === 'captured' ? result.captured : null
      const rows = captured?.append.reports.reduce((sum, report) => sum + report.answered, 0) ?? 0
      answered += rows
      if (rows === 0) throw new Error(`nothing was stored for ${new Date(at).toISOString()}`)
      canaries.choose(captured?.append.reports ?? [])
      cycle++
      if (cycle % CYCLES_PER_READING === 0 || cycle === cycles)
        process.stdout.write(`${JSON.stringify(read(cycle))}\n`)
    }
    travelTo(epochMs(session.optionsCloseAt + UPKEEP_AFTER_CLOSE_MS))
    if (number === 0) {
      // The gateway's bars end on its own day: further back, so that the year before the first session is full, too.
      const gatewaySession = await kept.ready(signal, 10_000)
      const items = historyItems(namesOf(config.symbols))
      const known = knownForHistory(items, lake.layout.contracts)
      const found = await findForHistory(gatewaySession, items, { known, signal })
      const requests = items.map((item) => ({ ...item, days: 2 * YEAR_DAYS }))
      await backfill(gatewaySession, lake, requests, { found, clock: hurried, signal })
    }
    await history.fetchDue()
    await afterSession(session.date, lake, { clock, log, signal, timetable })
    age(lake.layout.root, clock.now())
  }
  await lifetime.close()
}

// As the command does.
setFlagsFromString('--heap-growing-percent=20')
await soak(process.argv.slice(2))
process.exit(0)
