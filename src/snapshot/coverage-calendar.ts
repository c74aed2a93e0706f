import type { EpochMs, SessionDate } from '../market/units.ts'
import type { LedgerRow, SlotOutcome, SlotReason } from './ledger.ts'

/** Combined outcome of a slot's symbols; `open` until its interval ends, `unknown` if the ledger has no entry. */
export type SlotCoverage = SlotOutcome | 'open' | 'unknown'

/** The slots expected in a session. */
interface ExpectedSession {
  readonly date: SessionDate
  /** Each with the symbols that it was due for. */
  readonly slots: readonly { readonly at: EpochMs; readonly symbols: readonly string[] }[]
}

export interface DayCoverage {
  readonly date: SessionDate
  /** One state for each expected slot, in order. */
  readonly states: readonly SlotCoverage[]
  /** Number of slots whose interval has ended. */
  readonly expected: number
  readonly stored: number
  readonly partial: number
  readonly missing: number
  /** Count of each reason over all slots and symbols. */
  readonly reasons: Readonly<Partial<Record<SlotReason, number>>>
}

/**
 * The date from which each symbol's slots are expected: that of its first entry, since a symbol that is added to the
 * configuration has no earlier ones; `newest` if it has none. Pure.
 */
export function expectedFrom(
  symbols: readonly string[],
  ledger: readonly LedgerRow[],
  newest: string,
): ReadonlyMap<string, string> {
  const first = new Map(symbols.map((symbol) => [symbol, newest]))
  for (const { symbol, date } of ledger) {
    const known = first.get(symbol)
    if (known !== undefined && date < known) first.set(symbol, date)
  }
  return first
}

/** Coverage of each session, from the ledger. Pure. */
export function coverageOf(
  sessions: readonly ExpectedSession[],
  ledger: readonly LedgerRow[],
  { now, intervalMs }: { now: EpochMs; intervalMs: number },
): DayCoverage[] {
  const rows = new Map(ledger.map((row) => [`${row.timestamp} ${row.symbol}`, row]))
  return sessions.map(({ date, slots }) => {
    const reasons: Partial<Record<SlotReason, number>> = {}
    const states = slots.map(({ at, symbols }): SlotCoverage => {
      const own = symbols.map((symbol) => rows.get(`${at} ${symbol}`))
      for (const row of own) if (row?.reason) reasons[row.reason] = (reasons[row.reason] ?? 0) + 1
      return coverageOfSlot(own, at + intervalMs > now)
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

function coverageOfSlot(rows: readonly (LedgerRow | undefined)[], isOpen: boolean): SlotCoverage {
  if (rows.some((row) => row === undefined)) return isOpen ? 'open' : 'unknown'
  const outcomes = rows.map((row) => row?.outcome)
  if (outcomes.every((outcome) => outcome === 'stored')) return 'stored'
  return outcomes.every((outcome) => outcome === 'missing') ? 'missing' : 'partial'
}
