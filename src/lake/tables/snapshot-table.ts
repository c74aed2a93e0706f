import type { Action, Add, Commit, DeltaTable, Projection, TableState } from '../../delta/index.ts'
import { type LedgerRow, withMissingColumns } from '../../snapshot/ledger.ts'
import { loadTable } from '../delta.ts'
import { slotRecordOf } from './commit-info.ts'
import { completeSnapshotFiles, type SnapshotFile, slotsIn, snapshotFile, statsOf } from './data-files.ts'

/** The table `option_snapshots`. */
export type SnapshotTable = DeltaTable<SnapshotFile, RecentReports>
/** One version of `option_snapshots`. */
export type SnapshotState = TableState<SnapshotFile, RecentReports>

/** The slot reports of one commit. */
interface SlotReports {
  readonly version: number
  readonly reports: readonly LedgerRow[]
}

/**
 * Slot reports of the commits of version `from` and later, in order. The whole ledger, which also includes older
 * reports, is `ledger` in ledger.ts.
 */
interface RecentReports {
  readonly recent: readonly SlotReports[]
  readonly from: number
}

/** Reports of this many commits are kept in memory. Older ones are in `slots`, or are read from the log again. */
const MAX_COMMITS_IN_MEMORY = 256

export const SNAPSHOTS: Projection<SnapshotFile, RecentReports> = {
  fileOf: snapshotFile,
  complete: completeSnapshotFiles,
  begin: (version) => ({ recent: [], from: version + 1 }),
  fold: ({ recent, from }, commits) => {
    const news = commits.flatMap((commit) => {
      const reports = reportsOf(commit)
      return reports.length === 0 ? [] : [{ version: commit.version, reports }]
    })
    const all = news.length === 0 ? recent : [...recent, ...news]
    const dropped = all[all.length - MAX_COMMITS_IN_MEMORY - 1]
    return { recent: all.slice(-MAX_COMMITS_IN_MEMORY), from: dropped ? dropped.version + 1 : from }
  },
}

/**
 * Loads `option_snapshots`. A folder whose log has no commits is a table of version −1.
 * @throws Failure EXIT.io naming the commit or checkpoint that is missing, truncated or unreadable, unless others make
 * up for it.
 */
export function loadSnapshotTable(folder: string, unique: () => string): Promise<SnapshotTable> {
  return loadTable(folder, SNAPSHOTS, { unique, conflict: rowsConflict })
}

/** The slot reports in a commit. In reports of an older program, columns added since are null. */
export function reportsOf(commit: Commit): readonly LedgerRow[] {
  return commit.actions.flatMap((action) =>
    'commitInfo' in action
      ? (slotRecordOf(action.commitInfo)?.reports ?? []).map((row) => withMissingColumns(row) as LedgerRow)
      : [],
  )
}

/** Key of a ledger row: reports with the same key are about the same slot and symbol. */
export function ledgerKey(row: Pick<LedgerRow, 'timestamp' | 'symbol'>): string {
  return `${row.timestamp} ${row.symbol}`
}

/**
 * Keeps a key from being stored twice. A change conflicts with another that stored the same slot, or that may have
 * added rows with the same keys. Returns the reason of the conflict, or null.
 */
export function rowsConflict(ours: readonly Action[], theirs: readonly Action[]): string | null {
  const slot = slotOf(ours)
  if (slot !== null && slot === slotOf(theirs)) return 'another writer stored the same slot'
  const mine = addedBy(ours)
  const overlapping = addedBy(theirs).find((add) => mine.some((one) => overlap(one, add)))
  return overlapping ? `another writer added ${overlapping.path}` : null
}

function slotOf(actions: readonly Action[]): number | null {
  return (
    actions.flatMap((action) => ('commitInfo' in action ? (slotRecordOf(action.commitInfo) ?? []) : []))[0]
      ?.slot ?? null
  )
}

function addedBy(actions: readonly Action[]): Add[] {
  return actions.flatMap((action) => ('add' in action ? [action.add] : []))
}

/** Whether two files may have rows with the same key: same partition, and time ranges that overlap or are unknown. */
function overlap(a: Add, b: Add): boolean {
  const names = Object.keys(a.partitionValues)
  if (names.some((name) => a.partitionValues[name] !== b.partitionValues[name])) return false
  const mine = slotsIn(statsOf(a))
  const theirs = slotsIn(statsOf(b))
  return mine === null || theirs === null || (mine.first <= theirs.last && theirs.first <= mine.last)
}
