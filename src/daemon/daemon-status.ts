import { describeState, isOutage, type SupervisorState, slotReasonOf } from '../gateway/supervisor/state.ts'
import type { Clock } from '../market/clock.ts'
import type { EpochMs } from '../market/units.ts'
import type { SchedulerState } from '../schedule/scheduler.ts'
import type { HealthSnapshot, SlotResult } from '../serve/health/snapshot.ts'
import type { LedgerRow } from '../snapshot/ledger.ts'

/** The daemon's state so far, kept in memory so that health checks never wait. */
export interface DaemonStatus {
  /** One symbol's slot has entered the ledger. */
  slotReported(report: LedgerRow): void
  /** Null: the lake can be written again. */
  lakeFault(message: string | null, at: EpochMs): void
  clockVerdict(verdict: NonNullable<HealthSnapshot['clockVerdict']>): void
  /** Something an operator should know; each message is kept once. */
  operation(message: string, at: EpochMs): void
  eventLoopLag(seconds: number): void
  read(): Pick<
    HealthSnapshot,
    'reports' | 'landed' | 'lakeFault' | 'clockVerdict' | 'operations' | 'eventLoopLagSeconds'
  >
}

/** Bounds the list: a gateway may word the same message differently each time. */
const MAX_OPERATIONS = 20

export function createDaemonStatus(): DaemonStatus {
  const reports = new Map<string, SlotResult>()
  const landed = new Map<string, EpochMs>()
  const operations = new Map<string, { message: string; since: EpochMs }>()
  let lakeFault: HealthSnapshot['lakeFault'] = null
  let clockVerdict: HealthSnapshot['clockVerdict'] = null
  let eventLoopLagSeconds: number | null = null

  return {
    slotReported: (report) => {
      const { symbol, outcome, reason, requested, answered } = report
      const slot = report.timestamp as EpochMs
      if (slot >= (reports.get(symbol)?.slot ?? 0)) {
        reports.set(symbol, { slot, outcome, reason, requested, answered })
      }
      if (outcome !== 'missing' && slot >= (landed.get(symbol) ?? 0)) landed.set(symbol, slot)
    },
    lakeFault: (message, at) => {
      lakeFault = message === null ? null : { message, since: lakeFault?.since ?? at }
    },
    clockVerdict: (verdict) => {
      clockVerdict = verdict
    },
    operation: (message, since) => {
      if (!operations.has(message) && operations.size < MAX_OPERATIONS)
        operations.set(message, { message, since })
    },
    eventLoopLag: (seconds) => {
      eventLoopLagSeconds = seconds
    },
    read: () => ({
      ...{ reports, landed, lakeFault, clockVerdict, eventLoopLagSeconds },
      operations: [...operations.values()],
    }),
  }
}

/** The gateway's part of a health snapshot. */
export function gatewayState(state: SupervisorState): HealthSnapshot['gateway'] {
  return {
    connected: !isOutage(state),
    since: state.since,
    reason: slotReasonOf(state),
    detail: state.name === 'ready' ? null : describeState(state),
  }
}

/** The scheduler's part of a health snapshot. */
export function schedulerState(
  { checkedAtMs, runningSinceMs }: SchedulerState,
  clock: Clock,
): HealthSnapshot['scheduler'] {
  const nowMs = clock.monotonicMs()
  return {
    lookAgeSeconds: (nowMs - checkedAtMs) / 1_000,
    cycleSeconds: runningSinceMs === null ? null : (nowMs - runningSinceMs) / 1_000,
  }
}
