import { type EpochMs, epochMs } from '../../market/units.ts'
import type { SessionEnd } from '../session/errors.ts'
import type { Notice } from '../session/notices.ts'
import type { GatewayOptions } from '../session/options.ts'
import type { CanaryReport } from './canary.ts'
import {
  type ClockComparison,
  type ClockOffsetLevel,
  compareClocks,
  offsetLevel,
  offsetOf,
} from './clock-offset.ts'
import type { HeartbeatEvent } from './heartbeat.ts'
import type { SupervisorOptions } from './options.ts'
import { downReasonOf, type SessionLoss, stateAfter } from './outage.ts'
import { afterFailedAttempt, afterSession, NO_FAILURES, type ReconnectBackoff } from './reconnect-backoff.ts'
import { type FlowReport, stateOf } from './session-health.ts'
import {
  checkSession,
  type MonitorAction,
  newMonitor,
  receiveNotice,
  type SessionMonitor,
} from './session-monitor.ts'
import { type NextState, type SupervisorState, transition } from './state.ts'

/** The supervisor's whole state. Only `reduce` changes it. */
export interface Supervision {
  /** What callers see. */
  readonly state: SupervisorState
  readonly connection: Connection
  readonly backoff: ReconnectBackoff
  /** How many sessions in a row were closed because of silence alone. */
  readonly silentSessions: number
  /** When a session was last open; null if never. */
  readonly lastOpenAt: EpochMs | null
  /** When the last attempt began, or the last session ended, monotonic ms. */
  readonly lastAttemptAtMs: number | null
  /** The gateway's words about its new port, from a session that ended with them; null once another has opened. */
  readonly portChanged: string | null
  /** Null before the first heartbeat. */
  readonly clock: ClockComparison | null
  readonly clockLevel: ClockOffsetLevel
  readonly counts: SupervisorCounts
}

type Connection =
  | { readonly name: 'none' }
  | { readonly name: 'connecting' }
  | { readonly name: 'open'; readonly monitor: SessionMonitor; readonly openedAtMs: number }

export interface SupervisorCounts {
  /** Attempts to connect, failed ones included. */
  readonly attempts: number
  /** Sessions that were opened; all but the first are reconnects. */
  readonly sessions: number
  /** The longest time from one attempt to the next while there was no session, ms. */
  readonly longestGapMs: number
  readonly heartbeats: number
  readonly heartbeatsMissed: number
  /** Round trip of the last answered heartbeat, ms; null before the first. */
  readonly roundTripMs: number | null
  /** The gateway's clock minus ours at the last heartbeat, ms; null before the first. */
  readonly clockOffsetMs: number | null
  readonly canarySilences: number
  readonly resubscribes: number
}

export type SupervisorEvent =
  | { readonly type: 'attempt_started' }
  | { readonly type: 'attempt_failed'; readonly end: SessionEnd; readonly detail: string }
  | { readonly type: 'session_opened' }
  | { readonly type: 'session_closed'; readonly loss: SessionLoss }
  | { readonly type: 'notice'; readonly notice: Notice }
  /** The time has come to check, or the data flow of the session has changed. */
  | { readonly type: 'check_due' }
  | HeartbeatEvent
  /** Our own clock was set to the gateway's time: what was dated before is wrong by this much. */
  | { readonly type: 'clock_set'; readonly byMs: number }
  | { readonly type: 'stopped' }

/** The facts at the time of an event. */
export interface Observation {
  readonly at: EpochMs
  readonly nowMs: number
  readonly canaries: CanaryReport
  /** Of the open session; without one, nothing is known against it. */
  readonly flow: FlowReport
}

export type SupervisorEffect =
  | MonitorAction
  /** Notify the listeners of the new state. */
  | { readonly type: 'publish' }
  /** The offset of the clocks has become, or is no longer, a problem. */
  | { readonly type: 'report_clock' }

export interface Step {
  readonly supervision: Supervision
  /** To be carried out in order. */
  readonly effects: readonly SupervisorEffect[]
}

