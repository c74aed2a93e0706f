import { median } from '../market/statistics.ts'
import { ofNewestVersion } from './definition-version.ts'
import type { LedgerRow, SnapshotQuality } from './ledger.ts'

type QualityColumn = keyof SnapshotQuality | 'skew_seconds'

/**
 * Quality of one symbol's snapshots on one day: medians over the slots with rows; null if no slot has a value. Those of
 * arbitrage and parity are over the entries of the newest version of the definitions.
 */
export interface DayQuality extends Readonly<Record<QualityColumn, number | null>> {
  readonly date: string
  readonly symbol: string
  /** Slots with rows. */
  readonly slots: number
  /** Shares of the contracts requested in these slots. */
  readonly answered_share: number | null
  readonly complete_share: number | null
  /** Contracts with a volatility from the gateway. */
  readonly with_greeks_share: number | null
}

/** The quality of each symbol and day, sorted by date and symbol. Pure. */
export function qualityByDay(ledger: readonly LedgerRow[]): DayQuality[] {
  const days = new Map<string, LedgerRow[]>()
  for (const row of ledger) {
    if (row.rows === 0) continue
    const key = `${row.date} ${row.symbol}`
    const day = days.get(key)
    if (day) day.push(row)
    else days.set(key, [row])
  }
  return [...days.keys()].sort().map((key) => dayOf(days.get(key) as LedgerRow[]))
}

function dayOf(rows: readonly LedgerRow[]): DayQuality {
  const { date, symbol } = rows[0] as LedgerRow
  const sum = (name: 'requested' | 'answered' | 'complete' | 'with_greeks') =>
    rows.reduce((total, row) => total + row[name], 0)
  const requested = sum('requested')
  const share = (part: number) => (requested > 0 ? part / requested : null)
  const valuesOf = (some: readonly LedgerRow[], name: QualityColumn) =>
    some.map((row) => row[name]).filter((value) => value !== null)
  // On the day of an upgrade, entries of before follow other definitions.
  const comparable = ofNewestVersion(rows)
  const middle = (name: QualityColumn) => median(valuesOf(comparable, name))
  return {
    date,
    symbol,
    slots: rows.length,
    answered_share: share(sum('answered')),
    complete_share: share(sum('complete')),
    with_greeks_share: share(sum('with_greeks')),
    zero_bid_share: middle('zero_bid_share'),
    parity_residual: middle('parity_residual'),
    vertical_violations: middle('vertical_violations'),
    butterfly_violations: middle('butterfly_violations'),
    calendar_violations: middle('calendar_violations'),
    skew_seconds: median(valuesOf(rows, 'skew_seconds')),
  }
}
