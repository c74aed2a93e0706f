import { type Notice, sessionEffectOf } from '../session/notices.ts'
import type { CanaryReport } from './canary.ts'
import type { SupervisorOptions } from './options.ts'
import type { SessionLoss } from './outage.ts'
import {
  applyNotice,
  describeSilence,
  HEALTHY,
  isCompetitorGone,
  type SessionHealth,
} from './session-health.ts'

/**
 * What is known about one session, and what to do about it. Pure: every function takes the state and the time, and
 * returns the next state with the actions for the supervisor to carry out, in order. Times are monotonic ms.
 */
export interface SessionMonitor {
  readonly health: SessionHealth
  /** Since when option canaries have been silent; null while none is. */
  readonly silentSinceMs: number | null
  /** When streams were last requested again because of a competing session. */
  readonly competingRetriedAtMs: number
  /** When refused canaries were last requested again. */
  readonly refusedRetriedAtMs: number
}

export type MonitorAction =
  /** Request the streams of these canaries (again). */
  | { readonly type: 'subscribe_canaries'; readonly which: 'all' | 'refused' | 'silent' }
  /** All other streams must be requested again, too. */
  | { readonly type: 'resubscribe' }
  | { readonly type: 'end_session'; readonly loss: SessionLoss }

export interface MonitorStep {
  readonly monitor: SessionMonitor
  readonly actions: readonly MonitorAction[]
}

/** Refused canaries are retried this much less often: a line may become free, or a subscription may start. */
const REFUSED_RETRY_FACTOR = 10
/** Longest wait between two reconnects because of silence alone, ms: options are also silent during a trading halt. */
const MAX_SILENCE_MS = 600_000

/** The state at the start of a connection: notices may arrive before the session is open. */
export function newMonitor(nowMs: number): SessionMonitor {
  return { health: HEALTHY, silentSinceMs: null, competingRetriedAtMs: nowMs, refusedRetriedAtMs: nowMs }
}

export function receiveNotice(monitor: SessionMonitor, notice: Notice, nowMs: number): MonitorStep {
  const streamsLost = sessionEffectOf(notice) === 'server_restored_streams_lost'
  return {
    monitor: { ...monitor, health: applyNotice(monitor.health, notice, nowMs) },
    actions: streamsLost ? [{ type: 'subscribe_canaries', which: 'all' }, { type: 'resubscribe' }] : [],
  }
}

/** What `checkSession` considers besides the monitor. */
export interface CheckInput {
  readonly nowMs: number
  readonly canaries: CanaryReport
  /** How many sessions in a row were closed because of silence alone. */
  readonly silentSessions: number
}

/** The periodic check of everything that depends on time. */
export function checkSession(
  before: SessionMonitor,
  input: CheckInput,
  options: SupervisorOptions,
): MonitorStep {
  const competitor = checkCompetitor(before, input, options)
  const refused = retryRefused(competitor.monitor, input, options)
  const actions = [...competitor.actions, ...refused.actions]
  const { serverLost } = refused.monitor.health
  if (serverLost && input.nowMs - serverLost.sinceMs >= options.serverGraceMs) {
    const loss = { reason: 'server_lost', detail: serverLost.message } as const
    return { monitor: refused.monitor, actions: [...actions, { type: 'end_session', loss }] }
  }
  const silence = checkSilence(refused.monitor, input, options)
  return { monitor: silence.monitor, actions: [...actions, ...silence.actions] }
}

function checkCompetitor(
  monitor: SessionMonitor,
  { nowMs, canaries }: CheckInput,
  { competingRetryMs: retryMs }: SupervisorOptions,
): MonitorStep {
  const { competing } = monitor.health
  if (!competing) return { monitor, actions: [] }
  if (isCompetitorGone(competing, canaries, { nowMs, retryMs })) {
    const health = { ...monitor.health, competing: null }
    return { monitor: { ...monitor, health }, actions: [{ type: 'resubscribe' }] }
  }
  if (nowMs - Math.max(monitor.competingRetriedAtMs, competing.lastMs) < retryMs) {
    return { monitor, actions: [] }
  }
  return {
    monitor: { ...monitor, competingRetriedAtMs: nowMs },
    actions: [{ type: 'subscribe_canaries', which: 'all' }],
  }
}

function retryRefused(
  monitor: SessionMonitor,
  { nowMs }: CheckInput,
  { competingRetryMs }: SupervisorOptions,
): MonitorStep {
  if (nowMs - monitor.refusedRetriedAtMs < REFUSED_RETRY_FACTOR * competingRetryMs) {
    return { monitor, actions: [] }
  }
  return {
    monitor: { ...monitor, refusedRetriedAtMs: nowMs },
    actions: [{ type: 'subscribe_canaries', which: 'refused' }],
  }
}

/**
 * Requests silent canaries again once, then closes the session. Each time that does not help, the next wait is
 * longer.
 */
function checkSilence(
  monitor: SessionMonitor,
  { nowMs, canaries, silentSessions }: CheckInput,
  { canarySilenceMs }: SupervisorOptions,
): MonitorStep {
  const { serverLost, competing } = monitor.health
  if (canaries.verdict !== 'silent' || serverLost || competing) {
    return {
      monitor: monitor.silentSinceMs === null ? monitor : { ...monitor, silentSinceMs: null },
      actions: [],
    }
  }
  const hasBegun = monitor.silentSinceMs === null
  const silentSinceMs = monitor.silentSinceMs ?? nowMs
  const actions: MonitorAction[] = hasBegun ? [{ type: 'subscribe_canaries', which: 'silent' }] : []
  const limitMs = Math.min(canarySilenceMs * 2 ** silentSessions, MAX_SILENCE_MS)
  if (nowMs - silentSinceMs >= limitMs) {
    const loss = { reason: 'option_data_silent', detail: describeSilence(canaries) } as const
    actions.push({ type: 'end_session', loss })
  }
  return { monitor: { ...monitor, silentSinceMs }, actions }
}
