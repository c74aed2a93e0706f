import { check, type HealthCheck, passed } from './check.ts'
import type { HealthSnapshot } from './snapshot.ts'

/** Whether every slot has its surface. Never a failure: no slot depends on it. */
export function surfaceCheck({ surface }: Pick<HealthSnapshot, 'surface'>): HealthCheck {
  if (surface === null) return passed('surface', 'not stored (analytics.surface)')
  const { failures, problem } = surface
  if (problem === null) {
    return passed(
      'surface',
      failures === 0 ? 'stored with each slot' : `stored again after ${failures} failures`,
    )
  }
  return check('surface', 'warn', {
    reason: `not stored, ${failures} failures since the start: ${problem.message}`,
    since: problem.since,
    advice: 'The slots are complete; optionlake metrics --rebuild adds their surfaces.',
  })
}
