import type { BreakerState } from '../../gateway/breaker/policy.ts'
import { newYorkDate, type TradingSession } from '../../market/calendar.ts'
import type { EpochMs } from '../../market/units.ts'
import type { ClockVerdict } from '../../schedule/clock-discipline.ts'
import type { Timetable } from '../../schedule/slots.ts'
import type { SlotOutcome, SlotReason } from '../../snapshot/ledger.ts'

/** The inputs of all health checks at one moment. Taking a snapshot reads no file and waits for nothing. */
export interface HealthSnapshot {
  /** By the scheduler's clock. */
  readonly now: EpochMs
  readonly startedAt: EpochMs
  readonly timetable: Timetable
  /** The configured symbols. */
  readonly symbols: readonly string[]
  /** The newest ledger entry of each symbol that has one. */
  readonly reports: ReadonlyMap<string, SlotResult>
  /** The newest slot of each symbol that landed: all or some of its rows are in the lake. */
  readonly landed: ReadonlyMap<string, EpochMs>
  readonly gateway: GatewayStatus
  readonly scheduler: {
    /** Time since the scheduler last decided what is due. */
    readonly lookAgeSeconds: number
    /** How long the running cycle has run; null if none is running. */
    readonly cycleSeconds: number | null
  }
  /** How late the last tick was; null before the first. */
  readonly eventLoopLagSeconds: number | null
  /** Null while the lake can be written. */
  readonly lakeFault: Problem | null
  readonly breakers: ReadonlyMap<string, BreakerStatus>
  /** The gateway's verdict after the wall clock was set; null if it never was. */
  readonly clockVerdict: { readonly verdict: ClockVerdict; readonly since: EpochMs } | null
  /** What an operator should know before it is urgent, such as a gateway version that will be refused. */
  readonly operations: readonly Problem[]
}

/** The outcome of one symbol's slot, from its ledger entry. */
export interface SlotResult {
  readonly slot: EpochMs
  readonly outcome: SlotOutcome
  readonly reason: SlotReason | null
  readonly requested: number
  readonly answered: number
}

export interface GatewayStatus {
  /** Market data can be requested. */
  readonly connected: boolean
  /** Since when it has been in this state. */
  readonly since: EpochMs
  /** Why it is not connected, or what is wrong although it is; null if nothing is wrong. */
  readonly reason: SlotReason | null
  /** The reason in words; null if there is nothing to add. */
  readonly detail: string | null
}

interface Problem {
  readonly message: string
  readonly since: EpochMs
}

export interface BreakerStatus {
  readonly state: BreakerState['name']
  readonly since: EpochMs
}

/** The session in progress, from the opening to the close of the options; null out of session. */
export function currentSession({ now, timetable }: HealthSnapshot): TradingSession | null {
  const session = timetable.sessionOn(newYorkDate(now))
  return session && session.openAt <= now && now < session.optionsCloseAt ? session : null
}
