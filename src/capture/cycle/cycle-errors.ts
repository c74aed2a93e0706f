import { UnknownSymbol } from '../../chain/find-underlying.ts'
import { BreakerOpen } from '../../gateway/breaker/breaker.ts'
import { RequestRefused, RequestTimedOut, SessionEnded } from '../../gateway/session/errors.ts'
import { NotReady, slotReasonOf } from '../../gateway/supervisor/state.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { Log } from '../../process/log.ts'
import type { SlotReason } from '../../snapshot/ledger.ts'
import { NoNearFuture } from '../futures/fetched-futures.ts'
import type { Outage, SessionSource } from '../session-source.ts'

/** The cycle has used up the time of its slot. */
export class DeadlineOver extends Error {
  constructor(lateSeconds = 0) {
    super(`the time of the slot is over${lateSeconds > 0 ? `; the cycle began ${lateSeconds} s late` : ''}`)
    this.name = 'DeadlineOver'
  }
}

/** What stopped a cycle, or one symbol of it, in the ledger's terms. */
export interface CycleError {
  readonly reason: SlotReason
  readonly detail: string
}

/**
 * The one place that classifies and logs what a cycle throws. The reason goes into the ledger, and is counted in
 * `optionlake_slots_total`.
 */
export function handleCycleError(
  error: unknown,
  context: {
    readonly log: Log
    /** Aborted when the program is stopping. */
    readonly signal: AbortSignal
    readonly sessions: Pick<SessionSource, 'outage'>
    /** Set if only one symbol of the cycle failed. */
    readonly symbol?: string
  },
): CycleError {
  const { log, signal, sessions, symbol } = context
  const reason = reasonOf(error, signal.aborted, sessions.outage())
  const detail = error instanceof Error ? error.message : String(error)
  const level = reason === 'failed' || reason === 'disk_full' ? 'error' : 'warn'
  const what = symbol === undefined ? 'the cycle' : symbol
  log[level]({ err: error, reason, ...(symbol !== undefined && { symbol }) }, `${what} failed: ${detail}`)
  return { reason, detail }
}

function reasonOf(error: unknown, isStopping: boolean, outage: Outage | null): SlotReason {
  if (error instanceof Failure && error.exitCode === EXIT.io)
    return hasCode(error, 'ENOSPC') ? 'disk_full' : 'failed'
  if (isStopping) return 'stopped'
  if (error instanceof DeadlineOver) return 'deadline'
  if (error instanceof BreakerOpen) return 'breaker_open'
  if (error instanceof NotReady) return slotReasonOf(error.state) ?? 'gateway_unreachable'
  if (error instanceof SessionEnded) return outage?.reason ?? 'connection_lost'
  if (error instanceof RequestTimedOut) return 'no_chain'
  if (error instanceof NoNearFuture) return 'no_chain'
  if (error instanceof UnknownSymbol) return 'unknown_symbol'
  if (error instanceof RequestRefused)
    return error.notice.kind === 'contract' ? 'no_chain' : 'request_refused'
  return hasCode(error, 'ENOSPC') ? 'disk_full' : 'failed'
}

/** Whether the error, or one that caused it, has this system error code. */
function hasCode(error: unknown, code: string): boolean {
  for (let one = error; one instanceof Error; one = one.cause) {
    if ('code' in one && one.code === code) return true
  }
  return false
}
