import { newYorkDate, sessionOn } from '../../market/calendar.ts'
import type { Clock } from '../../market/clock.ts'
import type { Tick } from '../../market/quote.ts'
import type { EpochMs } from '../../market/units.ts'
import type { Notice } from '../session/notices.ts'
import type { Subscribable } from '../session/requests/contracts.ts'
import type { Session, Subscription } from '../session/session.ts'
import type { CanaryReport } from './session-health.ts'

/** What is streamed only in order to hear that market data flow. */
export interface Watched extends Subscribable {
  /** For a person: `SPY 20261218 680 C`. */
  readonly name: string
  /** Only an option's silence is an outage: those are the data that are collected. */
  readonly role: 'option' | 'underlying'
}

export interface Canary {
  readonly watched: Watched
  /** When it last said a value; null where it never has. */
  readonly heardAt: EpochMs | null
  /** `refused`: the gateway does not serve it (expired, not subscribed); `waiting`: not heard yet, or out of session. */
  readonly status: 'waiting' | 'heard' | 'silent' | 'refused'
  /** The last notice about its stream. */
  readonly notice: Notice | null
  /** Frees its line. Twice is once. */
  stop(): void
}

/** One canary as the keeper holds it. */
export interface CanaryStream extends Canary {
  /** Asks for the stream, giving up the one it has. */
  ask(session: Session): void
  /** The session is over, and the stream with it. */
  forget(): void
  /** Monotonic ms; null where it has not been heard since it was asked for. */
  heardAtMs(): number | null
}

export interface CanaryStreamEnv {
  readonly clock: Clock
  readonly silenceMs: number
  onStop(perch: CanaryStream): void
}

/** Not subscribed, and no data instead. */
const WITHOUT_DATA = new Set([354, 10_089, 10_168])

export function createCanaryStream(
  watched: Watched,
  { clock, silenceMs, onStop }: CanaryStreamEnv,
): CanaryStream {
  let heardAt: EpochMs | null = null
  let heardAtMs: number | null = null
  /** Since when silence counts; null while there is no stream. */
  let listeningFromMs: number | null = null
  let notice: Notice | null = null
  let isRefused = false
  let isStopped = false
  let subscription: Subscription | null = null
  let turns = 0

  function onTick(tick: Tick): void {
    if (tick.field === 'dataType' || ('value' in tick && tick.value === null)) return
    heardAt = clock.now()
    heardAtMs = clock.monotonicMs()
  }

  function isSilent(): boolean {
    if (listeningFromMs === null || isRefused || isStopped) return false
    const openForMs = sinceOpenMs(clock.now())
    if (openForMs === null) return false
    const nowMs = clock.monotonicMs()
    const lastMs = Math.max(heardAtMs ?? listeningFromMs, nowMs - openForMs)
    return nowMs - lastMs >= silenceMs
  }

  function onNotice(heard: Notice): void {
    notice = heard
    isRefused ||= heard.kind === 'contract' || heard.kind === 'lines' || WITHOUT_DATA.has(heard.code)
  }

  /** A stream that is still being asked for is cancelled when it comes. */
  function giveUp(): void {
    turns += 1
    void subscription?.cancel()
    subscription = null
  }

  const perch: CanaryStream = {
    watched,
    get heardAt() {
      return heardAt
    },
    get notice() {
      return notice
    },
    get status() {
      if (isRefused) return 'refused'
      if (isSilent()) return 'silent'
      const nowMs = clock.monotonicMs()
      return heardAtMs !== null && listeningFromMs !== null && nowMs - heardAtMs < silenceMs
        ? 'heard'
        : 'waiting'
    },
    heardAtMs: () => heardAtMs,
    ask: (session) => {
      giveUp()
      if (isStopped) return
      const turn = turns
      isRefused = false
      listeningFromMs ??= clock.monotonicMs()
      session.subscribe(watched, { genericTicks: '', onTick, onNotice }).then(
        (stream) => {
          if (turn === turns) subscription = stream
          else void stream.cancel()
        },
        // Only the session's end comes here, and the keeper hears of that itself.
        () => {},
      )
    },
    forget: () => {
      giveUp()
      listeningFromMs = null
    },
    stop: () => {
      if (isStopped) return
      isStopped = true
      giveUp()
      onStop(perch)
    },
  }
  return perch
}

/** What all canaries together say. Where options are among them, they alone: underlyings come from another farm. */
export function reportOf(perches: Iterable<CanaryStream>): CanaryReport {
  const served = [...perches].filter(({ status }) => status !== 'refused')
  const options = served.filter(({ watched }) => watched.role === 'option')
  const silent = options.filter(({ status }) => status === 'silent').map(({ watched }) => watched.name)
  const heard = (options.length > 0 ? options : served).flatMap((perch) => perch.heardAtMs() ?? [])
  const isHeard = options.some(({ status }) => status === 'heard')
  return {
    verdict: silent.length > 0 ? 'silent' : isHeard ? 'heard' : 'quiet',
    silent,
    heardAtMs: heard.length > 0 ? Math.max(...heard) : null,
  }
}

/** How long the underlyings have traded today, ms; null where they do not. */
function sinceOpenMs(at: EpochMs): number | null {
  const session = sessionOn(newYorkDate(at))
  return session && session.openAt <= at && at < session.closeAt ? at - session.openAt : null
}
