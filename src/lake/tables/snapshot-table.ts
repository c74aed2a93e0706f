import type { Action, Add, Commit, DeltaTable, Projection, TableState } from '../../delta/index.ts'
import { type LedgerRow, withLaterColumns } from '../../snapshot/ledger.ts'
import { loadTable, parseJson } from '../delta.ts'
import { slotRecordOf } from './commit-info.ts'
import { type SnapshotFile, snapshotFile } from './data-files.ts'

/** The table `option_snapshots`. */
export type SnapshotTable = DeltaTable<SnapshotFile, RecentReports>
/** One version of it. */
export type SnapshotState = TableState<SnapshotFile, RecentReports>

/** The slot reports of one commit. */
interface SlotReports {
  readonly version: number
  readonly reports: readonly LedgerRow[]
}

/**
 * Slot reports of the newest commits, those of version `from` and later, in order. Not the ledger: that is `ledger` of
 * ledger.ts, which adds to them what was stored before.
 */
interface RecentReports {
  readonly recent: readonly SlotReports[]
  readonly from: number
}

/** Reports of so many commits are held in memory; older ones are in `slots`, or read from the log again. */
const MOST_RECENT = 256

const SNAPSHOTS: Projection<SnapshotFile, RecentReports> = {
  fileOf: snapshotFile,
  begin: (version) => ({ recent: [], from: version + 1 }),
  fold: ({ recent, from }, commits) => {
    const news = commits.flatMap((commit) => {
      const reports = reportsOf(commit)
      return reports.length === 0 ? [] : [{ version: commit.version, reports }]
    })
    const all = news.length === 0 ? recent : [...recent, ...news]
    const dropped = all[all.length - MOST_RECENT - 1]
    return { recent: all.slice(-MOST_RECENT), from: dropped ? dropped.version + 1 : from }
  },
}

/**
 * Loads `option_snapshots`. A folder whose log has no commits is a table of version −1.
 * @throws Failure EXIT.io naming the commit or checkpoint that is missing, cut short or unreadable, where the others do
 * not make up for it.
 */
export function loadSnapshotTable(folder: string, unique: () => string): Promise<SnapshotTable> {
  return loadTable(folder, SNAPSHOTS, { unique, conflict: rowsConflict })
}

/** The slot reports that a commit carries; those of an older program with the columns that came since. */
export function reportsOf(commit: Commit): readonly LedgerRow[] {
  return commit.actions.flatMap((action) =>
    'commitInfo' in action
      ? (slotRecordOf(action.commitInfo)?.reports ?? []).map((row) => withLaterColumns(row) as LedgerRow)
      : [],
  )
}

/** What makes two reports speak of the same symbol's slot. */
export function ledgerKey(row: Pick<LedgerRow, 'timestamp' | 'symbol'>): string {
  return `${row.timestamp} ${row.symbol}`
}

/** Rows of a key are stored once: a change cannot follow one that stored the same slot, or may have rows of its keys. */
export function rowsConflict(ours: readonly Action[], theirs: readonly Action[]): string | null {
  const slot = slotOf(ours)
  if (slot !== null && slot === slotOf(theirs)) return 'another writer stored the same slot'
  const mine = addedBy(ours)
  const meeting = addedBy(theirs).find((add) => mine.some((one) => overlap(one, add)))
  return meeting ? `another writer added ${meeting.path}` : null
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

/** Whether both may hold rows of one key: the same partition, and times that meet or are not known. */
function overlap(a: Add, b: Add): boolean {
  const names = Object.keys(a.partitionValues)
  if (names.some((name) => a.partitionValues[name] !== b.partitionValues[name])) return false
  const mine = timesOf(a)
  const theirs = timesOf(b)
  return mine === null || theirs === null || (mine.from <= theirs.to && theirs.from <= mine.to)
}

function timesOf({ path, stats }: Add): { from: number; to: number } | null {
  const { minValues, maxValues } = parseJson(stats ?? '{}', path) as Record<string, { timestamp?: string }>
  if (!minValues?.timestamp || !maxValues?.timestamp) return null
  return { from: Date.parse(minValues.timestamp), to: Date.parse(maxValues.timestamp) }
}
