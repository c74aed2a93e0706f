import { newYorkTime, type TradingSession } from '../../market/calendar.ts'
import { slotsOf } from '../../market/slot.ts'
import { type EpochMs, epochMs } from '../../market/units.ts'
import { adviceFor } from './advice.ts'
import { check, type HealthCheck, passed } from './check.ts'
import type { HealthSnapshot, SlotResult } from './snapshot.ts'

/** A slot that landed with a smaller share of its contracts is a warning. */
const ENOUGH_ANSWERED = 0.9

/**
 * Whether the last due slot of every symbol landed. A slot is due one interval after its time. One that has not landed is
 * a warning, and a failure from `failsAfterIntervals` after its time on. Out of session nothing is due.
 */
export function slotCheck(
  snapshot: HealthSnapshot,
  session: TradingSession | null,
  { failsAfterIntervals }: { failsAfterIntervals: number },
): HealthCheck {
  const { now, timetable, symbols } = snapshot
  const intervalMs = timetable.grid.intervalSeconds * 1_000
  if (!session) return passed('slot', 'nothing is due out of session')
  const due = slotsOf(session, timetable.grid).filter((slot) => slot + intervalMs <= now)
  const last = due.at(-1)
  if (last === undefined) {
    return passed('slot', `the first slot is due at ${newYorkTime(epochMs(session.openAt + intervalMs))}`)
  }
  const overdue = due.findLast((slot) => slot + failsAfterIntervals * intervalMs <= now)
  const late = symbols.flatMap((symbol) => {
    const landed = snapshot.landed.get(symbol)
    const first = due.find((slot) => landed === undefined || slot > landed)
    return first === undefined || (landed !== undefined && landed >= last) ? [] : [{ symbol, first }]
  })
  if (late.length === 0) return incomplete(snapshot, last) ?? passed('slot', `${newYorkTime(last)} landed`)
  const failed = late.some(({ first }) => overdue !== undefined && first <= overdue)
  const reasons = late.map(({ symbol }) => `${symbol} ${whyMissing(snapshot, symbol, last)}`)
  return check('slot', failed ? 'fail' : 'warn', {
    reason: `${newYorkTime(last)} has not landed: ${reasons.join('; ')}`,
    since: epochMs(Math.min(...late.map(({ first }) => first)) + intervalMs),
    advice: adviceFor(ledgerReason(snapshot, late[0]?.symbol, last) ?? 'not_running'),
  })
}

/** The ledger's reason for the slot, or what is known of a slot that is not in the ledger. */
function whyMissing(snapshot: HealthSnapshot, symbol: string, slot: EpochMs): string {
  const known = ledgerReason(snapshot, symbol, slot)
  if (known) return known
  if (snapshot.startedAt > slot) return 'not_running'
  return snapshot.scheduler.cycleSeconds === null ? 'was not collected' : 'is still being collected'
}

function ledgerReason({ reports }: HealthSnapshot, symbol: string | undefined, slot: EpochMs) {
  const report = symbol === undefined ? undefined : reports.get(symbol)
  return report && report.slot >= slot && report.outcome === 'missing' ? report.reason : null
}

/** A warning about symbols whose slot landed with too few of its contracts; null if there are none. */
function incomplete({ symbols, reports }: HealthSnapshot, slot: EpochMs): HealthCheck | null {
  const affected = symbols.flatMap((symbol) => {
    const report = reports.get(symbol)
    return report && report.slot >= slot && isIncomplete(report) ? [{ symbol, report }] : []
  })
  const [first] = affected
  if (!first) return null
  const parts = affected.map(
    ({ symbol, report }) =>
      `${symbol} ${report.answered} of ${report.requested} contracts (${report.reason ?? 'no reason'})`,
  )
  return check('slot', 'warn', {
    reason: `${newYorkTime(first.report.slot)} landed in part: ${parts.join('; ')}`,
    since: first.report.slot,
    advice: adviceFor(first.report.reason),
  })
}

function isIncomplete({ outcome, answered, requested }: SlotResult): boolean {
  return outcome === 'partial' && answered < ENOUGH_ANSWERED * requested
}
