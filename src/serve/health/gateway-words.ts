import { newYorkTime } from '../../market/calendar.ts'
import type { EpochMs } from '../../market/units.ts'
import type { GatewayStatus } from './snapshot.ts'

/** A notice that came this long before a problem may be its cause; ms. */
const BEFORE_MS = 60_000

/**
 * "; the gateway said at 10:05: 1100 Connectivity … lost", or nothing if it said nothing that matters since then. Words that
 * `reason` already has are not repeated.
 */
export function wordsSince(gateway: Pick<GatewayStatus, 'notices'>, since: EpochMs, reason: string): string {
  const last = lastSince(gateway, since)
  if (!last) return ''
  const time = newYorkTime(last.at)
  if (reason.includes(last.message)) return `; the gateway said this at ${time}, with code ${last.code}`
  return `; the gateway said at ${time}: ${last.code} ${last.message}`
}

/** What to do about that notice; null if there is none, or nothing is known to do. */
export function adviceSince(gateway: Pick<GatewayStatus, 'notices'>, since: EpochMs): string | null {
  return lastSince(gateway, since)?.advice ?? null
}

function lastSince({ notices }: Pick<GatewayStatus, 'notices'>, since: EpochMs) {
  return notices.findLast(({ at }) => at >= since - BEFORE_MS)
}
