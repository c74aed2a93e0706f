import type { MarketData } from '../analytics/stored/reader.ts'
import type { Captured } from '../capture/capture.ts'
import type { CaptureStage } from '../capture/options.ts'
import { adviceOn, type Notice } from '../gateway/session/notices.ts'
import { describeOffset } from '../gateway/supervisor/clock-offset.ts'
import { describeState } from '../gateway/supervisor/state.ts'
import type { SessionSupervisor } from '../gateway/supervisor/supervisor.ts'
import type { LakeStats } from '../lake/query/stats.ts'
import type { StoredSlot } from '../lake/write/append.ts'
import type { Slot } from '../market/slot.ts'
import type { EpochMs } from '../market/units.ts'
import type { Log } from '../process/log.ts'
import type { ClockVerdict } from '../schedule/clock-discipline.ts'
import type { SchedulerEvent } from '../schedule/scheduler.ts'
import type { EventFeed } from '../serve/events/event-feed.ts'
import type { PageEvents } from '../serve/events/page-events.ts'
import type { Metrics } from '../serve/metrics/metrics.ts'
import type { LedgerRow } from '../snapshot/ledger.ts'
import type { DaemonStatus } from './daemon-status.ts'
import { createNoticeThrottle, isNotable } from './notable-notices.ts'
import { describeSlot } from './slot-line.ts'

/** Receives events from all parts of the daemon and passes them to the log, the metrics and the status. */
export interface EventRecorder {
  notice(notice: Notice, at: EpochMs): void
  /** Records every change of the gateway's state from now on. */
  watch(supervisor: SessionSupervisor): void
  clockStep(stepMs: number): void
  clockVerdict(verdict: ClockVerdict, at: EpochMs): void
  schedule(event: SchedulerEvent): void
  eventLoopLag(seconds: number): void
  /** A stage of a cycle has ended. */
  stage(stage: CaptureStage, seconds: number): void
  cycle(seconds: number): void
  /** The requests of a cycle have ended. */
  harvested(slot: Pick<Slot, 'at'>, harvest: Pick<Captured, 'estimate' | 'harvestSeconds'>): void
  /** A slot has been stored. Does not throw. */
  stored(report: StoredSlot): void
  /** Ledger entries that are not part of a stored slot. */
  reported(reports: readonly LedgerRow[]): void
  /** What the running cycle does. */
  progress(event: PageEvents['cycle']): void
  /** The figures of a slot are stored. */
  figured(slot: EpochMs, figures: readonly FiguresOfSlot[]): void
  /** The surfaces of a slot are stored. */
  fitted(slot: EpochMs, symbols: readonly string[]): void
  /** Stored slots may have changed, by other work than that of cycles. */
  lakeChanged(version: number): void
  lakeSize(stats: LakeStats): void
  /** Null: the lake can be written again. */
  lakeFault(message: string | null, at: EpochMs): void
}

/** What the recorder needs of a symbol's figures. */
export interface FiguresOfSlot extends Pick<MarketData, 'symbol' | 'contracts'> {
  readonly figures: Pick<MarketData['figures'], 'iv30'>
}

/** A slot of as many symbols as a gateway can serve. */
const MAX_SLOT_EVENTS = 50

export function createEventRecorder({
  log,
  metrics,
  status,
  events,
}: {
  readonly log: Log
  readonly metrics: Metrics
  readonly status: DaemonStatus
  readonly events: EventFeed
}): EventRecorder {
  const throttle = createNoticeThrottle()

  function reported(reports: readonly LedgerRow[]): void {
    for (const report of reports) {
      metrics.slot(report)
      status.slotReported(report)
    }
    // Of a morning that nobody attended the pages learn the newest, and read the rest.
    for (const { symbol, timestamp, outcome } of reports.slice(-MAX_SLOT_EVENTS)) {
      events.publish({ name: 'slot', data: { symbol, slot: isoOf(timestamp), outcome } })
    }
  }

  function stored(name: 'figures' | 'surface', at: EpochMs, symbols: readonly string[]): void {
    for (const symbol of symbols) events.publish({ name, data: { symbol, slot: isoOf(at) } })
  }

  return {
    notice: (notice, at) => {
      const { code, kind, message } = notice
      metrics.notice(notice)
      const logged = isNotable(notice) ? throttle(code, at) : null
      const advice = adviceOn(notice)
      if (isNotable(notice)) status.notice(notice, advice, at)
      if (logged)
        log.warn({ code, kind, ...(advice && { advice }), ...logged }, `the gateway said: ${message}`)
      else log.debug({ code, kind }, message)
      if (notice.kind === 'operations') status.operation(notice.message, at)
    },
    watch: (supervisor) => {
      let { sessions } = supervisor.counters()
      supervisor.onChange((state) => {
        const opened = supervisor.counters().sessions
        if (sessions > 0 && opened > sessions) metrics.reconnected()
        sessions = opened
        const isExpected = state.name === 'ready' || state.name === 'closed'
        log[isExpected ? 'info' : 'warn']({ state: state.name }, describeState(state))
      })
      supervisor.onClockOffset((offset, level) => {
        const { offsetMs, uncertaintyMs } = offset
        log[level === 'ok' ? 'info' : 'warn']({ offsetMs, uncertaintyMs }, describeOffset(offset))
      })
    },
    clockStep: (stepMs) => {
      log.warn({ stepMs }, 'the wall clock was set')
      metrics.clockStep(stepMs)
    },
    clockVerdict: (verdict, since) => {
      log.warn({ verdict }, 'the wall clock was set: decided which time to use')
      status.clockVerdict({ verdict, since })
    },
    schedule: (event) => {
      if (event.kind === 'failed') log.error({ err: event.error, what: event.what }, 'the scheduler failed')
      else {
        log.warn(event, 'cron had stopped and was started again')
        metrics.cronRestarted()
      }
    },
    eventLoopLag: (seconds) => {
      metrics.eventLoopLag(seconds)
      status.eventLoopLag(seconds)
    },
    stage: (stage, seconds) => metrics.stage(stage, seconds),
    cycle: (seconds) => metrics.cycle(seconds),
    harvested: ({ at }, { estimate, harvestSeconds }) => {
      if (estimate === null) return
      const { contracts, seconds } = estimate
      metrics.harvest({ estimated: seconds, taken: harvestSeconds })
      const facts = { slot: at, contracts, estimatedSeconds: seconds, harvestSeconds }
      log.debug(facts, `the harvest took ${harvestSeconds.toFixed(1)} s of ${seconds.toFixed(1)} s estimated`)
    },
    stored: ({ commitMs, reports }) => {
      metrics.commit(commitMs / 1_000)
      reported(reports)
      const { isWhole, text, facts } = describeSlot(reports)
      if (reports.length > 0) log[isWhole ? 'info' : 'warn'](facts, text)
    },
    reported,
    progress: (data) => events.publish({ name: 'cycle', data }),
    figured: (slot, all) => {
      for (const { symbol, contracts, figures } of all) {
        // A future without options has no implied volatility to miss.
        if (contracts > 0) metrics.figures(symbol, { iv30Fraction: figures.iv30.value })
      }
      stored(
        'figures',
        slot,
        all.map(({ symbol }) => symbol),
      )
    },
    fitted: (slot, symbols) => stored('surface', slot, symbols),
    lakeChanged: (version) => events.publish({ name: 'lake', data: { version } }),
    lakeSize: ({ bytes, files, rows }) => metrics.lake({ bytes, files, rows }),
    lakeFault: (message, at) => status.lakeFault(message, at),
  }
}

function isoOf(at: number): string {
  return new Date(at).toISOString()
}
