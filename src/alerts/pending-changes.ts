import type { EpochMs } from '../market/units.ts'
import type { CheckName, CheckStatus } from '../serve/health/check.ts'
import type { Change } from './track-checks.ts'

/** A change that waits for its message: of each check one, whatever happened to it meanwhile. */
export interface PendingChange extends Change {
  /** When the first of the changes came. */
  readonly firstAt: EpochMs
  /** How many changes it stands for. */
  readonly count: number
  /** The worst status in between. */
  readonly worst: CheckStatus
}

/** Bounded by the number of checks. */
export type PendingChanges = ReadonlyMap<CheckName, PendingChange>

const SEVERITY: readonly CheckStatus[] = ['ok', 'warn', 'fail']

/** Adds later changes: what the receiver knew stays that of the first, all else is that of the last. */
export function joinChanges(
  earlier: PendingChanges,
  later: Iterable<Change | PendingChange>,
): PendingChanges {
  const joined = new Map(earlier)
  for (const change of later) {
    const own: PendingChange = { firstAt: change.at, count: 1, worst: worstOf([change.to]), ...change }
    const first = joined.get(change.check)
    joined.set(
      change.check,
      first === undefined
        ? own
        : {
            ...own,
            from: first.from,
            firstAt: first.firstAt,
            count: first.count + own.count,
            worst: worstOf([first.worst, own.worst]),
          },
    )
  }
  return joined
}

/** The worst of some statuses; ok if there are none. */
export function worstOf(statuses: Iterable<CheckStatus>): CheckStatus {
  let worst = 0
  for (const status of statuses) worst = Math.max(worst, SEVERITY.indexOf(status))
  return SEVERITY[worst] as CheckStatus
}

const HOUR_MS = 3_600_000
/** The part of an hour's messages that only failures may use. */
const KEPT_FOR_FAILURES = 0.25

/** The messages of the last hour: those at times that are not now's past count no more. */
export function sentWithinHour(sentAt: readonly EpochMs[], now: EpochMs): EpochMs[] {
  return sentAt.filter((at) => at <= now && now - at < HOUR_MS)
}

/** Whether a message with these changes may go out now. */
export function isWithinLimit(
  pending: PendingChanges,
  {
    sentAt,
    now,
    maxPerHour,
  }: { readonly sentAt: readonly EpochMs[]; readonly now: EpochMs; readonly maxPerHour: number },
): boolean {
  const hasFailure = [...pending.values()].some(({ to }) => to === 'fail')
  const most = hasFailure ? maxPerHour : Math.ceil(maxPerHour * (1 - KEPT_FOR_FAILURES))
  return sentWithinHour(sentAt, now).length < most
}
