import type { Notice } from '../gateway/session/notices.ts'
import { describeState } from '../gateway/supervisor/state.ts'
import type { SessionSupervisor } from '../gateway/supervisor/supervisor.ts'
import type { Clock } from '../market/clock.ts'
import type { Log } from '../process/log.ts'
import type { SchedulerEvent } from '../schedule/scheduler.ts'
import type { Metrics } from '../serve/metrics/metrics.ts'
import type { DaemonStatus } from './daemon-status.ts'

/** What is heard of the gateway and of the schedule goes into log, metrics and health. */
export interface EventRecorder {
  notice(notice: Notice): void
  schedule(event: SchedulerEvent): void
  /** Seconds. */
  eventLoopLag(seconds: number): void
}

export interface EventRecorderEnv {
  readonly keeper: SessionSupervisor
  readonly metrics: Metrics
  readonly standing: DaemonStatus
  readonly clock: Clock
  readonly log: Log
}

/** Begins to watch the keeper's states; what else there is to hear it is told. */
export function openEventRecorder({
  keeper,
  metrics,
  standing,
  clock,
  log,
}: EventRecorderEnv): EventRecorder {
  let sessions = keeper.counters().sessions
  keeper.onChange((state) => {
    const opened = keeper.counters().sessions
    if (sessions > 0 && opened > sessions) metrics.reconnected()
    sessions = opened
    log[state.name === 'ready' ? 'info' : 'warn']({ state: state.name }, describeState(state))
  })
  return {
    notice: (notice) => {
      metrics.notice(notice)
      log.debug({ code: notice.code, kind: notice.kind }, notice.message)
      if (notice.kind === 'operations') standing.operation(notice.message, clock.now())
    },
    schedule: (event) => {
      if (event.kind === 'failed')
        log.error({ err: event.error, what: event.what }, 'the scheduler met a failure')
      else log.warn(event, 'the clock or the schedule was disturbed')
      if (event.kind === 'clock_step') metrics.clockStep(event.stepMs)
      if (event.kind === 'cron_silent') metrics.cronRestarted()
      if (event.kind === 'clock_verdict')
        standing.clockVerdict({ verdict: event.verdict, since: clock.now() })
    },
    eventLoopLag: (seconds) => {
      metrics.eventLoopLag(seconds)
      standing.eventLoopLag(seconds)
    },
  }
}
