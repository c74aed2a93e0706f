import { BACKFILL_DAYS, backfill, lacksHistory } from './backfill.ts'
import { openCanaries } from './canaries.ts'
import type { Captured } from './capture.ts'
import type { Config } from './config.ts'
import { openCycles } from './cycles.ts'
import { EXIT, Failure } from './failure.ts'
import { observeDay } from './figures.ts'
import { describeState } from './gateway/keeper-state.ts'
import type { Notice } from './gateway/notices.ts'
import { openGuard } from './guard.ts'
import { openHours } from './hours.ts'
import { keptSessions } from './kept-sessions.ts'
import { compact } from './lake/compact.ts'
import { type LakeStats, slots, stats } from './lake/coverage.ts'
import { type Lake, openLake } from './lake/open.ts'
import { latestChain } from './lake/query.ts'
import { RETENTION_MS, vacuum } from './lake/vacuum.ts'
import { openLifetime } from './lifetime.ts'
import type { Log } from './log.ts'
import { newYorkDate, nextSessionAfter, sessionContaining } from './market/calendar.ts'
import type { Clock } from './market/clock.ts'
import { addDays, type EpochMs, epochMs, type SessionDate } from './market/units.ts'
import { openPlace } from './place.ts'
import { recoverSpools, spoolBytes } from './recover.ts'
import { openScheduler, type SchedulerEvent } from './schedule/scheduler.ts'
import { slotHolding } from './schedule/slots.ts'
import { type HealthQuestion, type HealthReport, judge, openSession } from './serve/health.ts'
import { openHttp } from './serve/http.ts'
import { openMetrics } from './serve/metrics.ts'
import type { LedgerRow } from './snapshot/ledger.ts'
import { openStanding } from './standing.ts'
import { openUnderlyings } from './underlyings.ts'
import { startUpkeep } from './upkeep.ts'

/** How far back the ledger is looked through for its newest entry. */
const LOOK_BACK_DAYS = 31

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
  /** Ends the cycle that is running with what it has, stores that, and closes everything. Twice is once. */
  stop(): Promise<void>
}

export interface CollectorEnv {
  readonly log: Log
  /** Name and version, for the metrics. */
  readonly version: string
}

/** Opens everything, starts the schedule, and resolves once the first look was taken. */
export async function startCollector(config: Config, { log, version }: CollectorEnv): Promise<Collector> {
  const lifetime = openLifetime()
  try {
    return await open(config, { log, version, lifetime })
  } catch (error) {
    await lifetime.close()
    throw error
  }
}

