import { IN_TRANSIT_MS } from '../session/data-flow.ts'
import { type Notice, sessionEffectOf } from '../session/notices.ts'
import type { CanaryReport } from './canary.ts'
import type { SupervisorOptions } from './options.ts'
import type { SessionLoss } from './outage.ts'
import { describeSilence, type FlowReport } from './session-health.ts'

/**
 * What is known about one session, and what to do about it. Pure: every function takes the state and the time, and
 * returns the next state with the actions for the supervisor to carry out, in order. Times are monotonic ms.
 */
export interface SessionMonitor {
  /** Since when another session has held the market data; null while none does. */
  readonly competingSinceMs: number | null
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

/** The state of a session that has just opened. */
export function newMonitor(nowMs: number): SessionMonitor {
  return {
    competingSinceMs: null,
    silentSinceMs: null,
    competingRetriedAtMs: nowMs,
    refusedRetriedAtMs: nowMs,
  }
}

const REQUEST_ALL: readonly MonitorAction[] = [
  { type: 'subscribe_canaries', which: 'all' },
  { type: 'resubscribe' },
]

export function receiveNotice(notice: Notice): readonly MonitorAction[] {
  return sessionEffectOf(notice) === 'server_restored_streams_lost' ? REQUEST_ALL : []
}

/** What `checkSession` considers besides the monitor. */
export interface CheckInput {
  readonly nowMs: number
  readonly flow: FlowReport
  readonly canaries: CanaryReport
  /** How many sessions in a row were closed because of silence alone. */
  readonly silentSessions: number
}

/** Checks the data flow and everything that depends on time: regularly, and when the data flow changes. */
export function checkSession(
  before: SessionMonitor,
  input: CheckInput,
  options: SupervisorOptions,
): MonitorStep {
  const competitor = checkCompetitor(before, input, options)
  const refused = retryRefused(competitor.monitor, input, options)
  const actions = [...competitor.actions, ...refused.actions]
  const { blocked } = input.flow
  if (blocked?.reason === 'server_lost' && input.nowMs - blocked.sinceMs >= options.serverGraceMs) {
    const loss = { reason: 'server_lost', detail: blocked.message } as const
    return { monitor: refused.monitor, actions: [...actions, { type: 'end_session', loss }] }
  }
  const silence = checkSilence(refused.monitor, input, options)
  return { monitor: silence.monitor, actions: [...actions, ...silence.actions] }
}

/**
 * Streams that were open while another session held the data stay silent when it ends: all are requested again. Until
 * then canaries are, and whatever the harvest requests, because only a request shows that it has ended.
 */
function checkCompetitor(
  monitor: SessionMonitor,
  { nowMs, flow, canaries }: CheckInput,
  { competingRetryMs: retryMs }: SupervisorOptions,
): MonitorStep {
  const { competingSinceMs, competingRetriedAtMs } = monitor
  const { blocked } = flow
  // A gateway that has lost IB says nothing about the other session.
  if (blocked?.reason === 'server_lost') return { monitor, actions: [] }
  if (blocked?.reason !== 'competing_session') {
    if (competingSinceMs === null) return { monitor, actions: [] }
    const ended = { ...monitor, competingSinceMs: null }
    // A canary that has data again has already been requested again.
    const lastValueAtMs = canaries.lastValueAtMs ?? Number.NEGATIVE_INFINITY
    const hasData = lastValueAtMs > competingSinceMs + IN_TRANSIT_MS
    return { monitor: ended, actions: hasData ? [{ type: 'resubscribe' }] : REQUEST_ALL }
  }
  const competing = { ...monitor, competingSinceMs: blocked.sinceMs }
  if (nowMs - Math.max(competingRetriedAtMs, blocked.sinceMs) < retryMs) {
    return { monitor: competing, actions: [] }
  }
  return {
    monitor: { ...competing, competingRetriedAtMs: nowMs },
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
  { nowMs, flow, canaries, silentSessions }: CheckInput,
  { canarySilenceMs }: SupervisorOptions,
): MonitorStep {
  if (canaries.verdict !== 'silent' || flow.blocked) {
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
