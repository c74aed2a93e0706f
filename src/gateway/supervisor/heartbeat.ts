import type { Clock } from '../../market/clock.ts'
import type { EpochMs } from '../../market/units.ts'
import type { Session } from '../session/session.ts'
import type { SupervisorOptions } from './options.ts'

/** One question for the time, answered. */
export interface Beat {
  readonly roundTripMs: number
  /** The gateway's clock, whole seconds, and ours when it came. */
  readonly gatewayTime: EpochMs
  readonly at: EpochMs
}

export interface HeartbeatEnv {
  readonly clock: Clock
  readonly options: Pick<SupervisorOptions, 'heartbeatIntervalMs' | 'heartbeatDeadlineMs'>
  /** Ends the watching. */
  readonly signal: AbortSignal
  onBeat(beat: Beat): void
  onMiss(): void
}

/**
 * Asks for the time again and again. Resolves with why the gateway counts as lost; never, once the signal is aborted.
 * A gateway that still sends is given a second deadline: after a burst above the rate it reads late.
 */
export function heartbeat(session: Session, env: HeartbeatEnv): Promise<string> {
  const { clock, options, signal } = env
  const { heartbeatIntervalMs, heartbeatDeadlineMs } = options

  async function isAnswered(): Promise<boolean> {
    const askedAtMs = clock.monotonicMs()
    const answer = session.currentTime().then(
      (gatewayTime) => {
        const at = clock.now()
        if (!signal.aborted) env.onBeat({ roundTripMs: clock.monotonicMs() - askedAtMs, gatewayTime, at })
        return true
      },
      // Its own time-out, or the session's end, which the keeper hears of itself.
      () => false,
    )
    return Promise.race([answer, late()])
  }

  /** In two parts: when this process stalls, an answer that has come meanwhile is read in the second one. */
  async function late(): Promise<false> {
    await clock.sleep(0.9 * heartbeatDeadlineMs, signal)
    await clock.sleep(0.1 * heartbeatDeadlineMs, signal)
    return false
  }

  async function watch(): Promise<string> {
    for (;;) {
      const startedAtMs = clock.monotonicMs()
      let heardBytes = session.counters().bytesReceived
      for (let misses = 0; !(await isAnswered()); ) {
        signal.throwIfAborted()
        misses += 1
        env.onMiss()
        const bytes = session.counters().bytesReceived
        const waitedMs = Math.round(clock.monotonicMs() - startedAtMs)
        if (bytes === heardBytes) return `the gateway has said nothing for ${waitedMs} ms`
        if (misses >= 2) return `the gateway has not answered for ${waitedMs} ms`
        heardBytes = bytes
      }
      await clock.sleep(heartbeatIntervalMs - (clock.monotonicMs() - startedAtMs), signal)
    }
  }

  return new Promise((resolve, reject) => {
    watch().then(resolve, (error: unknown) => {
      if (!signal.aborted) reject(error)
    })
  })
}
