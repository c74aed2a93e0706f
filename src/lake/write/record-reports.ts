import { type Action, SEALED } from '../../delta/actions.ts'
import { commit } from '../../delta/log.ts'
import { ledgerKey } from '../../delta/table.ts'
import type { LedgerRow } from '../../snapshot/ledger.ts'
import { currentTable, type Lake } from '../open.ts'
import { ledger } from '../tables/ledger.ts'
import { ENGINE } from '../tables/schema.ts'

/** A foreign writer that wins this often against us is not going to let us in. */
const MOST_ATTEMPTS = 5

/**
 * Enters slots into the ledger for which there is nothing to store: one commit without files for all of them.
 * An entry that is there already and got further stays as it is.
 * @throws Failure EXIT.io when the disk refuses.
 */
export async function recordReports(
  lake: Lake,
  reports: readonly Omit<LedgerRow, 'rows'>[],
): Promise<readonly LedgerRow[]> {
  const [last] = reports.slice(-1)
  if (!last) return []
  if (lake.mode !== 'write') throw new RangeError(`${lake.layout.root} is open for reading only`)
  let table = await currentTable(lake)
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const known = new Map((await ledger(lake)).map((row) => [ledgerKey(row), row]))
    const rows = reports.map(
      (report): LedgerRow => ({ ...report, rows: known.get(ledgerKey(report))?.rows ?? 0 }),
    )
    const action: Action = {
      commitInfo: {
        timestamp: lake.clock.now(),
        operation: 'WRITE',
        operationParameters: { mode: 'Append', partitionBy: '["symbol","date"]' },
        readVersion: table.version,
        isBlindAppend: true,
        engineInfo: ENGINE,
        optionlake: { ...SEALED, slot: last.timestamp, reports: rows },
      },
    }
    const outcome = await commit(lake.log, table.version, [action])
    if (outcome.kind === 'committed') return rows
    table = outcome.table
  }
  throw new Error(`the ledger of ${lake.layout.root} could not be written: other writers kept coming first`)
}
