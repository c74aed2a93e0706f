import { check, type HealthCheck, passed } from './check.ts'
import type { HealthSnapshot } from './snapshot.ts'

/** Whether alerts reach their receivers. Never a failure: no slot depends on them. */
export function alertsCheck({ alerts }: Pick<HealthSnapshot, 'alerts'>): HealthCheck {
  if (alerts === null) return passed('alerts', 'no receivers (alerts.receivers)')
  const { receivers, problems } = alerts
  const [first] = problems
  if (!first) return passed('alerts', receivers === 1 ? '1 receiver' : `${receivers} receivers`)
  return check('alerts', 'warn', {
    reason: `not delivered: ${problems.map(({ message }) => message).join('; ')}`,
    since: first.since,
    advice: 'Run optionlake alerts test, and see docs/alerts.md.',
  })
}
