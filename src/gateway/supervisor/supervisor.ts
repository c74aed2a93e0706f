import type { Clock } from '../../market/clock.ts'
import { abortable } from '../../process/abortable.ts'
import { deferred } from '../deferred.ts'
import { NoSession, type SessionEnd } from '../session/errors.ts'
import { createNoticeCounts } from '../session/notice-counts.ts'
import type { Notice } from '../session/notices.ts'
import type { GatewayOptions } from '../session/options.ts'
import { openSession, type Session } from '../session/session.ts'
import {
  type Canary,
  type CanaryContract,
  type CanaryStream,
  createCanaryStream,
  reportCanaries,
} from './canary.ts'
import { type ClockOffset, type ClockOffsetLevel, offsetOf } from './clock-offset.ts'
import { heartbeat } from './heartbeat.ts'
import type { SupervisorOptions } from './options.ts'
import { downReasonOf, type SessionLoss } from './outage.ts'
import { reconnectDelayMs } from './reconnect-backoff.ts'
import {
  initialSupervision,
  reduce,
  type SupervisorCounts,
  type SupervisorEffect,
  type SupervisorEvent,
} from './reducer.ts'
import { FLOWS, reportFlow } from './session-health.ts'
import { mayCollect, NotReady, type SupervisorState } from './state.ts'

/** Keeps one session with the gateway open, reconnects indefinitely, and always reports a state. */
export interface SessionSupervisor {
  state(): SupervisorState
  /** The open session, whatever its state; null while there is none. */
  session(): Session | null
  /**
   * Resolves with the session once chains can be collected on it. Rejects with NotReady after the timeout or when the
   * supervisor closes, and with the signal's reason when the signal is aborted.
   */
  whenReady(signal: AbortSignal, timeoutMs: number): Promise<Session>
  /** Streams a contract on every session, to check that market data is flowing. */
  watch(contract: CanaryContract): Canary
  /** Calls the listener, which must not throw, at every change of state; returns a function that removes it. */
  onChange(listener: (state: SupervisorState) => void): () => void
  /**
   * Calls the listener when streams must be requested (again): on each new session, after 1101, after a competing
   * session. Streams that were open before send nothing more; on the same session, cancel them to free their lines.
   */
  onResubscribe(listener: (session: Session) => void): () => void
  counters(): SupervisorCounters
  /** How far the gateway's clock is from this one; by default, from the supervisor's. Null before the first answer. */
  clockOffset(of?: Pick<Clock, 'now'>): ClockOffset | null
  /**
   * Calls the listener when the offset from the supervisor's clock begins or ceases to be a problem, and at once if it
   * is one; returns a function that removes it.
   */
  onClockOffset(listener: (offset: ClockOffset, level: ClockOffsetLevel) => void): () => void
  /** The supervisor's clock was set by this much, ms: times that it has told before are corrected. */
  clockWasSet(byMs: number): void
  /** Closes the session and stops. Calling it again has no effect. */
  close(): Promise<void>
}

interface SupervisorCounters extends SupervisorCounts {
  /** Notices of all sessions by code; codes beyond the first 200 are counted under −1. */
  readonly notices: Readonly<Record<number, number>>
}

/** How often everything that depends on time is checked. */
const CHECK_INTERVAL_MS = 500

/**
 * Starts at once and never gives up: a gateway that cannot be reached is a state, not a failure. The decisions are
 * made by `reduce`; this function feeds it events and carries out their effects. `random` returns a value in [0, 1).
 * `onNotice` gets every notice of every session, in order, and must not throw.
 */
