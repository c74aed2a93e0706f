import { join } from 'node:path'
import { type Alerts, startAlerts } from '../alerts/alerts.ts'
import { createReceivers } from '../alerts/receivers.ts'
import { createLatestFigures } from '../analytics/stored/latest-figures.ts'
import type { Bars } from '../bars/bars.ts'
import { startChainLister } from '../chain/chain-lister.ts'
import { findUnderlying } from '../chain/find-underlying.ts'
import { createFutureSource } from '../chain/futures/future-source.ts'
import type { Config } from '../config/config.ts'
import { KNOWN_CODES } from '../gateway/session/notices.ts'
import { type Lake, openLake } from '../lake/open.ts'
import { storeLedger } from '../lake/tables/ledger.ts'
import { newYorkDate } from '../market/calendar.ts'
import { type Clock, systemClock } from '../market/clock.ts'
import { namesOf } from '../market/instrument.ts'
import type { SessionDate } from '../market/units.ts'
import { type Lifetime, openLifetime } from '../process/lifetime.ts'
import type { Log } from '../process/log.ts'
import { createDisciplinedClock } from '../schedule/clock-discipline.ts'
import { startScheduler } from '../schedule/scheduler.ts'
import { symbolDateAt } from '../schedule/slots.ts'
import { createEventFeed } from '../serve/events/event-feed.ts'
import { judge } from '../serve/health/health.ts'
import type { HealthSnapshot } from '../serve/health/snapshot.ts'
import { openHttpServer } from '../serve/http.ts'
import { createMetrics } from '../serve/metrics/metrics.ts'
import { createDailyHistory } from './after-close/daily-history.ts'
import { startEndOfDay } from './after-close/end-of-day.ts'
import { createHistoryUpgrade } from './after-close/history-upgrade.ts'
import { type Collector, collectorOf } from './collector.ts'
import { createCycles } from './cycles/cycles.ts'
import { createSurfaceQueue } from './cycles/surface-queue.ts'
import { barsHealth, startDaemonBars } from './daemon-bars.ts'
import {
  chainStates,
  createDaemonStatus,
  gatewayState,
  offsetState,
  schedulerState,
} from './daemon-status.ts'
import { createEventRecorder } from './event-recorder.ts'
import { roundAt } from './listing-rounds.ts'
import { httpSources } from './served/http-sources.ts'
import { warmUp } from './served/warm-up.ts'
import { createCanaryChoice } from './sessions/canary-choice.ts'
import type { OpenEmbedded } from './sessions/embedded-simulator.ts'
import { openSupervisedSession } from './sessions/gateway-source.ts'
import { supervisedSessions } from './sessions/supervised-sessions.ts'
import { openSymbolBreakers } from './sessions/symbol-breakers.ts'
import { restore } from './start-up.ts'
import { checkKinds } from './stored-kinds.ts'
import { createTimetable } from './timetable.ts'

export interface CollectorOptions {
  readonly log: Log
  /** Name and version, for the metrics. */
  readonly version: string
  /** Defaults to the machine's clock; tests pass another. */
  readonly clock?: Clock
  /** Where the secrets of alerts are; by default that of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** What to embed where no gateway is configured; left out: the simulator of the configuration. */
  readonly openEmbedded?: OpenEmbedded
}

/** How long the gateway may take to report its time after the wall clock was set. */
const TIME_ANSWER_MS = 20_000
const SESSION_WAIT_MS = 15_000

/** Opens everything, starts the schedule, and resolves once the scheduler has made its first check. */
export async function startCollector(config: Config, options: CollectorOptions): Promise<Collector> {
  const lifetime = openLifetime()
  try {
    return await open(config, options, lifetime)
  } catch (error) {
    await lifetime.close()
    throw error
  }
}

