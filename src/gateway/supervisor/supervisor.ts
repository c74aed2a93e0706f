import type { Clock } from '../../market/clock.ts'
import type { EpochMs } from '../../market/units.ts'
import { abortable } from '../../process/abortable.ts'
import { deferred } from '../deferred.ts'
import { NoSession, type SessionEnd } from '../session/errors.ts'
import { createNoticeCounts } from '../session/notice-counts.ts'
import type { Notice } from '../session/notices.ts'
import type { GatewayOptions } from '../session/options.ts'
import { openSession, type Session } from '../session/session.ts'
import { type Canary, type CanaryStream, createCanaryStream, type Watched } from './canary.ts'
import { type Beat, heartbeat } from './heartbeat.ts'
import type { SupervisorOptions } from './options.ts'
import { downReasonOf, stateAfter } from './outage.ts'
import { createReconnectBackoff } from './reconnect-backoff.ts'
import { createSessionMonitor, type GivenUp } from './session-monitor.ts'
import { mayCollect, NotReady, type SupervisorState, transition, type UntimedState } from './state.ts'

/** Keeps one session open for ever, and says at any time how the gateway stands. */
export interface SessionSupervisor {
  state(): SupervisorState
  /** The open session, whatever its state; null while there is none. */
  session(): Session | null
  /**
   * The session, as soon as chains can be collected on it. Rejects with NotReady after so long, or when the keeper
   * closes; with the signal's reason when that is aborted.
   */
  whenReady(signal: AbortSignal, timeoutMs: number): Promise<Session>
  /** Streams a contract on every session, to hear that market data flow. */
  watch(watched: Watched): Canary
  /** Called at every change of state; returns what ends that. Must not throw. */
  onChange(listener: (state: SupervisorState) => void): () => void
  /**
   * Called when streams have to be asked for (again): on each new session, after 1101, after a competing session.
   * Those that were open are silent for good; on the same session they are to be cancelled, to free their lines.
   */
  onResubscribe(listener: (session: Session) => void): () => void
  counters(): SupervisorCounters
  /** Ends the session and the keeping. Twice is once. */
  close(): Promise<void>
}

export interface SupervisorCounters {
  /** Attempts to connect, failed ones included. */
  readonly attempts: number
  /** Sessions that were opened; all but the first are reconnects. */
  readonly sessions: number
  /** The longest time from one attempt to the next while there was no session, ms. */
  readonly longestGapMs: number
  readonly heartbeats: number
  readonly heartbeatsMissed: number
  /** Of the last answered heartbeat, ms; null before the first. */
  readonly roundTripMs: number | null
  /** The gateway's clock less ours, ms, to a second; null before the first heartbeat. */
  readonly clockOffsetMs: number | null
  readonly canarySilences: number
  readonly resubscribes: number
  /** Notices of all sessions by code; codes beyond the first 200 are under −1. */
  readonly notices: Readonly<Record<number, number>>
}

export interface SupervisorEnv {
  readonly clock: Clock
  readonly options: SupervisorOptions
  /** From 0 to 1, 1 excluded; spreads the attempts. */
  readonly random?: () => number
  /** Every notice of every session, in order. Must not throw. */
  readonly onNotice?: (notice: Notice) => void
}

