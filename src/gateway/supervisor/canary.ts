import { marketOpenForMs } from '../../market/calendar.ts'
import type { Clock } from '../../market/clock.ts'
import type { Tick } from '../../market/quote.ts'
import type { EpochMs } from '../../market/units.ts'
import { hasValue } from '../session/data-flow.ts'
import { leavesStreamWithoutData, type Notice } from '../session/notices.ts'
import type { Subscribable } from '../session/requests/contracts.ts'
import type { Session, Subscription } from '../session/session.ts'

/** A contract streamed only to check that market data is flowing. */
export interface CanaryContract extends Subscribable {
  /** For display: `SPY 20261218 680 C`. */
  readonly name: string
  /** Only a silent option is an outage, because options are what this program collects. */
  readonly role: 'option' | 'underlying'
}

export interface Canary {
  readonly contract: CanaryContract
  /** When it last sent a value; null if never. */
  readonly lastValueAt: EpochMs | null
  /** `refused`: the gateway does not serve it (expired, not subscribed); `waiting`: no data yet, or the market is closed. */
  readonly status: 'waiting' | 'receiving' | 'silent' | 'refused'
  /** The last notice about its stream. */
  readonly notice: Notice | null
  /** Frees its line. Calling it again has no effect. */
  stop(): void
}

/** A canary as the supervisor uses it: one stream at a time, on successive sessions. */
export interface CanaryStream extends Canary {
  /** Requests the stream, after cancelling the one it has. */
  subscribe(session: Session): void
  /** The session has ended, and the stream with it. */
  sessionEnded(): void
  /** A block of the data flow has begun or ended: nothing could come meanwhile, so silence counts from now on. */
  flowChanged(): void
  /** When it last sent a value, monotonic ms; null if it has sent none since the gateway last refused it. */
  lastValueAtMs(): number | null
}

/** What all canaries together say about the market data. */
export interface CanaryReport {
  /** `quiet`: there is no canary, or none has data to send now. */
  readonly verdict: 'quiet' | 'receiving' | 'silent'
  /** Names of the silent ones. */
  readonly silent: readonly string[]
  /** When one of them last sent a value, monotonic ms. */
  readonly lastValueAtMs: number | null
}

export function createCanaryStream(
  contract: CanaryContract,
  { clock, silenceMs, onStop }: { clock: Clock; silenceMs: number; onStop: (canary: CanaryStream) => void },
): CanaryStream {
  /** Data of an underlying must not be taken for an option's. */
  const streamed: Subscribable = contract.role === 'underlying' ? { secType: 'STK', ...contract } : contract
  let lastValueAt: EpochMs | null = null
  let lastValueAtMs: number | null = null
  /**
   * Since when silence counts: the last value, the request, or the end of an outage; monotonic ms. Null while nothing
   * is expected.
   */
  let quietSinceMs: number | null = null
  /** The session that it is streamed on; null while there is none. */
  let listeningOn: Session | null = null
  let notice: Notice | null = null
  let isRefused = false
  let isStopped = false
  let subscription: Subscription | null = null
  /** Counts the requests: a stream from an earlier request is cancelled as soon as it opens. */
  let generation = 0

  function onTick(tick: Tick): void {
    if (!hasValue(tick)) return
    lastValueAt = clock.now()
    lastValueAtMs = clock.monotonicMs()
    quietSinceMs = lastValueAtMs
    // Where delayed data are allowed they follow "not subscribed".
    isRefused = false
  }

  function onNotice(received: Notice): void {
    notice = received
    isRefused ||= leavesStreamWithoutData(received)
  }

  function isSilent(): boolean {
    if (!listeningOn || quietSinceMs === null || isRefused || isStopped) return false
    if (listeningOn.dataFlow.blocked()) return false
    const openForMs = marketOpenForMs(clock.now())
    if (openForMs === null) return false
    const nowMs = clock.monotonicMs()
    // As long as any other option has data, this one is merely not traded, or halted.
    const otherDataMs = listeningOn.dataFlow.lastOptionDataMs() ?? Number.NEGATIVE_INFINITY
    return nowMs - Math.max(quietSinceMs, otherDataMs, nowMs - openForMs) >= silenceMs
  }

  function cancel(): void {
    generation += 1
    void subscription?.cancel()
    subscription = null
  }

  const canary: CanaryStream = {
    contract,
    get lastValueAt() {
      return lastValueAt
    },
    get notice() {
      return notice
    },
    get status() {
      if (isRefused) return 'refused'
      if (isSilent()) return 'silent'
      const isRecent = lastValueAtMs !== null && clock.monotonicMs() - lastValueAtMs < silenceMs
      return isRecent && listeningOn ? 'receiving' : 'waiting'
    },
    lastValueAtMs: () => lastValueAtMs,
    subscribe: (session) => {
      cancel()
      if (isStopped) return
      const requested = generation
      if (isRefused) {
        // It could not send anything while refused, so its silence counts from now on.
        isRefused = false
        lastValueAtMs = null
        quietSinceMs = null
      }
      listeningOn = session
      quietSinceMs ??= clock.monotonicMs()
      session.subscribe(streamed, { genericTicks: '', onTick, onNotice }).then(
        (stream) => {
          if (requested === generation) subscription = stream
          else void stream.cancel()
        },
        // Rejects only at the end of the session, which the supervisor detects itself.
        () => {},
      )
    },
    sessionEnded: () => {
      // Silence goes on if it was the reason for the end; after any other outage it counts from the next session on.
      if (!isSilent()) quietSinceMs = null
      cancel()
      listeningOn = null
    },
    flowChanged: () => {
      if (quietSinceMs !== null) quietSinceMs = clock.monotonicMs()
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

/** If any canary is an option, only options count: underlyings come from another data farm. */
export function reportCanaries(canaries: Iterable<CanaryStream>): CanaryReport {
  const served = [...canaries].filter(({ status }) => status !== 'refused')
  const options = served.filter(({ contract }) => contract.role === 'option')
  const silent = options.filter(({ status }) => status === 'silent').map(({ contract }) => contract.name)
  const lastValueAtMs = (options.length > 0 ? options : served).flatMap(
    (canary) => canary.lastValueAtMs() ?? [],
  )
  const isReceiving = options.some(({ status }) => status === 'receiving')
  return {
    verdict: silent.length > 0 ? 'silent' : isReceiving ? 'receiving' : 'quiet',
    silent,
    lastValueAtMs: lastValueAtMs.length > 0 ? Math.max(...lastValueAtMs) : null,
  }
}
