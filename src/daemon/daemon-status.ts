import { describeState, mayCollect, type SupervisorState, slotReasonOf } from '../gateway/supervisor/state.ts'
import type { EpochMs } from '../market/units.ts'
import type { Scheduler } from '../schedule/scheduler.ts'
import type { Timetable } from '../schedule/slots.ts'
import type {
  BreakerStatus,
  GatewayStatus,
  HealthSnapshot,
  Problem,
  SlotResult,
} from '../serve/health/snapshot.ts'
import type { LedgerRow } from '../snapshot/ledger.ts'

/** How the daemon stands, kept in memory so that health never waits for anything. */
export interface DaemonStatus {
  /** One symbol's slot has entered the ledger. */
  entered(report: LedgerRow): void
  lakeFault(message: string | null, at: EpochMs): void
  clockVerdict(verdict: NonNullable<HealthSnapshot['clockVerdict']>): void
  /** Something an operator should know, told once for each text. */
  operation(message: string, at: EpochMs): void
  eventLoopLag(seconds: number): void
  snapshot(): HealthSnapshot
}

export interface DaemonStatusEnv {
  readonly symbols: readonly string[]
  readonly startedAt: EpochMs
  readonly scheduler: () => Scheduler
  readonly gateway: () => SupervisorState
  readonly timetable: () => Timetable
  readonly breakers: () => ReadonlyMap<string, BreakerStatus>
}

/** A gateway may repeat itself in other words. */
const MOST_OPERATIONS = 20

export function openDaemonStatus(env: DaemonStatusEnv): DaemonStatus {
  const reports = new Map<string, SlotResult>()
  const landed = new Map<string, EpochMs>()
  const operations = new Map<string, Problem>()
  let lakeFault: Problem | null = null
  let clockVerdict: HealthSnapshot['clockVerdict'] = null
  let lagSeconds: number | null = null

  return {
    entered: (report) => {
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
      if (!operations.has(message) && operations.size < MOST_OPERATIONS)
        operations.set(message, { message, since })
    },
    eventLoopLag: (seconds) => {
      lagSeconds = seconds
    },
    snapshot: () => {
      const { clock, state } = env.scheduler()
      const { lookedAtMs, runningSinceMs } = state()
      const steadyMs = clock.monotonicMs()
      return {
        now: clock.now(),
        startedAt: env.startedAt,
        timetable: env.timetable(),
        symbols: env.symbols,
        reports,
        landed,
        gateway: gatewayOf(env.gateway()),
        scheduler: {
          lookAgeSeconds: (steadyMs - lookedAtMs) / 1_000,
          cycleSeconds: runningSinceMs === null ? null : (steadyMs - runningSinceMs) / 1_000,
        },
        eventLoopLagSeconds: lagSeconds,
        lakeFault,
        breakers: env.breakers(),
        clockVerdict,
        operations: [...operations.values()],
      }
    },
  }
}

function gatewayOf(state: SupervisorState): GatewayStatus {
  const connected = mayCollect(state)
  const quiet = state.name === 'ready'
  return {
    connected,
    since: state.since,
    reason: slotReasonOf(state),
    detail: quiet ? null : describeState(state),
  }
}
