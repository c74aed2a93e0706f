import { alertsCheck } from './alerts-check.ts'
import { barsCheck } from './bars-check.ts'
import type { CheckStatus, HealthCheck } from './check.ts'
import {
  breakerCheck,
  chainCheck,
  clockCheck,
  eventLoopCheck,
  gatewayCheck,
  lakeCheck,
  operationsCheck,
  schedulerCheck,
  sessionCheck,
} from './checks.ts'
import { type SlotFigures, slotCheck, slotFigures } from './slot-check.ts'
import { currentSession, type HealthSnapshot } from './snapshot.ts'
import { surfaceCheck } from './surface-check.ts'

export type HealthQuestion = 'livez' | 'readyz' | 'health'

export interface HealthReport {
  /** HTTP status. */
  readonly status: 200 | 503
  /** The worst of the checks. */
  readonly state: CheckStatus
  readonly checks: readonly HealthCheck[]
}

/** Intervals after its time at which a slot that has not landed is a failure: 300 s and 600 s at five minutes. */
const SLOT_INTERVALS = { readyz: 1, health: 2 }
const READY_GATEWAY_SECONDS = 60

/** The figures behind the check `slot` of /health. */
export function figuresOfSlots(snapshot: HealthSnapshot): SlotFigures[] {
  return slotFigures(snapshot, { failsAfterIntervals: SLOT_INTERVALS.health })
}

/**
 * The answer to one question, by the truth table of docs/health.md. Pure. livez: does the process work at all? readyz:
 * did the last due slot land, and can the next one? health: is there anything that a person has to know or do?
 */
export function judge(question: HealthQuestion, snapshot: HealthSnapshot): HealthReport {
  const checks = checksOf(question, snapshot)
  const has = (status: CheckStatus) => checks.some((check) => check.status === status)
  const state = has('fail') ? 'fail' : has('warn') ? 'warn' : 'ok'
  return { status: state === 'fail' ? 503 : 200, state, checks }
}

function checksOf(question: HealthQuestion, snapshot: HealthSnapshot): HealthCheck[] {
  const live = [eventLoopCheck(snapshot), schedulerCheck(snapshot)]
  if (question === 'livez') return live
  const session = currentSession(snapshot)
  const outage =
    question === 'readyz'
      ? ({ failsAfterSeconds: READY_GATEWAY_SECONDS, counts: 'from_opening' } as const)
      : ({ failsAfterSeconds: snapshot.settings.disconnectedFailSeconds, counts: 'whole' } as const)
  const ready = [
    ...live,
    sessionCheck(snapshot, session),
    gatewayCheck(snapshot, session, outage),
    slotCheck(snapshot, { failsAfterIntervals: SLOT_INTERVALS[question] }),
    lakeCheck(snapshot, session),
  ]
  if (question === 'readyz') return ready
  return [
    ...ready,
    breakerCheck(snapshot),
    chainCheck(snapshot, session),
    barsCheck(snapshot),
    surfaceCheck(snapshot),
    clockCheck(snapshot),
    operationsCheck(snapshot),
    alertsCheck(snapshot),
  ]
}
