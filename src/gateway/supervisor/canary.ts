import { newYorkDate, sessionOn } from '../../market/calendar.ts'
import type { Clock } from '../../market/clock.ts'
import type { Tick } from '../../market/quote.ts'
import type { EpochMs } from '../../market/units.ts'
import { leavesStreamWithoutData, type Notice } from '../session/notices.ts'
import type { Subscribable } from '../session/requests/contracts.ts'
import type { Session, Subscription } from '../session/session.ts'

/** A contract that is streamed only to see that market data flow. */
export interface CanaryContract extends Subscribable {
  /** For a person: `SPY 20261218 680 C`. */
  readonly name: string
  /** Only the silence of an option is an outage: options are what is collected. */
  readonly role: 'option' | 'underlying'
}

export interface Canary {
  readonly contract: CanaryContract
  /** When it last sent a value; null where it never has. */
  readonly heardAt: EpochMs | null
  /** `refused`: the gateway does not serve it (expired, not subscribed); `waiting`: no data yet, or the market is closed. */
  readonly status: 'waiting' | 'heard' | 'silent' | 'refused'
  /** The last notice about its stream. */
  readonly notice: Notice | null
  /** Frees its line. A second call does nothing. */
  stop(): void
}

/** A canary as the supervisor holds it: one stream after the other, on one session after the other. */
export interface CanaryStream extends Canary {
  /** Asks for the stream, and cancels the one it has. */
  ask(session: Session): void
  /** The session is over, and the stream with it. */
  sessionEnded(): void
  /** When it last sent a value, monotonic ms; null where it has not since the gateway last refused it. */
  heardAtMs(): number | null
}

/** What the canaries together show of the market data. */
export interface CanaryReport {
  /** `quiet`: there is no canary, or none has data to send now. */
  readonly verdict: 'quiet' | 'heard' | 'silent'
  /** Names of the silent ones. */
  readonly silent: readonly string[]
  /** When one of them last sent a value, monotonic ms. */
  readonly heardAtMs: number | null
}

export function createCanaryStream(
  contract: CanaryContract,
  { clock, silenceMs, onStop }: { clock: Clock; silenceMs: number; onStop: (canary: CanaryStream) => void },
): CanaryStream {
  let heardAt: EpochMs | null = null
  let heardAtMs: number | null = null
  /** From when on silence counts, monotonic ms; null while there is no stream. */
  let listeningSinceMs: number | null = null
  let notice: Notice | null = null
  let isRefused = false
  let isStopped = false
  let subscription: Subscription | null = null
  /** Counts the requests: a stream of an earlier one is cancelled as soon as it opens. */
  let generation = 0

  function onTick(tick: Tick): void {
    if (tick.field === 'dataType' || ('value' in tick && tick.value === null)) return
    heardAt = clock.now()
    heardAtMs = clock.monotonicMs()
  }

  function onNotice(received: Notice): void {
    notice = received
    isRefused ||= leavesStreamWithoutData(received)
  }

  function isSilent(): boolean {
    if (listeningSinceMs === null || isRefused || isStopped) return false
    const openForMs = marketOpenForMs(clock.now())
    if (openForMs === null) return false
    const nowMs = clock.monotonicMs()
    const quietSinceMs = Math.max(heardAtMs ?? listeningSinceMs, nowMs - openForMs)
    return nowMs - quietSinceMs >= silenceMs
  }

  function cancel(): void {
    generation += 1
    void subscription?.cancel()
    subscription = null
  }

  const canary: CanaryStream = {
    contract,
    get heardAt() {
      return heardAt
    },
    get notice() {
      return notice
    },
    get status() {
      if (isRefused) return 'refused'
      if (isSilent()) return 'silent'
      const isRecent = heardAtMs !== null && clock.monotonicMs() - heardAtMs < silenceMs
      return isRecent && listeningSinceMs !== null ? 'heard' : 'waiting'
    },
    heardAtMs: () => heardAtMs,
    ask: (session) => {
      cancel()
      if (isStopped) return
      const asked = generation
      if (isRefused) {
        // While it was refused it could not send anything: its silence is counted from now on.
        isRefused = false
        heardAtMs = null
        listeningSinceMs = null
      }
      listeningSinceMs ??= clock.monotonicMs()
      session.subscribe(contract, { genericTicks: '', onTick, onNotice }).then(
        (stream) => {
          if (asked === generation) subscription = stream
          else void stream.cancel()
        },
        // Rejects only at the end of the session, which the supervisor sees for itself.
        () => {},
      )
    },
    sessionEnded: () => {
      cancel()
      listeningSinceMs = null
    },
    stop: () => {
      if (isStopped) return
      isStopped = true
      cancel()
      onStop(canary)
    },
  }
  return canary
}

/** Where there are options among the canaries, only they count: underlyings come from another data farm. */
export function reportCanaries(canaries: Iterable<CanaryStream>): CanaryReport {
  const served = [...canaries].filter(({ status }) => status !== 'refused')
  const options = served.filter(({ contract }) => contract.role === 'option')
  const silent = options.filter(({ status }) => status === 'silent').map(({ contract }) => contract.name)
  const heardAtMs = (options.length > 0 ? options : served).flatMap((canary) => canary.heardAtMs() ?? [])
  const isHeard = options.some(({ status }) => status === 'heard')
  return {
    verdict: silent.length > 0 ? 'silent' : isHeard ? 'heard' : 'quiet',
    silent,
    heardAtMs: heardAtMs.length > 0 ? Math.max(...heardAtMs) : null,
  }
}

/** How long today's regular trading session has been open, ms; null where it is not. */
function marketOpenForMs(at: EpochMs): number | null {
  const session = sessionOn(newYorkDate(at))
  return session && session.openAt <= at && at < session.closeAt ? at - session.openAt : null
}
