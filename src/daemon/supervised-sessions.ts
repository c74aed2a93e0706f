import type { Sessions } from '../capture/capture.ts'
import { BreakerOpen } from '../gateway/breaker/breaker.ts'
import { RequestTimedOut, SessionEnded } from '../gateway/session/errors.ts'
import { describeState, NotReady, slotReasonOf } from '../gateway/supervisor/state.ts'
import type { SessionSupervisor } from '../gateway/supervisor/supervisor.ts'
import { EXIT, Failure } from '../process/failure.ts'
import type { SlotReason } from '../snapshot/ledger.ts'
import type { SymbolBreakers } from './symbol-breakers.ts'

export interface SupervisedSessionsEnv {
  readonly keeper: SessionSupervisor
  /** What the lake holds: a gateway of another kind is not asked for a single contract. */
  readonly source: 'ib' | 'simulated'
  readonly guard: SymbolBreakers
}

/** The sessions that a keeper keeps open, one after the other, each fetch behind the guard. */
export function supervisedSessions({ keeper, source, guard }: SupervisedSessionsEnv): Sessions {
  return {
    ready: async (signal, timeoutMs) => {
      const session = await keeper.whenReady(signal, timeoutMs)
      if (session.origin === source) return session
      throw new Failure(
        EXIT.configuration,
        `the gateway at ${session.endpoint} is of source "${session.origin}" and the lake holds "${source}": use another lake folder`,
      )
    },
    fetch: guard.fetch,
    onStreamsLost: (session, listener) =>
      keeper.onResubscribe((on) => {
        if (on === session) listener()
      }),
    reasonOf: (error): SlotReason => {
      if (error instanceof BreakerOpen) return 'breaker_open'
      if (error instanceof NotReady) return slotReasonOf(error.state) ?? 'gateway_unreachable'
      if (error instanceof SessionEnded) return slotReasonOf(keeper.state()) ?? 'connection_lost'
      return error instanceof RequestTimedOut ? 'no_chain' : 'failed'
    },
    outage: () => {
      const state = keeper.state()
      const reason = slotReasonOf(state)
      return reason === null ? null : { reason, detail: describeState(state) }
    },
  }
}
