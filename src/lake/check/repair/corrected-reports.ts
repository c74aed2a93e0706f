import { sessionDate } from '../../../market/units.ts'
import type { LedgerRow, SlotReason } from '../../../snapshot/ledger.ts'
import { reportMissing } from '../../../snapshot/symbol-report.ts'
import type { LostFutures } from '../verify/future-counts.ts'
import type { LedgerDifference } from '../verify/snapshots.ts'

/** The ledger row corrected to the futures that are stored. */
export function withFewerFutures({ report, rows }: LostFutures): LedgerRow {
  const detail = `${report.future_rows} futures were stored, ${rows} are left`
  const outcome = report.rows + rows === 0 ? 'missing' : 'partial'
  return { ...report, outcome, reason: 'damaged', detail, future_rows: rows }
}

/** What a symbol is by the ledger; null if no entry says. */
export function kindOf(reports: readonly LedgerRow[], symbol: string): LedgerRow['kind'] {
  return reports.findLast((one) => one.symbol === symbol && one.kind !== null)?.kind ?? null
}

/**
 * The ledger row corrected to the rows that are stored. If there was a report, its other counts are kept.
 * @param kind of the symbol, for a row without a report.
 */
export function correctedReport(
  { report, symbol, date, slot, rows }: LedgerDifference,
  kind: LedgerRow['kind'],
): LedgerRow {
  const outcome = rows + (report?.future_rows ?? 0) === 0 ? 'missing' : 'partial'
  const reason: SlotReason = 'damaged'
  if (report && rows > report.rows && report.rows > 0) {
    return { ...report, detail: `the report of a later run was lost; its ${rows} rows are stored`, rows }
  }
  if (report && rows < report.rows) {
    const detail = `${report.rows} rows were stored, ${rows} are left`
    return { ...report, outcome, reason, detail, rows }
  }
  const detail = 'the report of the slot was lost; its rows are stored'
  // Each row is a contract that was requested and answered. The number of other requests is unknown.
  const base = reportMissing(symbol, reason, {
    ...{ slot, date: sessionDate(date), detail, startedAt: null },
    ...{ kind: report?.kind ?? kind, futureRows: report?.future_rows ?? null },
  })
  return { ...base, outcome, requested: rows, answered: rows, rows }
}
