import { check, type HealthCheck, passed } from './check.ts'
import type { HealthSnapshot } from './snapshot.ts'

/** Whether every stream makes bars. Never a failure: no slot depends on them. */
export function barsCheck({ bars }: Pick<HealthSnapshot, 'bars'>): HealthCheck {
  if (bars === null) return passed('bars', 'not collected (bars.enabled)')
  const { streams, problems, fault } = bars
  if (fault === null && problems.length === 0) return passed('bars', `${streams} streams`)
  const parts = fault === null ? [] : [`not stored: ${fault.message}`]
  return check('bars', 'warn', {
    reason: [...parts, ...problems.map(({ message }) => message)].join('; '),
    since: fault?.since ?? problems[0]?.since ?? null,
    advice: 'Subscribe to the data, or leave what is not served out of bars.indices; see docs/health.md.',
  })
}
