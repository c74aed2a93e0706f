import type { EpochMs } from '../../market/units.ts'

export type CheckStatus = 'ok' | 'warn' | 'fail'

/** The checks of `/health`, in the order of its answer. */
export const CHECK_NAMES = [
  'event_loop',
  'scheduler',
  'session',
  'gateway',
  'slot',
  'lake',
  'breaker',
  'chain',
  'bars',
  'surface',
  'clock',
  'operations',
  'alerts',
] as const

export type CheckName = (typeof CHECK_NAMES)[number]

export interface HealthCheck {
  readonly name: CheckName
  readonly status: CheckStatus
  /** One line for a person; it names the reason of the ledger if there is one. */
  readonly reason: string
  /** Since when it is not ok; null if it is ok, or if that is unknown. */
  readonly since: EpochMs | null
  /** What to do; null if there is nothing to do. */
  readonly advice: string | null
}

/** A check that passed. */
export function passed(name: HealthCheck['name'], reason: string): HealthCheck {
  return { name, status: 'ok', reason, since: null, advice: null }
}

/** A check with any status; if it is ok, `since` and `advice` are null. */
export function check(
  name: HealthCheck['name'],
  status: CheckStatus,
  { reason, since, advice }: Pick<HealthCheck, 'reason' | 'since' | 'advice'>,
): HealthCheck {
  return status === 'ok' ? passed(name, reason) : { name, status, reason, since, advice }
}