async function open(
  config: Config,
  { log, version, clock: machine, openEmbedded, environment = process.env }: CollectorOptions,
  lifetime: Lifetime,
): Promise<Collector> {
  const symbols = namesOf(config.symbols)
  const { signal } = lifetime
  // Missing secrets are told before anything is opened.
  const receivers = createReceivers(config.alerts, environment)
  const metrics = createMetrics(version, { symbols, codes: KNOWN_CODES })
  const status = createDaemonStatus()
  const events = createEventFeed((error) =>
    log.error({ err: error }, 'an event could not be told to the page'),
  )
  const recorder = createEventRecorder({ log, metrics, status, events })

  // The gateway comes before the lake: its source decides which lake is opened.
  const gateway = await openSupervisedSession(config, {
    lifetime,
    onNotice: recorder.notice,
    ...(machine && { machine }),
    openEmbedded,
  })
  const { supervisor } = gateway
  recorder.watch(supervisor)
  const clock = createDisciplinedClock({
    clock: gateway.clock,
    signal,
    askTime: gateway.embedded
      ? null
      : async () => (await supervisor.whenReady(signal, SESSION_WAIT_MS)).currentTime(),
    answerWithinMs: TIME_ANSWER_MS,
    onStep: recorder.clockStep,
    onVerdict: recorder.clockVerdict,
  })
  const startedAt = clock.now()

  const lake = await openLake(gateway.lakeFolder, { mode: 'write', source: gateway.source, clock })
  lifetime.onClose(() => lake.close())
  await checkKinds(lake, config.symbols)
  lifetime.onClose(() => storeLedgerAtEnd(lake, log))
  const { timetable, refresh } = createTimetable(config.symbols, config.harvest)
  const { entries, lastHandled, recovered } = await restore(lake, log, {
    ...{ analytics: config.analytics, timetable },
  })
  const surfaces = createSurfaceQueue(lake, { options: config.analytics, log, onStored: recorder.fitted })
  lifetime.onClose(() => surfaces.close())
  for (const { slot: at, dates, symbols: own } of recovered) surfaces.add({ at, dates }, own)
  for (const entry of entries) status.slotReported(entry)
  const figures = createLatestFigures(lake, config.analytics)
  const lakeVersion = () => lake.snapshots.state.version
  const lakeChanged = () => recorder.lakeChanged(lakeVersion())
  const forgetFigures = () => {
    figures.forget()
    lakeChanged()
  }

  const breakers = openSymbolBreakers(symbols, {
    clock,
    signal,
    options: config.breaker,
    random: Math.random,
  })
  lifetime.onClose(() => breakers.close())
  let bars: Bars | null = null
  const sessions = supervisedSessions(gateway, lake.source, {
    breakers,
    linesOfBars: () => bars?.linesInUse() ?? 0,
  })
  const chains = startChainLister(config.symbols, {
    ...{ ready: sessions.ready, findUnderlying, universe: config.universe },
    roundOf: (symbol) => roundAt(clock.now(), (date) => timetable.sessionOn(date, symbol), config.chain),
    ...{ folder: lake.layout.contracts, clock, log, signal },
    // The list has the gateway's hours of the day, before its first slot.
    onListed: () => refreshHours(newYorkDate(clock.now())),
  })
  lifetime.onClose(() => chains.done)
  const futures = createFutureSource({ folder: lake.layout.contracts, clock, log, signal })
  const refreshHours = (today: SessionDate) => {
    const messages = refresh(today, {
      chainOf: (symbol) => chains.chain(symbol, today)?.cache ?? null,
      futureHoursOf: (symbol) => futures.known(symbol)?.hours ?? null,
    })
    for (const message of messages) status.operation(message, clock.now())
  }
  refreshHours(newYorkDate(startedAt))
  const cycles = createCycles(
    { config, lake, sessions, chains, futures, figures, surfaces, timetable },
    { recorder, log, signal },
  )

  const canaries = createCanaryChoice(supervisor, lake.layout.contracts)
  canaries.chooseKept(newYorkDate(clock.now()), entries)
  const scheduler = startScheduler({
    clock,
    signal,
    timetable: () => timetable,
    lastHandled,
    run: async (slot) => {
      const result = await cycles.collect(slot)
      await bars?.store()
      if (result.kind === 'captured') canaries.choose(result.captured.append.reports)
      refreshHours(newYorkDate(slot.at))
    },
    recordMissed: cycles.recordMissed,
    onEvent: recorder.schedule,
    onLag: recorder.eventLoopLag,
  })
  lifetime.onClose(() => scheduler.done)
  bars = startDaemonBars(config.symbols, {
    ...{ config, limits: gateway.limits, timetable, supervisor, lake, clock, log, signal },
    isCycleRunning: () => schedulerState(scheduler.state(), clock).cycleSeconds !== null,
  })
  lifetime.onClose(() => bars?.close())
  const history = createDailyHistory(symbols, {
    ...{ sessions, lake, clock, log, signal },
    onStored: forgetFigures,
  })
  const isCycleRunning = () => schedulerState(scheduler.state(), clock).cycleSeconds !== null
  const upgrade = await createHistoryUpgrade(lake, {
    ...{ options: config.analytics, timetable, clock, log, signal, isCycleRunning },
    onRebuilt: forgetFigures,
  })
  const endOfDay = startEndOfDay(
    lake,
    { history, upgrade },
    { clock, log, signal, timetable, onDone: lakeChanged },
  )
  lifetime.onClose(() => endOfDay.done)

  let alerts: Alerts | null = null
  const health = (): HealthSnapshot => {
    const { notices, ...known } = status.read()
    return {
      ...{ now: clock.now(), startedAt, timetable, symbols, ...known },
      ...{ settings: config.health, requestedData: config.gateway.marketDataType },
      operations: [...known.operations, ...history.problems(), ...upgrade.problems()],
      gateway: gatewayState(supervisor.state(), notices, supervisor.session()?.counters() ?? null),
      scheduler: schedulerState(scheduler.state(), clock),
      breakers: breakers.states(),
      bars: barsHealth(bars, clock.now()),
      surface: surfaces.health(),
      alerts: alerts?.health() ?? null,
      chains: chainStates(chains, symbols, (symbol) => symbolDateAt(clock.now(), symbol, timetable)),
      ...{ clockSource: gateway.clockSource, clockOffset: offsetState(supervisor.clockOffset(clock)) },
    }
  }
  alerts = await startAlerts({
    ...{ options: config.alerts, receivers, source: gateway.source, clock, log, signal },
    checks: () => judge('health', health()).checks,
    memoryPath: join(lake.layout.state, 'alerts.json'),
    machineNow: () => systemClock.now(),
  })
  lifetime.onClose(() => alerts?.done)
  const sources = httpSources(symbols, {
    ...{ gateway, lake, figures, history, metrics, health, version, bars, alerts, events, lakeVersion },
    ...{ analytics: config.analytics, instruments: config.symbols, grid: config.harvest },
  })
  const http = await openHttpServer({
    options: config.http,
    sources,
    onError: (error) => log.error({ err: error }, 'an HTTP request could not be answered'),
  })
  lifetime.onClose(() => http.close())
  const warmed = warmUp(sources, { clock, signal, isCycleRunning })
  lifetime.onClose(() => warmed)

  const description = `${gateway.description}; lake ${gateway.lakeFolder}; ${http.url}`
  const { embedded, endpoint, source } = gateway
  const reached = { ...endpoint, embedded, source, clock }
  return collectorOf(
    { description, url: http.url, gateway: reached },
    { config, cycles, lake, figures, health, timetable, lifetime },
  )
}

/** Shows other engines the whole ledger. If the disk fails, nothing is lost: the log has the reports. */
async function storeLedgerAtEnd(lake: Lake, log: Log): Promise<void> {
  await storeLedger(lake).catch((error: unknown) =>
    log.warn({ err: error }, 'the ledger could not be copied to slots; the next start has it from the log'),
  )
}
