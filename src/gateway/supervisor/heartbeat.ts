import type { Clock } from '../../market/clock.ts'
import type { EpochMs } from '../../market/units.ts'
import type { Session } from '../session/session.ts'
import type { SupervisorOptions } from './options.ts'

export type HeartbeatEvent =
  /** The gateway has answered. `gatewayTime` is in whole seconds. */
  | {
      readonly type: 'heartbeat_answered'
      readonly roundTripMs: number
      readonly gatewayTime: EpochMs
    }
  | { readonly type: 'heartbeat_missed' }

/**
 * Asks for the gateway's time at a regular interval. Resolves with the reason when the gateway counts as lost; stays
 * pending once the signal is aborted. A gateway that still sends bytes gets a second deadline, since it reads late
 * after a burst above the rate limit.
 */
export function heartbeat(
  session: Session,
  {
    clock,
    options: { heartbeatIntervalMs, heartbeatDeadlineMs },
    report,
    signal,
  }: {
    clock: Clock
    options: Pick<SupervisorOptions, 'heartbeatIntervalMs' | 'heartbeatDeadlineMs'>
    report: (event: HeartbeatEvent) => void
    signal: AbortSignal
  },
): Promise<string> {
  async function isAnswered(): Promise<boolean> {
    const askedAtMs = clock.monotonicMs()
    const answer = session.currentTime().then(
      (gatewayTime) => {
        const roundTripMs = clock.monotonicMs() - askedAtMs
        if (!signal.aborted) report({ type: 'heartbeat_answered', roundTripMs, gatewayTime })
        return true
      },
      // Rejects at the request's own timeout, or at the end of the session, which the supervisor detects itself.
      () => false,
    )
    return Promise.race([answer, deadline()])
  }

  /** Two sleeps: if this process stalls during the first, an answer that has arrived is read before the second ends. */
  async function deadline(): Promise<false> {
    await clock.sleep(0.9 * heartbeatDeadlineMs, signal)
    await clock.sleep(0.1 * heartbeatDeadlineMs, signal)
    return false
  }

  async function untilLost(): Promise<string> {
    for (;;) {
      const startedAtMs = clock.monotonicMs()
      let bytesBefore = session.counters().bytesReceived
      for (let misses = 0; !(await isAnswered()); ) {
        signal.throwIfAborted()
        misses += 1
        report({ type: 'heartbeat_missed' })
        const bytes = session.counters().bytesReceived
        const waitedMs = Math.round(clock.monotonicMs() - startedAtMs)
        if (bytes === bytesBefore) return `the gateway has sent nothing for ${waitedMs} ms`
        if (misses >= 2) return `the gateway has not answered for ${waitedMs} ms`
        bytesBefore = bytes
      }
      await clock.sleep(heartbeatIntervalMs - (clock.monotonicMs() - startedAtMs), signal)
    }
  }

  return new Promise((resolve, reject) => {
    untilLost().then(resolve, (error: unknown) => {
      if (!signal.aborted) reject(error)
    })
  })
}
