import type { TradingSession } from '../../market/calendar.ts'
import { newYorkDate } from '../../market/calendar.ts'
import type { EpochMs } from '../../market/units.ts'
import type { ClockVerdict } from '../../schedule/clock-discipline.ts'
import type { Timetable } from '../../schedule/slots.ts'
import type { SlotOutcome, SlotReason } from '../../snapshot/ledger.ts'
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

/** Everything that health is judged by, at one moment. Whoever makes it reads no file and waits for nothing. */
export interface HealthSnapshot {
  /** By the scheduler's clock. */
  readonly now: EpochMs
  readonly startedAt: EpochMs
  readonly timetable: Timetable
  /** What is to be collected. */
  readonly symbols: readonly string[]
  /** The newest report of each symbol that has one. */
  readonly reports: ReadonlyMap<string, SlotState>
  /** The newest slot of each symbol that landed: its rows, whole or in part, are in the lake. */
  readonly landed: ReadonlyMap<string, EpochMs>
  readonly gateway: GatewayState
  readonly scheduler: {
    /** Since the last look that came to a decision. */
    readonly lookAgeSeconds: number
    /** How long the running cycle has run; null while none does. */
    readonly cycleSeconds: number | null
  }
  /** How late the last tick was; null before the first. */
  readonly eventLoopLagSeconds: number | null
  /** Null while the lake can be written. */
  readonly lakeFault: Fault | null
  readonly breakers: ReadonlyMap<string, BreakerState>
  /** What the gateway said after the wall clock was set; null: it never was. */
  readonly clockVerdict: { readonly verdict: ClockVerdict; readonly since: EpochMs } | null
  /** What an operator should know before it becomes urgent, such as a gateway version that will be refused. */
  readonly operations: readonly Fault[]
}

export interface SlotState {
  readonly slot: EpochMs
  readonly outcome: SlotOutcome
  readonly reason: SlotReason | null
  readonly requested: number
  readonly answered: number
}

export interface GatewayState {
  /** Market data can be asked for. */
  readonly connected: boolean
  /** Since when it is as it is. */
  readonly since: EpochMs
  /** Why it is not connected, or what is wrong with it although it is; null where nothing is. */
  readonly reason: SlotReason | null
  /** In words; null where there is no more to say. */
  readonly detail: string | null
}

export interface Fault {
  readonly message: string
  readonly since: EpochMs
}

export interface BreakerState {
  readonly state: 'closed' | 'open' | 'half_open'
  readonly since: EpochMs
}

export type CheckStatus = 'ok' | 'warn' | 'fail'

export interface HealthCheck {
  readonly name:
    | 'event_loop'
    | 'scheduler'
    | 'session'
    | 'gateway'
    | 'slot'
    | 'lake'
    | 'breaker'
    | 'clock'
    | 'operations'
  readonly status: CheckStatus
  /** One line for a person; it names the reason of the ledger where there is one. */
  readonly reason: string
  /** Since when it is not ok; null where it is, or where nobody knows. */
  readonly since: EpochMs | null
  /** What to do; null where nothing is to be done. */
  readonly advice: string | null
}

export interface HealthReport {
  readonly status: 200 | 503
  /** The worst of the checks. */
  readonly state: CheckStatus
  readonly checks: readonly HealthCheck[]
}

export type HealthQuestion = 'livez' | 'readyz' | 'health'

/** How much each question forgives before it says no. */
export interface HealthThresholds {
  /** A slot has to have landed so many intervals after its time. */
  readonly slotIntervals: number
  /** In session without a connection for so long. */
  readonly gatewaySeconds: number
}

/** A slot is due one interval after its time; by two (600 s at five minutes) `/health` gives up on it. */
const READY: HealthThresholds = { slotIntervals: 1, gatewaySeconds: 60 }
const HEALTH: HealthThresholds = { slotIntervals: 2, gatewaySeconds: 0 }

/**
 * The answer to one question; the truth table of docs/health.md. Pure. livez: does the process work at all; readyz: did
 * the last due slot land, and can the next; health: is there anything that a person has to know or do.
 */
export function judge(question: HealthQuestion, snapshot: HealthSnapshot): HealthReport {
  const checks = checksOf(question, snapshot)
  const worst = (status: CheckStatus) => checks.some((check) => check.status === status)
  const state = worst('fail') ? 'fail' : worst('warn') ? 'warn' : 'ok'
  return { status: state === 'fail' ? 503 : 200, state, checks }
}

function checksOf(question: HealthQuestion, snapshot: HealthSnapshot): HealthCheck[] {
  const alive = [eventLoopCheck(snapshot), schedulerCheck(snapshot)]
  if (question === 'livez') return alive
  const session = openSession(snapshot)
  const patience = question === 'readyz' ? READY : HEALTH
  const ready = [
    ...alive,
    sessionCheck(snapshot, session),
    gatewayCheck(snapshot, session, patience),
    slotCheck(snapshot, session, patience),
    lakeCheck(snapshot, session),
  ]
  if (question === 'readyz') return ready
  return [...ready, breakerCheck(snapshot), clockCheck(snapshot), operationsCheck(snapshot)]
}

/** The session that is on: from the opening to the close of the options; null out of session. */
export function openSession({ now, timetable }: HealthSnapshot): TradingSession | null {
  const session = timetable.sessionOn(newYorkDate(now))
  return session && session.openAt <= now && now < session.optionsCloseAt ? session : null
}
