import { backoffMs, NEEDS_A_PERSON } from '../session/connect.ts'
import type { EndReason } from '../session/errors.ts'
import type { GatewayOptions } from '../session/options.ts'

/** The inputs to the wait before the next attempt to connect. */
export interface ReconnectBackoff {
  /** Failed attempts and short sessions since the last session that lasted. */
  readonly failures: number
  /** How many of the latest attempts in a row failed for a reason that needs a person. */
  readonly refusals: number
}

export const NO_FAILURES: ReconnectBackoff = { failures: 0, refusals: 0 }

/** After this many refusals in a row, attempts become rare. */
const QUICK_REFUSALS = 4
export function afterFailedAttempt(backoff: ReconnectBackoff, reason: EndReason): ReconnectBackoff {
  return {
    failures: backoff.failures + 1,
    refusals: NEEDS_A_PERSON.has(reason) ? backoff.refusals + 1 : 0,
  }
}

/**
 * A session that ended soon after it opened counts as a failure: otherwise such sessions would be reopened without a
 * wait.
 */
export function afterSession(
  backoff: ReconnectBackoff,
  lastedMs: number,
  gateway: Pick<GatewayOptions, 'connectBackoffMaxMs'>,
): ReconnectBackoff {
  return { failures: lastedMs < gateway.connectBackoffMaxMs ? backoff.failures + 1 : 0, refusals: 0 }
}

/**
 * From the start of the last attempt to the start of the next, ms: up to 2 s, doubling to 30 s, with full jitter.
 * `random` is in [0, 1).
 */
export function reconnectDelayMs(
  { failures, refusals }: ReconnectBackoff,
  {
    gateway,
    refusedRetryMs,
    random,
  }: {
    gateway: Pick<GatewayOptions, 'connectBackoffMs' | 'connectBackoffMaxMs'>
    refusedRetryMs: number
    random: number
  },
): number {
  if (refusals >= QUICK_REFUSALS) return refusedRetryMs * (0.5 + 0.5 * random)
  return failures === 0 ? 0 : random * backoffMs(gateway, failures)
}