export function openSupervisor(
  gateway: GatewayOptions,
  {
    clock,
    options,
    random = Math.random,
    onNotice,
  }: {
    clock: Clock
    options: SupervisorOptions
    random?: () => number
    onNotice?: (notice: Notice) => void
  },
): SessionSupervisor {
  const stop = new AbortController()
  const canaries = new Set<CanaryStream>()
  const changeListeners = new Set<(state: SupervisorState) => void>()
  const resubscribeListeners = new Set<(session: Session) => void>()
  const clockListeners = new Set<(offset: ClockOffset, level: ClockOffsetLevel) => void>()
  const notices = createNoticeCounts()
  let supervision = initialSupervision(clock.now())
  let published = supervision.state
  let open: { readonly session: Session; endSession(loss: SessionLoss): void } | null = null

  function dispatch(event: SupervisorEvent): void {
    const seen = {
      at: clock.now(),
      nowMs: clock.monotonicMs(),
      canaries: reportCanaries(canaries),
      flow: open ? reportFlow(open.session.dataFlow) : FLOWS,
    }
    const step = reduce(supervision, event, seen, { gateway, supervisor: options })
    supervision = step.supervision
    for (const effect of step.effects) execute(effect)
  }

  function execute(effect: SupervisorEffect): void {
    if (effect.type === 'publish') publish()
    else if (effect.type === 'report_clock') reportClock()
    else if (!open) return
    else if (effect.type === 'end_session') open.endSession(effect.loss)
    else if (effect.type === 'subscribe_canaries') {
      for (const canary of canaries) {
        if (effect.which === 'all' || canary.status === effect.which) canary.subscribe(open.session)
      }
    } else for (const listener of [...resubscribeListeners]) listener(open.session)
  }

  /** An effect may cause a further event in the same turn: listeners then get the newest state, once. */
  function publish(): void {
    const { state } = supervision
    if (state === published) return
    published = state
    for (const listener of [...changeListeners]) listener(state)
  }

  function clockOffset(of: Pick<Clock, 'now'> = clock): ClockOffset | null {
    const seen = { at: of.now(), nowMs: clock.monotonicMs() }
    return supervision.clock && offsetOf(supervision.clock, seen)
  }

  function reportClock(): void {
    const offset = clockOffset()
    if (offset) for (const listener of [...clockListeners]) listener(offset, supervision.clockLevel)
  }

  /** One attempt to connect and, if it succeeds, the session until its end. */
  async function attempt(): Promise<void> {
    dispatch({ type: 'attempt_started' })
    let session: Session
    try {
      session = await openSession(
        { ...gateway, connectAttempts: 1 },
        {
          clock,
          random,
          signal: stop.signal,
          onNotice: (notice) => {
            notices.count(notice)
            onNotice?.(notice)
            dispatch({ type: 'notice', notice })
          },
        },
      )
    } catch (error) {
      stop.signal.throwIfAborted()
      const end: SessionEnd =
        error instanceof NoSession ? error.end : { reason: 'defect', message: String(error), cause: error }
      dispatch({ type: 'attempt_failed', end, detail: (error as Error).message })
      return
    }
    const loss = await supervise(session)
    stop.signal.throwIfAborted()
    dispatch({ type: 'session_closed', loss })
  }

  async function supervise(session: Session): Promise<SessionLoss> {
    const watching = new AbortController()
    const { signal } = watching
    const ending = deferred<SessionLoss>()
    open = { session, endSession: ending.resolve }
    const removeListener = session.dataFlow.onChange(() => {
      for (const canary of canaries) canary.flowChanged()
      dispatch({ type: 'check_due' })
    })
    try {
      dispatch({ type: 'session_opened' })
      return await Promise.race([
        session.ended.then((end) => ({
          reason: downReasonOf(end.reason, 'session'),
          detail: end.message,
          end,
        })),
        heartbeat(session, { clock, options, signal, report: dispatch }).then(
          (detail): SessionLoss => ({ reason: 'heartbeat_missed', detail }),
        ),
        ending.promise,
        checkRegularly(signal),
      ])
    } finally {
      open = null
      removeListener()
      watching.abort()
      await session.close()
      for (const canary of canaries) canary.sessionEnded()
    }
  }

  /** Never resolves; rejects only with a defect. */
  async function checkRegularly(signal: AbortSignal): Promise<never> {
    try {
      for (;;) {
        await clock.sleep(CHECK_INTERVAL_MS, signal)
        dispatch({ type: 'check_due' })
      }
    } catch (error) {
      if (!signal.aborted) throw error
      return await new Promise<never>(() => {})
    }
  }

  async function run(): Promise<void> {
    try {
      while (!stop.signal.aborted) {
        const startedAtMs = clock.monotonicMs()
        await attempt()
        const { refusedRetryMs } = options
        const delayMs = reconnectDelayMs(supervision.backoff, { gateway, refusedRetryMs, random: random() })
        // The attempt's own duration counts: an attempt that timed out has already waited.
        await clock.sleep(delayMs - (clock.monotonicMs() - startedAtMs), stop.signal)
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error
    } finally {
      dispatch({ type: 'stopped' })
    }
  }

  async function whenReady(signal: AbortSignal, timeoutMs: number): Promise<Session> {
    signal.throwIfAborted()
    const { state } = supervision
    if (open && mayCollect(state)) return open.session
    if (state.name === 'closed') throw new NotReady(state)
    const waiting = abortable(signal)
    const settled = deferred<Session>()
    const removeListener = listen(changeListeners, (next) => {
      if (open && mayCollect(next)) settled.resolve(open.session)
      if (next.name === 'closed') settled.reject(new NotReady(next))
    })
    const timedOut = clock.sleep(timeoutMs, waiting.signal).then(() => {
      throw new NotReady(supervision.state)
    })
    try {
      return await Promise.race([settled.promise, timedOut])
    } finally {
      waiting.abort(new Error('no longer waiting'))
      removeListener()
    }
  }

  const running = run()
  return {
    state: () => supervision.state,
    session: () => open?.session ?? null,
    whenReady,
    watch: (contract) => {
      const onStop = (stopped: CanaryStream) => void canaries.delete(stopped)
      const canary = createCanaryStream(contract, { clock, silenceMs: options.canarySilenceMs, onStop })
      canaries.add(canary)
      if (open) canary.subscribe(open.session)
      return canary
    },
    onChange: (listener) => listen(changeListeners, listener),
    onResubscribe: (listener) => listen(resubscribeListeners, listener),
    counters: () => ({ ...supervision.counts, notices: notices.byCode() }),
    clockOffset,
    onClockOffset: (listener) => {
      const offset = clockOffset()
      if (offset && supervision.clockLevel !== 'ok') listener(offset, supervision.clockLevel)
      return listen(clockListeners, listener)
    },
    clockWasSet: (byMs) => dispatch({ type: 'clock_set', byMs }),
    close: () => {
      stop.abort(new Error('closed'))
      return running
    },
  }
}

function listen<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
