import type { TradingSession } from '../../market/calendar.ts'
import { slotsOf } from '../../market/slot.ts'
import { type EpochMs, epochMs } from '../../market/units.ts'
import { adviceFor } from './advice.ts'
import { check, clock } from './checks.ts'
import type { HealthCheck, HealthSnapshot, HealthThresholds, SlotState } from './health.ts'

/** A slot that landed with fewer of its contracts than this is worth a word. */
const ENOUGH_ANSWERED = 0.9

/**
 * Whether every symbol's last due slot landed. A slot is due one interval after its time; within the patience a slot
 * that did not land is a warning, beyond it a failure. Out of session nothing is due.
 */
export function slotCheck(
  snapshot: HealthSnapshot,
  session: TradingSession | null,
  { slotIntervals }: HealthThresholds,
): HealthCheck {
  const { now, timetable, symbols } = snapshot
  const intervalMs = timetable.grid.intervalSeconds * 1_000
  if (!session) return ok('nothing is due out of session')
  const due = slotsOf(session, timetable.grid).filter((slot) => slot + intervalMs <= now)
  const last = due.at(-1)
  if (last === undefined) return ok(`the first slot is due at ${clock(epochMs(session.openAt + intervalMs))}`)
  const given = due.findLast((slot) => slot + slotIntervals * intervalMs <= now)
  const late = symbols.flatMap((symbol) => {
    const landed = snapshot.landed.get(symbol)
    const first = due.find((slot) => landed === undefined || slot > landed)
    return first === undefined || (landed !== undefined && landed >= last) ? [] : [{ symbol, first }]
  })
  if (late.length === 0) return thin(snapshot, last) ?? ok(`${clock(last)} landed`)
  const since = epochMs(Math.min(...late.map(({ first }) => first)) + intervalMs)
  const failed = late.some(({ first }) => given !== undefined && first <= given)
  const told = late.map(({ symbol }) => `${symbol} ${why(snapshot, symbol, last)}`).join('; ')
  const reason = `${clock(last)} has not landed: ${told}`
  const advice = adviceFor(reasonOf(snapshot, late[0]?.symbol, last) ?? 'not_running')
  return check('slot', failed ? 'fail' : 'warn', { reason, since, advice })
}

function ok(reason: string): HealthCheck {
  return check('slot', 'ok', { reason, since: null, advice: null })
}

/** The ledger's reason for the slot, or what can be said of one that it does not know. */
function why(snapshot: HealthSnapshot, symbol: string, slot: EpochMs): string {
  const known = reasonOf(snapshot, symbol, slot)
  if (known) return known
  if (snapshot.startedAt > slot) return 'not_running'
  return snapshot.scheduler.cycleSeconds === null ? 'was not collected' : 'is still being collected'
}

function reasonOf({ reports }: HealthSnapshot, symbol: string | undefined, slot: EpochMs) {
  const report = symbol === undefined ? undefined : reports.get(symbol)
  return report && report.slot >= slot && report.outcome === 'missing' ? report.reason : null
}

/** The word about symbols whose slot landed with too few of its contracts. */
function thin({ symbols, reports }: HealthSnapshot, slot: EpochMs): HealthCheck | null {
  const few = symbols.flatMap((symbol) => {
    const report = reports.get(symbol)
    return report && report.slot >= slot && isThin(report) ? [{ symbol, report }] : []
  })
  const [first] = few
  if (!first) return null
  const told = few.map(
    ({ symbol, report }) =>
      `${symbol} ${report.answered} of ${report.requested} contracts (${report.reason ?? 'no reason'})`,
  )
  const reason = `${clock(first.report.slot)} landed in part: ${told.join('; ')}`
  return check('slot', 'warn', { reason, since: first.report.slot, advice: adviceFor(first.report.reason) })
}

function isThin({ outcome, answered, requested }: SlotState): boolean {
  return outcome === 'partial' && answered < ENOUGH_ANSWERED * requested
}
