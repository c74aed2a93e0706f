import { backoffMs } from '../session/connect.ts'
import type { EndReason } from '../session/errors.ts'
import type { GatewayOptions } from '../session/options.ts'
import type { SupervisorOptions } from './options.ts'

/** How long to wait before the next attempt to connect: 2 s doubling to 30 s with full jitter, for ever. */
export interface ReconnectBackoff {
  /** An attempt brought no session. */
  failed(reason: EndReason): void
  /** A session is over after so long. */
  sessionEnded(livedMs: number): void
  /** From the beginning of the last attempt to that of the next, ms. */
  nextMs(random: () => number): number
}

/** After so many refusals in a row that only a person can mend, attempts become rare. */
const QUICK_REFUSALS = 4
const REFUSALS = new Set<EndReason>(['client_id_in_use', 'version'])

export function createReconnectBackoff(
  gateway: GatewayOptions,
  options: Pick<SupervisorOptions, 'refusedRetryMs'>,
): ReconnectBackoff {
  let failures = 0
  let refusals = 0
  return {
    failed: (reason) => {
      failures += 1
      refusals = REFUSALS.has(reason) ? refusals + 1 : 0
    },
    sessionEnded: (livedMs) => {
      refusals = 0
      // One that dies young must not be followed by the next in the same moment, and so on for ever.
      failures = livedMs < gateway.connectBackoffMaxMs ? failures + 1 : 0
    },
    nextMs: (random) => {
      if (refusals >= QUICK_REFUSALS) return options.refusedRetryMs * (0.5 + 0.5 * random())
      return failures === 0 ? 0 : random() * backoffMs(gateway, failures)
    },
  }
}
