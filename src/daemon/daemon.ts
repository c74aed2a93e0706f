import { type MarketAnswer, marketAnswer } from '../analytics/answers/market-answer.ts'
import { createLatestFigures } from '../analytics/stored/latest-figures.ts'
import type { Captured } from '../capture/capture.ts'
import { currentSlot } from '../capture/current-slot.ts'
import type { Config } from '../config/config.ts'
import { openLake } from '../lake/open.ts'
import { type LakeStats, stats } from '../lake/query/stats.ts'
import type { Clock } from '../market/clock.ts'
import type { Slot } from '../market/slot.ts'
import { EXIT, Failure } from '../process/failure.ts'
import { type Lifetime, openLifetime } from '../process/lifetime.ts'
import type { Log } from '../process/log.ts'
import { createDisciplinedClock } from '../schedule/clock-discipline.ts'
import { startScheduler } from '../schedule/scheduler.ts'
import { type HealthQuestion, type HealthReport, judge } from '../serve/health/health.ts'
import { openHttpServer } from '../serve/http.ts'
import { createMetrics } from '../serve/metrics/metrics.ts'
import { type Cycles, createCycles } from './cycles.ts'
import { createDaemonStatus, gatewayState, schedulerState } from './daemon-status.ts'
import { createDailyHistory } from './daily-history.ts'
import { startEndOfDay } from './end-of-day.ts'
import { createEventRecorder } from './event-recorder.ts'
import { openSupervisedSession } from './gateway-source.ts'
import { httpSources } from './http-sources.ts'
import { createCanaryChoice } from './sessions/canary-choice.ts'
import { supervisedSessions } from './sessions/supervised-sessions.ts'
import { openSymbolBreakers } from './sessions/symbol-breakers.ts'
import { restore } from './start-up.ts'
import { createTimetable } from './timetable.ts'

/** The long-running collector, run by the daemon or embedded in another program. */
export interface Collector {
  /** Human-readable: the gateway, the lake and the HTTP address. */
  readonly description: string
  /** Base URL of its HTTP server. */
  readonly url: string
  /**
   * Collects the current slot, even if it was collected before; waits for a running cycle first. Throws a Failure
   * (75) outside the session, and any error that keeps the lake from being written. Null: the gateway could not be
   * queried, and the ledger says why.
   */
  collectOnce(): Promise<Captured | null>
  health(question?: HealthQuestion): HealthReport
  stats(): Promise<LakeStats>
  /**
   * The figures of a symbol's newest slot, from memory: nulls with reasons while it has none; with `defaults`,
   * missing values are replaced by customary ones, marked as such. Rejects with a Failure (64) for a symbol that is
   * not configured.
   */
  latestMarketData(symbol: string, options?: { readonly defaults?: boolean }): Promise<MarketAnswer>
  /** Ends the running cycle, stores what has arrived, and closes everything. Calling it again has no effect. */
  stop(): Promise<void>
}

export interface CollectorOptions {
  readonly log: Log
  /** Name and version, for the metrics. */
  readonly version: string
  /** Defaults to the machine's clock; tests pass another. */
  readonly clock?: Clock
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
  { log, version, clock: machine }: CollectorOptions,
  lifetime: Lifetime,
): Promise<Collector> {
  const { symbols } = config
  const { signal } = lifetime
  const metrics = createMetrics(version)
  const status = createDaemonStatus()
  const recorder = createEventRecorder({ log, metrics, status })

  // The gateway comes before the lake: its source decides which lake is opened.
  const gateway = await openSupervisedSession(config, {
    lifetime,
    onNotice: recorder.notice,
    ...(machine && { machine }),
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
  const { entries, lastHandled } = await restore(lake, log, config.analytics)
  for (const entry of entries) status.slotReported(entry)
  const figures = createLatestFigures(lake, config.analytics)

  const breakers = openSymbolBreakers(symbols, {
    clock,
    signal,
    options: config.breaker,
    random: Math.random,
  })
  lifetime.onClose(() => breakers.close())
  const sessions = supervisedSessions(gateway, lake.source, breakers)
  const cycles = createCycles({ config, lake, sessions, figures }, { recorder, log, signal })

  const { timetable, refresh } = createTimetable(symbols, lake.layout.contracts, config.harvest)
  const canaries = createCanaryChoice(supervisor, lake.layout.contracts)
  const scheduler = startScheduler({
    clock,
    signal,
    timetable: () => timetable,
    lastHandled,
    run: async (slot) => {
      const result = await cycles.collect(slot)
      if (result.kind === 'captured') canaries.choose(slot.date, result.captured.append.reports)
      for (const { message } of refresh(slot.date)) status.operation(message, clock.now())
    },
    recordMissed: cycles.recordMissed,
    onEvent: recorder.schedule,
    onLag: recorder.eventLoopLag,
  })
  lifetime.onClose(() => scheduler.done)
  const history = createDailyHistory(symbols, { sessions, lake, clock, signal, onStored: figures.forget })
  const endOfDay = startEndOfDay(lake, history, { clock, log, signal })
  lifetime.onClose(() => endOfDay.done)

  const health = () => ({
    ...{ now: clock.now(), startedAt, timetable, symbols },
    ...status.read(),
    gateway: gatewayState(supervisor.state()),
    scheduler: schedulerState(scheduler.state(), clock),
    breakers: breakers.states(),
  })
  const http = await openHttpServer({
    options: config.http,
    sources: httpSources(symbols, { gateway, lake, figures, metrics, health }),
    onError: (error) => log.error({ err: error }, 'an HTTP request could not be answered'),
  })
  lifetime.onClose(() => http.close())

  return {
    description: `${gateway.description}; lake ${gateway.lakeFolder}; ${http.url}`,
    url: http.url,
    collectOnce: () => collectSlot(cycles, currentSlot(config, clock)),
    health: (question = 'health') => judge(question, health()),
    stats: () => stats(lake),
    latestMarketData: async (symbol, { defaults = false } = {}) => {
      if (symbols.includes(symbol)) {
        return marketAnswer(await figures.latest(symbol), { symbol, now: clock.now(), defaults })
      }
      const known = symbols.join(', ')
      throw new Failure(EXIT.usage, `"${symbol}" is not collected here: the symbols are ${known}`)
    },
    stop: () => lifetime.close(new Error('stopped')),
  }
}

async function collectSlot(cycles: Cycles, slot: Slot): Promise<Captured | null> {
  const result = await cycles.collect(slot)
  if (result.kind === 'not_stored') throw result.error
  return result.kind === 'captured' ? result.captured : null
}