export interface ReducerOptions {
  readonly gateway: Pick<GatewayOptions, 'connectBackoffMaxMs'>
  readonly supervisor: SupervisorOptions
}

export function initialSupervision(at: EpochMs): Supervision {
  return {
    state: { name: 'connecting', since: at },
    connection: { name: 'none' },
    backoff: NO_FAILURES,
    silentSessions: 0,
    lastOpenAt: null,
    lastAttemptAtMs: null,
    portChanged: null,
    clock: null,
    clockLevel: 'ok',
    counts: {
      attempts: 0,
      sessions: 0,
      longestGapMs: 0,
      heartbeats: 0,
      heartbeatsMissed: 0,
      roundTripMs: null,
      clockOffsetMs: null,
      canarySilences: 0,
      resubscribes: 0,
    },
  }
}

/** Returns the supervisor's next state and the effects to carry out. Pure. */
export function reduce(
  before: Supervision,
  event: SupervisorEvent,
  seen: Observation,
  options: ReducerOptions,
): Step {
  switch (event.type) {
    case 'attempt_started':
      return attemptStarted(before, seen)
    case 'attempt_failed': {
      const reason = downReasonOf(event.end.reason, 'attempt')
      const backoff = afterFailedAttempt(before.backoff, event.end.reason)
      const loss = { reason, detail: event.detail, end: event.end }
      return disconnected({ ...before, backoff }, loss, seen, options)
    }
    case 'session_opened':
      return sessionOpened(before, seen, options)
    case 'session_closed':
      return sessionClosed(before, event.loss, seen, options)
    case 'notice':
      return noticeReceived(before, event.notice, seen, options)
    case 'check_due':
      return checked(before, seen, options)
    case 'heartbeat_answered':
      return clocksCompared(before, event, seen)
    case 'heartbeat_missed':
      return counted(before, { heartbeatsMissed: before.counts.heartbeatsMissed + 1 })
    case 'clock_set':
      return clockSet(before, event.byMs)
    case 'stopped':
      return moved({ ...before, connection: { name: 'none' } }, { name: 'closed' }, seen)
  }
}

function attemptStarted(before: Supervision, { nowMs }: Observation): Step {
  const gapMs = nowMs - (before.lastAttemptAtMs ?? nowMs)
  const counts = {
    ...before.counts,
    attempts: before.counts.attempts + 1,
    longestGapMs: Math.max(before.counts.longestGapMs, gapMs),
  }
  const connection = { name: 'connecting' } as const
  return { supervision: { ...before, connection, counts, lastAttemptAtMs: nowMs }, effects: [] }
}

function sessionOpened(before: Supervision, seen: Observation, options: ReducerOptions): Step {
  if (before.connection.name !== 'connecting') return unchanged(before)
  const monitor = newMonitor(seen.nowMs)
  const first = checked(
    {
      ...before,
      portChanged: null,
      connection: { name: 'open', monitor, openedAtMs: seen.nowMs },
      counts: { ...before.counts, sessions: before.counts.sessions + 1 },
    },
    seen,
    options,
  )
  return {
    supervision: resubscribed(first.supervision, 1),
    effects: [{ type: 'subscribe_canaries', which: 'all' }, ...first.effects, { type: 'resubscribe' }],
  }
}

function sessionClosed(
  before: Supervision,
  loss: SessionLoss,
  seen: Observation,
  options: ReducerOptions,
): Step {
  if (before.connection.name !== 'open') return unchanged(before)
  const lastedMs = seen.nowMs - before.connection.openedAtMs
  const supervision = {
    ...before,
    backoff: afterSession(before.backoff, lastedMs, options.gateway),
    silentSessions: loss.reason === 'option_data_silent' ? before.silentSessions + 1 : 0,
    lastOpenAt: seen.at,
    lastAttemptAtMs: seen.nowMs,
  }
  return disconnected(supervision, loss, seen, options)
}

