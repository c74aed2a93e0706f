import { isOurs } from '../gateway/session/data-flow.ts'
import { type Notice, sessionEffectOf } from '../gateway/session/notices.ts'

/** Kinds of notices that can explain a missing or a poor slot. */
const NOTABLE: ReadonlySet<Notice['kind']> = new Set([
  'pacing',
  'lines',
  'entitlement',
  'bug',
  'configuration',
  'session',
  'operations',
  'unknown',
])
/** Delayed data are shown instead: information for the gateway, the reason of a poor slot for us. */
const DELAYED_INSTEAD = 10_167

/**
 * Whether a notice matters to an operator: it can explain why data are missing or poor. Good news, facts about single
 * contracts, and farms that do not serve US stocks or options do not.
 */
export function isNotable(notice: Notice): boolean {
  const { code, kind, farm } = notice
  if (farm) return !farm.isOk && isOurs(farm)
  if (code === DELAYED_INSTEAD) return true
  const effect = sessionEffectOf(notice)
  if (effect === 'server_restored' || effect === 'server_restored_streams_lost') return false
  return NOTABLE.has(kind)
}

/** A code is logged again after this long; ms. One notice comes for every contract of a slot. */
const REPEAT_MS = 60_000
/** A gateway that invents codes must not exhaust memory: beyond this many, they share one. */
const MAX_CODES = 200

/** Decides which notices are logged: the first of each code, and then one a minute with the number left out before it. */
export function createNoticeThrottle(): (code: number, nowMs: number) => { readonly leftOut: number } | null {
  const codes = new Map<number, { loggedMs: number; leftOut: number }>()
  return (given, nowMs) => {
    const code = codes.has(given) || codes.size < MAX_CODES ? given : -1
    const known = codes.get(code)
    if (known && nowMs - known.loggedMs < REPEAT_MS) {
      known.leftOut++
      return null
    }
    codes.set(code, { loggedMs: nowMs, leftOut: 0 })
    return { leftOut: known?.leftOut ?? 0 }
  }
}
