import { describeState, mayCollect, type SupervisorState, slotReasonOf } from '../gateway/supervisor/state.ts'
import type { Clock } from '../market/clock.ts'
import type { SchedulerState } from '../schedule/scheduler.ts'
import type { HealthSnapshot } from '../serve/health/snapshot.ts'

/** The gateway's part of a health snapshot. */
export function gatewayState(state: SupervisorState): HealthSnapshot['gateway'] {
  return {
    connected: mayCollect(state),
    since: state.since,
    reason: slotReasonOf(state),
    detail: state.name === 'ready' ? null : describeState(state),
  }
}

/** The scheduler's part of a health snapshot. */
export function schedulerState(
  { checkedAtMs: lookedAtMs, runningSinceMs }: SchedulerState,
  clock: Clock,
): HealthSnapshot['scheduler'] {
  const nowMs = clock.monotonicMs()
  return {
    lookAgeSeconds: (nowMs - lookedAtMs) / 1_000,
    cycleSeconds: runningSinceMs === null ? null : (nowMs - runningSinceMs) / 1_000,
  }
}