function disconnected(
  before: Supervision,
  loss: SessionLoss,
  seen: Observation,
  options: ReducerOptions,
): Step {
  const times = { at: seen.at, lastOpenAt: before.lastOpenAt }
  const portChanged = loss.reason === 'port_changed' ? loss.detail : before.portChanged
  // Nothing listens at the old port any more: that alone would not say what to do.
  const explained: SessionLoss =
    loss.reason === 'unreachable' && portChanged !== null
      ? { reason: 'port_changed', detail: `${portChanged} (${loss.detail})` }
      : loss
  const state = stateAfter(explained, times, options.supervisor)
  return moved({ ...before, portChanged, connection: { name: 'none' } }, state, seen)
}

function noticeReceived(
  before: Supervision,
  notice: Notice,
  seen: Observation,
  options: ReducerOptions,
): Step {
  return checked(before, seen, options, receiveNotice(notice))
}

function clocksCompared(
  before: Supervision,
  { roundTripMs, gatewayTime }: Extract<HeartbeatEvent, { type: 'heartbeat_answered' }>,
  seen: Observation,
): Step {
  const clock = compareClocks(before.clock, { roundTripMs, gatewayTime, nowMs: seen.nowMs, at: seen.at })
  const offset = offsetOf(clock, seen)
  const clockLevel = offsetLevel(before.clockLevel, offset)
  const counts = {
    ...before.counts,
    heartbeats: before.counts.heartbeats + 1,
    roundTripMs,
    clockOffsetMs: offset.offsetMs,
  }
  return {
    supervision: { ...before, clock, clockLevel, counts },
    effects: clockLevel === before.clockLevel ? [] : [{ type: 'report_clock' }],
  }
}

function clockSet(before: Supervision, byMs: number): Step {
  const shifted = (at: EpochMs) => epochMs(at + byMs)
  const { state, lastOpenAt, clock } = before
  return unchanged({
    ...before,
    state: { ...state, since: shifted(state.since) },
    lastOpenAt: lastOpenAt === null ? null : shifted(lastOpenAt),
    clock: clock && { ...clock, at: shifted(clock.at) },
    // The next heartbeat judges the clock as it now is.
    clockLevel: 'ok',
  })
}

/** `first`: what a notice calls for, besides the check. */
function checked(
  before: Supervision,
  seen: Observation,
  options: ReducerOptions,
  first: readonly MonitorAction[] = [],
): Step {
  const { connection, counts } = before
  // What was said before the session opened is in its data flow; no stream was open yet.
  if (connection.name !== 'open') return unchanged(before)
  const input = { ...seen, silentSessions: before.silentSessions }
  const { monitor, actions } = checkSession(connection.monitor, input, options.supervisor)
  const silenceBegan = connection.monitor.silentSinceMs === null && monitor.silentSinceMs !== null
  const after = {
    ...before,
    connection: { ...connection, monitor },
    counts: silenceBegan ? { ...counts, canarySilences: counts.canarySilences + 1 } : counts,
  }
  return assessed(after, [...first, ...actions], seen, options)
}

/**
 * Moves to the state that follows from the session's health. If the session is to be closed, its end decides instead.
 */
function assessed(
  before: Supervision,
  actions: readonly MonitorAction[],
  seen: Observation,
  options: ReducerOptions,
): Step {
  const after = resubscribed(before, actions.filter(({ type }) => type === 'resubscribe').length)
  if (actions.some(({ type }) => type === 'end_session')) return { supervision: after, effects: actions }
  const state = stateOf(seen.flow, seen, options.supervisor)
  const step = moved(after, state, seen)
  return { ...step, effects: [...actions, ...step.effects] }
}

function moved(before: Supervision, to: NextState, { at }: Observation): Step {
  const state = transition(before.state, to, at)
  return { supervision: { ...before, state }, effects: state === before.state ? [] : [{ type: 'publish' }] }
}

function counted(before: Supervision, changes: Partial<SupervisorCounts>): Step {
  return { supervision: { ...before, counts: { ...before.counts, ...changes } }, effects: [] }
}

function resubscribed(before: Supervision, times: number): Supervision {
  if (times === 0) return before
  const resubscribes = before.counts.resubscribes + times
  return { ...before, counts: { ...before.counts, resubscribes } }
}

function unchanged(supervision: Supervision): Step {
  return { supervision, effects: [] }
}
