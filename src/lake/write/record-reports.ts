import { sessionDate } from '../../market/units.ts'
import type { LedgerRow } from '../../snapshot/ledger.ts'
import type { Lake } from '../open.ts'
import { commitInfo } from '../tables/commit-info.ts'
import { ledger } from '../tables/ledger.ts'
import { ledgerKey } from '../tables/snapshot-table.ts'
import { checkReports } from './check-rows.ts'
import { checkWriting, commitChange } from './commit-change.ts'

/**
 * Enters slots without rows into the ledger, in one commit without files. An earlier entry with a better outcome is
 * kept.
 * @throws Failure EXIT.io when a disk operation fails; EXIT.tryLater when other writers keep committing first.
 */
export async function recordReports(
  lake: Lake,
  reports: readonly Omit<LedgerRow, 'rows'>[],
): Promise<readonly LedgerRow[]> {
  checkWriting(lake)
  const last = reports.at(-1)
  if (!last) return []
  checkReports(reports)
  const { change } = await commitChange(lake, {
    table: lake.snapshots,
    what: 'the ledger',
    prepare: async ({ version }) => {
      const known = new Map<string, LedgerRow>()
      for (const date of new Set(reports.map((report) => report.date))) {
        for (const row of await ledger(lake, { date: sessionDate(date) })) known.set(ledgerKey(row), row)
      }
      const rows = reports.map(
        (report): LedgerRow => ({ ...report, rows: known.get(ledgerKey(report))?.rows ?? 0 }),
      )
      const info = commitInfo('WRITE', {
        timestamp: lake.clock.now(),
        operationParameters: { mode: 'Append', partitionBy: '["symbol","date"]' },
        readVersion: version,
        isBlindAppend: true,
        slot: last.timestamp,
        reports: rows,
      })
      return { actions: [info], staged: [], rows }
    },
  })
  return change?.rows ?? []
}
