import type { CheckStatus, HealthCheck } from './check.ts'
import {
  breakerCheck,
  clockCheck,
  eventLoopCheck,
  gatewayCheck,
  lakeCheck,
  operationsCheck,
  schedulerCheck,
  sessionCheck,
} from './checks.ts'
import { slotCheck } from './slot-check.ts'
import { currentSession, type HealthSnapshot } from './snapshot.ts'

export type HealthQuestion = 'livez' | 'readyz' | 'health'

export interface HealthReport {
  /** HTTP status. */
  readonly status: 200 | 503
  /** The worst of the checks. */
  readonly state: CheckStatus
  readonly checks: readonly HealthCheck[]
}

/** When a slot that has not landed, or a missing connection in session, becomes a failure. */
interface HealthThresholds {
  /** Intervals after the slot's time. */
  readonly slotIntervals: number
  readonly gatewaySeconds: number
}

/** A slot is due one interval after its time. */
const READY: HealthThresholds = { slotIntervals: 1, gatewaySeconds: 60 }
/** Two intervals are 600 s at five minutes. */
const HEALTH: HealthThresholds = { slotIntervals: 2, gatewaySeconds: 0 }

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
  const { slotIntervals, gatewaySeconds } = question === 'readyz' ? READY : HEALTH
  const ready = [
    ...live,
    sessionCheck(snapshot, session),
    gatewayCheck(snapshot, session, { failsAfterSeconds: gatewaySeconds }),
    slotCheck(snapshot, session, { failsAfterIntervals: slotIntervals }),
    lakeCheck(snapshot, session),
  ]
  if (question === 'readyz') return ready
  return [...ready, breakerCheck(snapshot), clockCheck(snapshot), operationsCheck(snapshot)]
}
