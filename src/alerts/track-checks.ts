import type { EpochMs } from '../market/units.ts'
import type { CheckName, CheckStatus, HealthCheck } from '../serve/health/check.ts'

/** What one receiver knows of a check, and how long the check has been otherwise. */
export interface TrackedCheck {
  /** The status that the receiver was told last; ok before anything was told. */
  readonly told: CheckStatus
  readonly toldAt: EpochMs | null
  /** Time with at least this status, all together since the check was last calm, ms. */
  readonly warnMs: number
  readonly failMs: number
  /** Time without a break in which it was better than told, or too mild to be told, ms. */
  readonly calmMs: number
}

export type TrackedChecks = ReadonlyMap<CheckName, TrackedCheck>

/** A change that a receiver is to be told. */
export interface Change {
  readonly check: CheckName
  /** What the receiver was told before. */
  readonly from: CheckStatus
  readonly to: CheckStatus
  readonly reason: string
  readonly advice: string | null
  /** Since when the check is not ok, as it says itself. */
  readonly since: EpochMs | null
  readonly at: EpochMs
}

export interface TrackingRules {
  readonly levels: ReadonlyMap<CheckName, AlertLevel>
  readonly confirmMs: number
  readonly recoverMs: number
  /** Null: no reminders. */
  readonly remindMs: number | null
}

/** From which status on a check is told. */
export type AlertLevel = 'warn' | 'fail' | 'never'

const SEVERITY: Readonly<Record<CheckStatus, number>> = { ok: 0, warn: 1, fail: 2 }

export const UNTOLD: TrackedCheck = { told: 'ok', toldAt: null, warnMs: 0, failMs: 0, calmMs: 0 }

/**
 * One look at the checks. Pure. A check is told when it has been bad for `confirmMs`, all together: a blip is not told, and a
 * check that flaps is told once. It is told again when it gets worse, and when it has been better for `recoverMs` without a
 * break, whatever its level: who was told of a problem hears what becomes of it.
 */
export function trackChecks(
  tracked: TrackedChecks,
  checks: readonly HealthCheck[],
  { at, elapsedMs, rules }: { at: EpochMs; elapsedMs: number; rules: TrackingRules },
): { readonly tracked: TrackedChecks; readonly changes: readonly Change[] } {
  const next = new Map<CheckName, TrackedCheck>()
  const changes: Change[] = []
  for (const check of checks) {
    const level = rules.levels.get(check.name) ?? 'never'
    if (level === 'never') continue
    const before = tracked.get(check.name) ?? UNTOLD
    const after = trackCheck(before, check.status, { at, elapsedMs, rules, level })
    next.set(check.name, after)
    if (after.toldAt === before.toldAt) continue
    const { name, reason, advice, since } = check
    changes.push({ check: name, from: before.told, to: after.told, reason, advice, since, at })
  }
  return { tracked: next, changes }
}

function trackCheck(
  { told, toldAt, warnMs, failMs, calmMs }: TrackedCheck,
  status: CheckStatus,
  {
    at,
    elapsedMs,
    rules: { confirmMs, recoverMs, remindMs },
    level,
  }: { at: EpochMs; elapsedMs: number; rules: TrackingRules; level: 'warn' | 'fail' },
): TrackedCheck {
  const isWorse = (a: CheckStatus, b: CheckStatus) => SEVERITY[a] > SEVERITY[b]
  const isBad = (than: 'warn' | 'fail') => !isWorse(than, status)
  const warn = isBad('warn') ? warnMs + elapsedMs : warnMs
  const fail = isBad('fail') ? failMs + elapsedMs : failMs
  const isCalm = told === 'ok' ? !isBad(level) : isWorse(told, status)
  const calm = isCalm ? calmMs + elapsedMs : 0
  const now = { warnMs: warn, failMs: fail, calmMs: calm }

  if (isWorse('fail', told) && isBad('fail') && fail >= confirmMs) return { told: 'fail', toldAt: at, ...now }
  if (told === 'ok' && level === 'warn' && isBad('warn') && warn >= confirmMs) {
    return { told: 'warn', toldAt: at, ...now }
  }
  if (isCalm && calm >= recoverMs) {
    const isOver = told === 'ok' || status === 'ok'
    const rest = { warnMs: isOver ? 0 : warn, failMs: 0, calmMs: 0 }
    return told === 'ok' ? { told, toldAt, ...rest } : { told: status, toldAt: at, ...rest }
  }
  const isReminder =
    told === 'fail' && status === 'fail' && remindMs !== null && toldAt !== null && at - toldAt >= remindMs
  return { told, toldAt: isReminder ? at : toldAt, ...now }
}