async function open(
  config: Config,
  { log, version, lifetime }: CollectorEnv & { lifetime: ReturnType<typeof openLifetime> },
): Promise<Collector> {
  const { signal } = lifetime
  const metrics = openMetrics(version)
  const heard: Notice[] = []
  let hear = (notice: Notice) => void heard.push(notice)
  const place = await openPlace(config, { lifetime, onNotice: (notice) => hear(notice) })
  const { keeper } = place
  // Once the scheduler watches the wall clock, its word counts: the gateway may have overruled a clock that was set.
  let referee: Clock = place.clock
  const clock: Clock = { ...place.clock, now: () => referee.now() }

  const lake = await openLake(place.lakeFolder, { mode: 'write', source: place.source, clock })
  lifetime.onClose(() => lake.close())
  await recoverSpools(lake, log)

  const hours = openHours(config.symbols, lake.layout.contracts, config.harvest)
  const { timetable } = hours
  const guard = openGuard(config.symbols, { clock, signal, options: config.breaker, random: Math.random })
  lifetime.onClose(() => guard.close())
  const standing = openStanding({
    symbols: config.symbols,
    startedAt: clock.now(),
    scheduler: () => scheduler,
    gateway: () => keeper.state(),
    timetable: () => timetable,
    breakers: guard.states,
  })
  hear = (notice) => {
    metrics.notice(notice)
    log.debug({ code: notice.code, kind: notice.kind }, notice.message)
    if (notice.kind === 'operations') standing.operation(notice.message, clock.now())
  }
  for (const notice of heard) hear(notice)
  let sessions = keeper.counters().sessions
  keeper.onChange((state) => {
    const opened = keeper.counters().sessions
    if (sessions > 0 && opened > sessions) metrics.reconnected()
    sessions = opened
    log[state.name === 'ready' ? 'info' : 'warn']({ state: state.name }, describeState(state))
  })

  const entries = await recentEntries(lake, clock.now())
  for (const report of entries) standing.entered(report)
  const kept = keptSessions({ keeper, source: lake.source, guard })
  const cycles = openCycles({ config, place, sessions: kept, lake, clock, log, signal, metrics, standing })
  const canaries = openCanaries(keeper, lake.layout.contracts)

  const scheduler = openScheduler({
    clock: place.clock,
    signal,
    timetable: () => timetable,
    lastHandled: await newestSlot(lake, entries),
    askTime: place.embedded ? null : async () => (await keeper.whenReady(signal, 15_000)).currentTime(),
    run: async (slot) => {
      const captured = await cycles.collect(slot)
      if (captured) canaries.choose(slot.date, captured.append.reports)
      for (const { message } of hours.refresh(slot.date)) standing.operation(message, clock.now())
    },
    recordMissed: (missed) => cycles.recordMissed(missed),
    onEvent: (event) => onEvent(event),
    onLag: (seconds) => {
      metrics.eventLoopLag(seconds)
      standing.eventLoopLag(seconds)
    },
  })
  function onEvent(event: SchedulerEvent): void {
    if (event.kind === 'failed')
      log.error({ err: event.error, what: event.what }, 'the scheduler met a failure')
    else log.warn(event, 'the clock or the schedule was disturbed')
    if (event.kind === 'clock_step') metrics.clockStep(event.stepMs)
    if (event.kind === 'cron_silent') metrics.cronRestarted()
    if (event.kind === 'clock_verdict') standing.clockVerdict({ verdict: event.verdict, since: clock.now() })
  }
  referee = scheduler.clock
  lifetime.onClose(() => scheduler.done)

  const upkeep = startUpkeep({ lake, clock, log, signal, afterSession: (date) => afterSession(date) })
  lifetime.onClose(() => upkeep.done)

  async function afterSession(date: SessionDate): Promise<void> {
    await observeDay(lake, date, clock.now())
    const { compacted, refused } = await compact(lake, {
      scope: { kind: 'finished', now: clock.now() },
      signal,
    })
    const { deleted } = await vacuum(lake, { retentionMs: RETENTION_MS, signal })
    log.info({ date, compacted: compacted.length, deleted: deleted.length }, 'the session is compacted')
    for (const { symbol, why } of refused) log.error({ date, symbol }, why)
  }

  const history = fillHistory()
  lifetime.onClose(() => history)
  async function fillHistory(): Promise<void> {
    try {
      const lacking = await Promise.all(config.symbols.map((symbol) => lacksHistory(lake, symbol, clock)))
      if (!lacking.includes(true)) return
      const session = await kept.ready(signal, Number.MAX_SAFE_INTEGER)
      const underlyings = await openUnderlyings(config.symbols, lake.layout.contracts).find(
        async () => session,
        signal,
      )
      const results = await backfill(session, lake, {
        underlyings,
        env: { clock, signal, days: BACKFILL_DAYS },
      })
      log.info({ results }, 'a year of daily history is stored')
    } catch (error) {
      if (!signal.aborted)
        log.error({ err: error }, 'the daily history is not stored: run optionlake backfill')
    }
  }

  const http = await openHttp({
    options: config.http,
    sources: {
      symbols: config.symbols,
      source: place.gateway,
      health: () => standing.snapshot(),
      latestChain: (symbol) => latestChain(lake, symbol),
      slots: (only) => slots(lake, only),
      metrics: async () => {
        const session = keeper.session()?.counters()
        for (const [symbol, { state }] of guard.states()) metrics.breaker(symbol, state)
        const snapshot = standing.snapshot()
        metrics.health(judge('health', snapshot), openSession(snapshot) !== null)
        metrics.spool(spoolBytes(lake))
        metrics.gateway({
          connected: snapshot.gateway.connected,
          messagesSent: session?.messagesSent ?? 0,
          peakMessagesPerSecond: session?.peakMessagesPerSecond ?? 0,
          messagesPerSecondLimit: place.limits.messagesPerSecond,
          linesInUse: session?.linesInUse ?? 0,
          linesLimit: place.limits.lines,
        })
        return { text: await metrics.text(), contentType: metrics.contentType }
      },
    },
    onError: (error) => log.error({ err: error }, 'a question over HTTP could not be answered'),
  })
  lifetime.onClose(() => http.close())

  return {
    description: `${place.gateway}; lake ${place.lakeFolder}; ${http.url}`,
    url: http.url,
    collectOnce: () => {
      const now = clock.now()
      const session = sessionContaining(now)
      const at = session && slotHolding(now, session, config.harvest)
      if (session && at !== null) return cycles.collect({ at, date: session.date })
      const next = nextSessionAfter(now)
      throw new Failure(EXIT.tryLater, `the market is closed: the next session is ${next.date}`)
    },
    health: (question = 'health') => judge(question, standing.snapshot()),
    stats: () => stats(lake),
    stop: () => lifetime.close(new Error('stopped')),
  }
}

/** The ledger of the last session that has one, looking back a month. */
async function recentEntries(lake: Lake, now: EpochMs): Promise<readonly LedgerRow[]> {
  const today = newYorkDate(now)
  for (let days = 0; days <= LOOK_BACK_DAYS; days++) {
    const entries = await slots(lake, { date: addDays(today, -days) })
    if (entries.length > 0) return entries
  }
  return []
}

/** The newest slot that the lake knows of; null where it is empty. */
async function newestSlot(lake: Lake, entries: readonly LedgerRow[]): Promise<EpochMs | null> {
  const { lastSlot } = await stats(lake)
  const times = [...entries.map(({ timestamp }) => timestamp), ...(lastSlot === null ? [] : [lastSlot])]
  return times.length === 0 ? null : epochMs(Math.max(...times))
}
