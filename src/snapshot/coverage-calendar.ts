import type { EpochMs, SessionDate } from '../market/units.ts'
import type { LedgerRow, SlotOutcome, SlotReason } from './ledger.ts'

/** What became of one slot: the worst of its symbols; `open` while its time has not come, `unknown` without an entry. */
export type SlotCoverage = SlotOutcome | 'open' | 'unknown'

/** The slots that a session should have. */
interface ExpectedSession {
  readonly date: SessionDate
  readonly slots: readonly EpochMs[]
}

export interface DayCoverage {
  readonly date: SessionDate
  /** One state for each expected slot, in order. */
  readonly states: readonly SlotCoverage[]
  /** Slots that are over. */
  readonly expected: number
  readonly stored: number
  readonly partial: number
  readonly missing: number
  /** How often each reason occurs, over slots and symbols. */
  readonly reasons: Readonly<Partial<Record<SlotReason, number>>>
}

/** A calendar of what was collected, from the ledger, for the symbols that are configured. Pure. */
export function coverageOf(
  sessions: readonly ExpectedSession[],
  ledger: readonly LedgerRow[],
  { symbols, now, intervalMs }: { symbols: readonly string[]; now: EpochMs; intervalMs: number },
): DayCoverage[] {
  const rows = new Map(ledger.map((row) => [`${row.timestamp} ${row.symbol}`, row]))
  return sessions.map(({ date, slots }) => {
    const reasons: Partial<Record<SlotReason, number>> = {}
    const states = slots.map((slot): SlotCoverage => {
      const own = symbols.map((symbol) => rows.get(`${slot} ${symbol}`))
      for (const row of own) if (row?.reason) reasons[row.reason] = (reasons[row.reason] ?? 0) + 1
      return worstOf(own, slot + intervalMs > now)
    })
    const count = (state: SlotCoverage) => states.filter((one) => one === state).length
    return {
      date,
      states,
      expected: states.length - count('open'),
      stored: count('stored'),
      partial: count('partial'),
      missing: count('missing') + count('unknown'),
      reasons,
    }
  })
}

function worstOf(rows: readonly (LedgerRow | undefined)[], isOpen: boolean): SlotCoverage {
  if (rows.some((row) => row === undefined)) return isOpen ? 'open' : 'unknown'
  const outcomes = rows.map((row) => row?.outcome)
  if (outcomes.every((outcome) => outcome === 'stored')) return 'stored'
  return outcomes.every((outcome) => outcome === 'missing') ? 'missing' : 'partial'
}
