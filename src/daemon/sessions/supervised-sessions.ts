import type { SessionSource, WireLimits } from '../../capture/session-source.ts'
import { describeState, slotReasonOf } from '../../gateway/supervisor/state.ts'
import type { SessionSupervisor } from '../../gateway/supervisor/supervisor.ts'
import type { LakeSource } from '../../lake/tables/schema.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { SymbolBreakers } from './symbol-breakers.ts'

/**
 * The supervisor's successive sessions, with each fetch behind its symbol's breaker. A gateway whose source is not
 * the lake's is never queried.
 */
export function supervisedSessions(
  { supervisor, limits }: { readonly supervisor: SessionSupervisor; readonly limits: WireLimits },
  source: LakeSource,
  {
    breakers,
    linesOfBars,
  }: {
    readonly breakers: SymbolBreakers
    /** Lines that streams hold which live longer than a cycle. */
    readonly linesOfBars: () => number
  },
): SessionSource {
  return {
    get limits() {
      const usable = supervisor.session()?.counters().linesUsable ?? limits.lines
      return { ...limits, lines: Math.max(1, usable - linesOfBars()) }
    },
    ready: async (signal, timeoutMs) => {
      const session = await supervisor.whenReady(signal, timeoutMs)
      if (session.origin === source) return session
      throw new Failure(
        EXIT.configuration,
        `the source of the gateway at ${session.endpoint} is "${session.origin}", that of the lake "${source}": use another lake folder`,
      )
    },
    fetch: breakers.fetch,
    onStreamsLost: (session, listener) =>
      supervisor.onResubscribe((resubscribed) => {
        if (resubscribed === session) listener()
      }),
    outage: () => {
      const state = supervisor.state()
      const reason = slotReasonOf(state)
      return reason === null ? null : { reason, detail: describeState(state) }
    },
  }
}
