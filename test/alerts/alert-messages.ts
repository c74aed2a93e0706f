import type { AlertMessage } from '../../src/alerts/message.ts'
import { alertsOptions } from '../../src/alerts/options.ts'
import type { PendingChange } from '../../src/alerts/pending-changes.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { epochMs, sessionDate } from '../../src/market/units.ts'
import {
  CHECK_NAMES,
  type CheckName,
  type CheckStatus,
  type HealthCheck,
} from '../../src/serve/health/check.ts'

/** 10:07 in a session. */
export const AT = newYorkInstant(sessionDate('2026-11-18'), '10:07')

/** All checks of /health: ok but for the given ones. */
export function checks(bad: Partial<Record<CheckName, CheckStatus>> = {}): HealthCheck[] {
  return CHECK_NAMES.map((name) => {
    const status = bad[name] ?? 'ok'
    const since = status === 'ok' ? null : epochMs(AT - 120_000)
    const advice = status === 'ok' ? null : `what to do about ${name}`
    return { name, status, reason: `${name} is ${status}`, since, advice }
  })
}

export function change(own: Partial<PendingChange> = {}): PendingChange {
  return {
    ...{ check: 'gateway', from: 'ok', to: 'fail', worst: 'fail', count: 1 },
    ...{ reason: 'disconnected for 45 s', advice: 'Start the gateway.', since: epochMs(AT - 120_000) },
    ...{ at: AT, firstAt: AT },
    ...own,
  }
}

export function message(own: Partial<AlertMessage> = {}): AlertMessage {
  return {
    ...{ id: '6f1c1a52-6f0e-4e0c-9a38-0d1d6b1c7a10', at: AT, sender: { name: 'host-1', source: 'ib' } },
    ...{ status: 'fail', changes: [change()], open: [], heldBack: null, isTest: false },
    ...own,
  }
}

/** The settings of the section, as a configuration would give them. */
export function settings(own: Record<string, unknown> = {}) {
  return alertsOptions.parse(own)
}
