import { type MarketAnswer, marketAnswer } from '../analytics/answers/market-answer.ts'
import { createLatestFigures } from '../analytics/stored/latest-figures.ts'
import type { Captured } from '../capture/capture.ts'
import { slotNow } from '../capture/current-slot.ts'
import type { Config } from '../config/config.ts'
import type { Notice } from '../gateway/session/notices.ts'
import { openLake } from '../lake/open.ts'
import { type LakeStats, stats } from '../lake/query/stats.ts'
import type { Clock } from '../market/clock.ts'
import { EXIT, Failure } from '../process/failure.ts'
import { openLifetime } from '../process/lifetime.ts'
import type { Log } from '../process/log.ts'
import { startScheduler } from '../schedule/scheduler.ts'
import { type HealthQuestion, type HealthReport, judge } from '../serve/health/health.ts'
import { openHttpServer } from '../serve/http.ts'
import { createMetrics } from '../serve/metrics/metrics.ts'
import { openCanaries } from './canary-choice.ts'
import { openCycles } from './cycles.ts'
import { openDaemonStatus } from './daemon-status.ts'
import { startEndOfDay } from './end-of-day.ts'
import { openEventRecorder } from './event-recorder.ts'
import { openPlace } from './gateway/place.ts'
import { httpSources } from './http-sources.ts'
import { restore } from './start-up.ts'
import { supervisedSessions } from './supervised-sessions.ts'
import { openSymbolBreakers } from './symbol-breakers.ts'
import { openHours } from './timetable.ts'

/** The long-running collector: a service, and what a trading program embeds. */
export interface Collector {
  /** For a person: which gateway, which lake, where it answers. */
  readonly description: string
  /** Where it answers over HTTP. */
  readonly url: string
  /**
   * Collects the slot that holds now, whether it was collected before or not; waits for a cycle that is running.
   * Throws a Failure (75) outside the session. Null: nothing could be asked, and the ledger says why.
   */
  collectOnce(): Promise<Captured | null>
  health(question?: HealthQuestion): HealthReport
  stats(): Promise<LakeStats>
  /**
   * The figures of a symbol's newest slot, from memory: nulls with reasons while it has none; with `defaults`, customary
   * values for what is missing, marked. Rejects with a Failure (64) for a symbol that is not configured.
   */
  latestMarketData(symbol: string, options?: { readonly defaults?: boolean }): Promise<MarketAnswer>
  /** Ends the cycle that is running with what it has, stores that, and closes everything. Twice is once. */
  stop(): Promise<void>
}

export interface CollectorEnv {
  readonly log: Log
  /** Name and version, for the metrics. */
  readonly version: string
  /** The machine's clock; another one in tests. */
  readonly clock?: Clock
}

/** Opens everything, starts the schedule, and resolves once the first look was taken. */
export async function startCollector(config: Config, env: CollectorEnv): Promise<Collector> {
  const lifetime = openLifetime()
  try {
    return await open(config, { ...env, lifetime })
  } catch (error) {
    await lifetime.close()
    throw error
  }
}

async function open(
  config: Config,
  { log, version, lifetime, clock: machine }: CollectorEnv & { lifetime: ReturnType<typeof openLifetime> },
): Promise<Collector> {
  const { signal } = lifetime
  const metrics = createMetrics(version)
  const heard: Notice[] = []
  let hear: (notice: Notice) => void = (notice) => void heard.push(notice)
  const place = await openPlace(config, {
    lifetime,
    onNotice: (notice) => hear(notice),
    ...(machine && { clock: machine }),
  })
  const { keeper } = place
  // Once the scheduler watches the wall clock, its word counts: the gateway may have overruled a clock that was set.
  let referee: Clock = place.clock
  const clock: Clock = { ...place.clock, now: () => referee.now() }

  const lake = await openLake(place.lakeFolder, { mode: 'write', source: place.source, clock })
  lifetime.onClose(() => lake.close())
  const { entries, lastHandled } = await restore(lake, log, config.analytics)

  const hours = openHours(config.symbols, lake.layout.contracts, config.harvest)
  const { timetable } = hours
  const guard = openSymbolBreakers(config.symbols, {
    clock,
    signal,
    options: config.breaker,
    random: Math.random,
  })
  lifetime.onClose(() => guard.close())
  const standing = openDaemonStatus({
    symbols: config.symbols,
    startedAt: clock.now(),
    scheduler: () => scheduler,
    gateway: () => keeper.state(),
    timetable: () => timetable,
    breakers: guard.states,
  })
  const witness = openEventRecorder({ keeper, metrics, standing, clock, log })
  hear = witness.notice
  for (const notice of heard) hear(notice)
  for (const report of entries) standing.entered(report)
  const kept = supervisedSessions({ keeper, source: lake.source, guard })
  const figures = createLatestFigures(lake, config.analytics)
  const shared = { config, place, lake, metrics, standing, figures }
  const cycles = openCycles({ ...shared, sessions: kept, clock, log, signal })
  const canaries = openCanaries(keeper, lake.layout.contracts)

  const scheduler = startScheduler({
    clock: place.clock,
    signal,
    timetable: () => timetable,
    lastHandled,
    askTime: place.embedded ? null : async () => (await keeper.whenReady(signal, 15_000)).currentTime(),
    run: async (slot) => {
      const captured = await cycles.collect(slot)
      if (captured) canaries.choose(slot.date, captured.append.reports)
      for (const { message } of hours.refresh(slot.date)) standing.operation(message, clock.now())
    },
    recordMissed: (missed) => cycles.recordMissed(missed),
    onEvent: witness.schedule,
    onLag: witness.eventLoopLag,
  })
  referee = scheduler.clock
  lifetime.onClose(() => scheduler.done)

  const upkeep = startEndOfDay({
    symbols: config.symbols,
    sessions: kept,
    lake,
    clock,
    log,
    signal,
    onHistory: figures.forget,
  })
  lifetime.onClose(() => upkeep.done)
  const http = await openHttpServer({
    options: config.http,
    sources: httpSources({ ...shared, guard }),
    onError: (error) => log.error({ err: error }, 'a question over HTTP could not be answered'),
  })
  lifetime.onClose(() => http.close())

  return {
    description: `${place.gateway}; lake ${place.lakeFolder}; ${http.url}`,
    url: http.url,
    collectOnce: () => cycles.collect(slotNow(config, clock)),
    health: (question = 'health') => judge(question, standing.snapshot()),
    stats: () => stats(lake),
    latestMarketData: async (symbol, { defaults = false } = {}) => {
      if (config.symbols.includes(symbol)) {
        return marketAnswer(await figures.latest(symbol), { symbol, now: clock.now(), defaults })
      }
      const known = config.symbols.join(', ')
      throw new Failure(EXIT.usage, `"${symbol}" is not collected here: the symbols are ${known}`)
    },
    stop: () => lifetime.close(new Error('stopped')),
  }
}