/** Begins at once, and never gives up: a gateway that is away is a state, not a failure. */
export function openSupervisor(gateway: GatewayOptions, env: SupervisorEnv): SessionSupervisor {
  const { clock, options } = env
  const random = env.random ?? Math.random
  const stop = new AbortController()
  const perches = new Set<CanaryStream>()
  const changeListeners = new Set<(state: SupervisorState) => void>()
  const resubscribeListeners = new Set<(session: Session) => void>()
  const notices = createNoticeCounts()
  const pause = createReconnectBackoff(gateway, options)
  const counts = {
    attempts: 0,
    sessions: 0,
    longestGapMs: 0,
    heartbeats: 0,
    heartbeatsMissed: 0,
    roundTripMs: null as number | null,
    clockOffsetMs: null as number | null,
    canarySilences: 0,
    resubscribes: 0,
  }
  let state: SupervisorState = { name: 'connecting', since: clock.now() }
  let session: Session | null = null
  let lastOpenAt: EpochMs | null = null
  let lastAttemptAtMs: number | null = null
  let silentRounds = 0

  function move(to: UntimedState): void {
    const next = transition(state, to, clock.now())
    if (next === state) return
    state = next
    for (const listener of [...changeListeners]) listener(next)
  }

  function resubscribe(on: Session): void {
    counts.resubscribes += 1
    for (const listener of [...resubscribeListeners]) listener(on)
  }

  function attendance() {
    const onStanding = (standing: UntimedState) => {
      if (session) move(standing)
    }
    const onSilence = () => {
      counts.canarySilences += 1
    }
    return createSessionMonitor(
      { clock, options, perches, onStanding, onSilence, onStreamsLost: resubscribe },
      silentRounds,
    )
  }

  /** One attempt: the session's end, or why there was none. */
  async function attempt(): Promise<GivenUp> {
    const nowMs = clock.monotonicMs()
    counts.attempts += 1
    counts.longestGapMs = Math.max(counts.longestGapMs, nowMs - (lastAttemptAtMs ?? nowMs))
    lastAttemptAtMs = nowMs
    const attended = attendance()
    const onNotice = (notice: Notice) => {
      notices.count(notice)
      env.onNotice?.(notice)
      attended.hear(notice)
    }
    let opened: Session
    try {
      opened = await openSession(
        { ...gateway, connectAttempts: 1 },
        { clock, random, signal: stop.signal, onNotice },
      )
    } catch (error) {
      stop.signal.throwIfAborted()
      const end: SessionEnd =
        error instanceof NoSession ? error.end : { reason: 'defect', message: String(error), cause: error }
      pause.failed(end.reason)
      return { reason: downReasonOf(end.reason, 'attempt'), detail: (error as Error).message, end }
    }
    counts.sessions += 1
    const openedAtMs = clock.monotonicMs()
    const over = await keep(opened, attended)
    pause.sessionEnded(clock.monotonicMs() - openedAtMs)
    silentRounds = over.reason === 'option_data_silent' ? silentRounds + 1 : 0
    lastAttemptAtMs = clock.monotonicMs()
    return over
  }

  async function keep(opened: Session, attended: ReturnType<typeof attendance>): Promise<GivenUp> {
    const watching = new AbortController()
    const { signal } = watching
    session = opened
    try {
      const givenUp = attended.attend(opened, signal)
      resubscribe(opened)
      const onMiss = () => {
        counts.heartbeatsMissed += 1
      }
      return await Promise.race([
        opened.ended.then((end) => ({
          reason: downReasonOf(end.reason, 'session'),
          detail: end.message,
          end,
        })),
        heartbeat(opened, { clock, options, signal, onBeat, onMiss }).then(
          (detail): GivenUp => ({ reason: 'heartbeat_missed', detail }),
        ),
        givenUp,
      ])
    } finally {
      session = null
      lastOpenAt = clock.now()
      watching.abort()
      await opened.close()
    }
  }

  function onBeat({ roundTripMs, gatewayTime, at }: Beat): void {
    counts.heartbeats += 1
    counts.roundTripMs = roundTripMs
    counts.clockOffsetMs = gatewayTime - at
  }

  async function run(): Promise<void> {
    try {
      while (!stop.signal.aborted) {
        const startedAtMs = clock.monotonicMs()
        const over = await attempt()
        if (stop.signal.aborted) break
        move(stateAfter(over, { at: clock.now(), lastOpenAt }, options))
        // The time of the attempt counts: an attempt that timed out has waited already.
        await clock.sleep(pause.nextMs(random) - (clock.monotonicMs() - startedAtMs), stop.signal)
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error
    } finally {
      move({ name: 'closed' })
    }
  }

  async function whenReady(signal: AbortSignal, timeoutMs: number): Promise<Session> {
    signal.throwIfAborted()
    if (session && mayCollect(state)) return session
    if (state.name === 'closed') throw new NotReady(state)
    const waited = abortable(signal)
    const settled = deferred<Session>()
    const stopListening = onChange((next) => {
      if (session && mayCollect(next)) settled.resolve(session)
      if (next.name === 'closed') settled.reject(new NotReady(next))
    })
    const late = clock.sleep(timeoutMs, waited.signal).then(() => {
      throw new NotReady(state)
    })
    try {
      return await Promise.race([settled.promise, late])
    } finally {
      waited.abort(new Error('waited for'))
      stopListening()
    }
  }

  function onChange(listener: (state: SupervisorState) => void): () => void {
    changeListeners.add(listener)
    return () => void changeListeners.delete(listener)
  }

  const running = run()
  return {
    state: () => state,
    session: () => session,
    whenReady,
    watch: (watched) => {
      const onStop = (gone: CanaryStream) => void perches.delete(gone)
      const perch = createCanaryStream(watched, { clock, silenceMs: options.canarySilenceMs, onStop })
      perches.add(perch)
      if (session) perch.ask(session)
      return perch
    },
    onChange,
    onResubscribe: (listener) => {
      resubscribeListeners.add(listener)
      return () => void resubscribeListeners.delete(listener)
    },
    counters: () => ({ ...counts, notices: notices.byCode() }),
    close: () => {
      stop.abort(new Error('closed'))
      return running
    },
  }
}
