import type { VenueEndReason } from '../run/venue.ts'

/** How a socket of a run was closed; null while it is open. */
export interface SocketClose {
  /** RFC 6455, section 7.4; 1006 when the connection was lost. */
  readonly code: number
  readonly reason: string
}

const LIMITS: ReadonlySet<string | null> = new Set(['inventory_limit', 'decision_time_limit'])
const BLOW_UPS: ReadonlySet<string | null> = new Set(['open_order_limit'])

/**
 * Why the exchange has closed a run. Ours says it by the codes of docs/exchange.md; of another, the last error and the
 * code of the close are all there is.
 */
export function endOfRun({
  close,
  lastError,
  step,
  steps,
}: {
  readonly close: SocketClose
  /** The last error that came after the last snapshot. */
  readonly lastError: { readonly code: string | null; readonly message: string } | null
  /** Of the last snapshot; null before the first. */
  readonly step: number | null
  readonly steps: number | null
}): VenueEndReason {
  const { code, reason } = close
  if (lastError !== null && LIMITS.has(lastError.code)) return { kind: 'limit', reason: lastError.message }
  if (lastError !== null && BLOW_UPS.has(lastError.code))
    return { kind: 'blow_up', reason: lastError.message }
  if (code === 1000 && step !== null && (steps === null || step >= steps))
    return { kind: 'complete', reason: `all ${step} steps` }
  if (code === 1008) {
    const why = lastError?.message || reason || 'the exchange does not say why'
    return /inventory|decision/i.test(why) ? { kind: 'limit', reason: why } : { kind: 'blow_up', reason: why }
  }
  if (code === 1000 && lastError !== null) {
    if (/inventory|decision/i.test(lastError.message)) return { kind: 'limit', reason: lastError.message }
    if (/open orders|blow.?up/i.test(lastError.message)) return { kind: 'blow_up', reason: lastError.message }
  }
  const where = step === null ? 'before the first step' : `after step ${step}`
  const how =
    code === 1006
      ? 'the connection to the exchange was lost'
      : `the exchange closed the run (${[code, reason].filter((part) => part !== '').join(' ')})`
  return { kind: 'cut', reason: `${how} ${where}` }
}
