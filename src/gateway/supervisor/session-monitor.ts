import type { Clock } from '../../market/clock.ts'
import type { SessionEnd } from '../session/errors.ts'
import type { Notice } from '../session/notices.ts'
import type { Session } from '../session/session.ts'
import { type CanaryStream, reportOf } from './canary.ts'
import type { SupervisorOptions } from './options.ts'
import { applyNotice, HEALTHY, type SessionHealth, stateOf, withoutCompetitor } from './session-health.ts'
import type { DownReason, UntimedState } from './state.ts'

/** How often what depends on time is looked at, ms. */
const LOOK_MS = 500
/** A refused canary is asked for again at this multiple of the retry time: lines come free, a day later all is new. */
const REFUSED_FACTOR = 10
/** Longest time between two reconnects for silence alone, ms: a halted market is silent too. */
const LONGEST_SILENCE_MS = 600_000

/** Why a session is given up. */
export interface GivenUp {
  readonly reason: DownReason
  readonly detail: string
  /** The end of the connection behind it; absent where the keeper gave up a connection that still stood. */
  readonly end?: SessionEnd
}

export interface SessionMonitorEnv {
  readonly clock: Clock
  readonly options: SupervisorOptions
  readonly perches: ReadonlySet<CanaryStream>
  onStanding(standing: UntimedState): void
  /** Streams must be asked for again on this session. */
  onStreamsLost(session: Session): void
  /** A canary has begun to be silent. */
  onSilence(): void
}

/** What is known of one connection from its first notice on, and what is done about it. */
export interface SessionMonitor {
  hear(notice: Notice): void
  /** Looks after an open session. Resolves with why it should be given up; never, once the signal is aborted. */
  attend(session: Session, signal: AbortSignal): Promise<GivenUp>
}

/** `silentRounds`: how many sessions in a row were given up for silence alone. */
export function createSessionMonitor(env: SessionMonitorEnv, silentRounds: number): SessionMonitor {
  const { clock, options, perches } = env
  let condition: SessionHealth = HEALTHY
  let attended: Session | null = null
  let silentFromMs: number | null = null
  let askedForSilence = false
  let retriedAtMs = clock.monotonicMs()
  let refusedAtMs = clock.monotonicMs()

  function hear(notice: Notice): void {
    const heard = applyNotice(condition, notice, clock.monotonicMs())
    condition = heard.condition
    if (heard.streamsLost && attended) {
      askAll(attended, () => true)
      env.onStreamsLost(attended)
    }
    if (attended) tell()
  }

  function tell(): void {
    env.onStanding(stateOf(condition, reportOf(perches), clock.monotonicMs(), options))
  }

  function askAll(session: Session, wants: (perch: CanaryStream) => boolean): void {
    for (const perch of perches) if (wants(perch)) perch.ask(session)
  }

  function look(session: Session): GivenUp | null {
    const nowMs = clock.monotonicMs()
    lookForCompetitor(session, nowMs)
    if (nowMs - refusedAtMs >= REFUSED_FACTOR * options.competingRetryMs) {
      refusedAtMs = nowMs
      askAll(session, ({ status }) => status === 'refused')
    }
    const lost = condition.serverLost
    if (lost && nowMs - lost.sinceMs >= options.serverGraceMs) {
      return { reason: 'server_lost', detail: lost.message }
    }
    return lookForSilence(session, nowMs)
  }

  function lookForCompetitor(session: Session, nowMs: number): void {
    if (!condition.competing) return
    const retryMs = options.competingRetryMs
    condition = withoutCompetitor(condition, reportOf(perches), { nowMs, retryMs })
    if (!condition.competing) env.onStreamsLost(session)
    else if (nowMs - Math.max(retriedAtMs, condition.competing.lastMs) >= retryMs) {
      retriedAtMs = nowMs
      askAll(session, () => true)
    }
  }

  /** A silent canary is asked for again first; then the session is given up, more rarely each time. */
  function lookForSilence(session: Session, nowMs: number): GivenUp | null {
    const { verdict, silent } = reportOf(perches)
    if (verdict !== 'silent' || condition.serverLost || condition.competing) {
      silentFromMs = null
      askedForSilence = false
      return null
    }
    if (silentFromMs === null) {
      silentFromMs = nowMs
      env.onSilence()
    }
    if (!askedForSilence) {
      askedForSilence = true
      askAll(session, ({ status }) => status === 'silent')
    }
    const patienceMs = Math.min(options.canarySilenceMs * 2 ** silentRounds, LONGEST_SILENCE_MS)
    if (nowMs - silentFromMs < patienceMs) return null
    return {
      reason: 'option_data_silent',
      detail: `no market data in session: ${silent.join(', ')} says nothing`,
    }
  }

  return {
    hear,
    attend: async (session, signal) => {
      attended = session
      askAll(session, () => true)
      try {
        for (;;) {
          const givenUp = look(session)
          if (givenUp) return givenUp
          tell()
          await clock.sleep(LOOK_MS, signal)
        }
      } catch (error) {
        if (!signal.aborted) throw error
        return await new Promise<never>(() => {})
      } finally {
        attended = null
        for (const perch of perches) perch.forget()
      }
    },
  }
}
