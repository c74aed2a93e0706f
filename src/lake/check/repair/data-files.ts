import { join } from 'node:path'
import { type Action, pathToLog } from '../../../delta/index.ts'
import { sessionDate } from '../../../market/units.ts'
import type { LedgerRow, SlotReason } from '../../../snapshot/ledger.ts'
import { reportMissing } from '../../../snapshot/symbol-report.ts'
import type { Lake } from '../../open.ts'
import type { StoredFile } from '../../tables/data-files.ts'
import { folderOf, smallDeltaTable } from '../../tables/loaded-small-tables.ts'
import { dataFilePath, snapshotRemoval } from '../../write/data-file.ts'
import type { Repair } from '../findings.ts'
import type { SmallTableFindings } from '../verify/small-tables.ts'
import type { LedgerDifference, SnapshotFindings } from '../verify/snapshots.ts'
import { commitRepair } from './commit-repair.ts'
import { moveToQuarantine } from './quarantine.ts'

/** Plans the repairs of `option_snapshots`. */
export function planSnapshotRepair(lake: Lake, { bad, unknown, differences }: SnapshotFindings): Repair[] {
  const quarantined = (path: string, detail: string): Repair => ({ kind: 'quarantined', path, detail })
  return [
    ...bad.map((file) =>
      quarantined(dataFilePath(lake, file), `${file.rows} rows of ${file.symbol}, ${file.date}`),
    ),
    ...unknown.map((path) => quarantined(join(lake.layout.table, path), 'no commit names it')),
    ...differences.map((one): Repair => {
      const detail = `${one.symbol} at ${new Date(one.slot).toISOString()}: ${one.report?.rows ?? 'no report'} → ${one.rows} rows`
      return { kind: 'ledger_corrected', path: lake.layout.table, detail }
    }),
  ]
}

/**
 * Moves bad and unknown files to the quarantine, then removes the bad files and corrects the ledger in one commit. If
 * the process is killed in between, the log names missing files, and the next repair continues from there.
 * @throws Failure EXIT.io; EXIT.tryLater when another writer commits a conflicting change.
 */
export async function repairSnapshots(
  lake: Lake,
  { bad, unknown, differences }: SnapshotFindings,
): Promise<void> {
  for (const file of bad) await moveToQuarantine(lake.layout, dataFilePath(lake, file))
  for (const path of unknown) await moveToQuarantine(lake.layout, join(lake.layout.table, path))
  if (bad.length === 0 && differences.length === 0) return
  const now = lake.clock.now()
  const reports = differences.map(correctedReport)
  const removals = bad.map((file) => snapshotRemoval(file, { now, dataChange: true }))
  await commitRepair(lake.snapshots, removals, { now, reports })
}

/** The same for a small table, which has no ledger. Returns the repairs. */
export async function repairSmallTable(
  lake: Lake,
  { table, bad, unknown }: SmallTableFindings,
): Promise<Repair[]> {
  const repairs = planSmallTableRepair(lake, { table, bad, unknown })
  for (const { path } of repairs) await moveToQuarantine(lake.layout, path)
  const delta = await smallDeltaTable(lake, table)
  if (delta === null || bad.length === 0) return repairs
  const now = lake.clock.now()
  const removals = bad.map((file): Action => ({ remove: smallRemoval(file, now) }))
  await commitRepair(delta, removals, { now })
  return repairs
}

export function planSmallTableRepair(
  lake: Lake,
  { table, bad, unknown }: Pick<SmallTableFindings, 'table' | 'bad' | 'unknown'>,
): Repair[] {
  const folder = folderOf(lake, table)
  return [
    ...bad.map((file) => ({ path: file.path, detail: `${file.rows} rows` })),
    ...unknown.map((path) => ({ path, detail: 'no commit names it' })),
  ].map(({ path, detail }): Repair => ({ kind: 'quarantined', path: join(folder, path), detail }))
}

/** The ledger row corrected to the intact files. If there was a report, its other counts are kept. */
function correctedReport({ report, symbol, date, slot, rows }: LedgerDifference): LedgerRow {
  const outcome = rows === 0 ? 'missing' : 'partial'
  const reason: SlotReason = 'damaged'
  if (report) {
    const detail = `${report.rows} rows were stored, ${rows} are left`
    return { ...report, outcome, reason, detail, rows }
  }
  const detail = 'the report of the slot was lost; its rows are stored'
  // Each row is a contract that was requested and answered. The number of other requests is unknown.
  const base = reportMissing(symbol, reason, { slot, date: sessionDate(date), detail, startedAt: null })
  return { ...base, outcome, requested: rows, answered: rows, rows }
}

function smallRemoval(file: StoredFile, now: number) {
  return { path: pathToLog(file.path), deletionTimestamp: now, dataChange: true, size: file.size }
}
