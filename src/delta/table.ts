import { commitName, pathFromLog } from '../lake/layout.ts'
import { READER_VERSION } from '../lake/tables/schema.ts'
import { EXIT, Failure } from '../process/failure.ts'
import type { LedgerRow } from '../snapshot/ledger.ts'
import {
  type Action,
  type Add,
  type AddFile,
  type FileOf,
  jsonOf,
  type MetaData,
  type Protocol,
} from './actions.ts'

/** One version of a table: what a reader who opened it then sees, whatever is committed afterwards. */
export interface Table<File extends { readonly path: string } = AddFile> {
  /** −1 before the first commit. */
  readonly version: number
  readonly protocol: Protocol | null
  readonly metaData: MetaData | null
  /** Data files by their path on disk, below the table's folder. */
  readonly files: ReadonlyMap<string, File>
  /** Files that were replaced but may still be read by somebody: path → when, epoch milliseconds. */
  readonly removed: ReadonlyMap<string, number>
  /** How far other logs were taken into this table: application id → version. */
  readonly transactions: ReadonlyMap<string, number>
  /**
   * Slot reports of the newest commits, those of version `recentFrom` and later, in order. Not the ledger: that is
   * `ledger` of slots-table.ts, which adds to them what was stored before.
   */
  readonly recent: readonly SlotReports[]
  readonly recentFrom: number
}

/** The slot reports of one commit. */
export interface SlotReports {
  readonly version: number
  readonly reports: readonly LedgerRow[]
}

export interface Commit {
  readonly version: number
  readonly actions: readonly Action[]
}

/** Reports of so many commits are held in memory; older ones are in `slots`, or read from the log again. */
const MOST_RECENT = 256

/** A table without commits. */
export function emptyTable<File extends { readonly path: string }>(): Table<File> {
  return {
    version: -1,
    protocol: null,
    metaData: null,
    files: new Map(),
    removed: new Map(),
    transactions: new Map(),
    recent: [],
    recentFrom: 0,
  }
}

export function ledgerKey(row: Pick<LedgerRow, 'timestamp' | 'symbol'>): string {
  return `${row.timestamp} ${row.symbol}`
}

/**
 * The table after some more commits, in order of version. A checkpoint replays like one commit on the empty table.
 * @throws Failure EXIT.configuration when the table asks for a newer Delta reader.
 */
export function replay<File extends { readonly path: string }>(
  table: Table<File>,
  commits: readonly Commit[],
  fileOf: FileOf<File>,
): Table<File> {
  if (commits.length === 0) return table
  const files = new Map(table.files)
  const removed = new Map(table.removed)
  const transactions = new Map(table.transactions)
  let { version, protocol, metaData } = table
  for (const commit of commits) {
    const name = commitName(commit.version)
    for (const action of commit.actions) {
      if ('add' in action) {
        const file = fileOf(action.add, name)
        files.set(file.path, file)
        removed.delete(file.path)
      } else if ('remove' in action) {
        const path = pathFromLog(action.remove.path) ?? action.remove.path
        files.delete(path)
        removed.set(path, action.remove.deletionTimestamp ?? 0)
      } else if ('protocol' in action) protocol = readable(action.protocol)
      else if ('metaData' in action) metaData = action.metaData
      else if ('txn' in action) transactions.set(action.txn.appId, action.txn.version)
    }
    version = commit.version
  }
  return { version, protocol, metaData, files, removed, transactions, ...recentAfter(table, commits) }
}

/** The slot reports that a commit carries. */
export function reportsOf(commit: Commit): readonly LedgerRow[] {
  return commit.actions.flatMap((action) =>
    'commitInfo' in action ? (action.commitInfo.optionlake?.reports ?? []) : [],
  )
}

/**
 * Why `ours`, prepared against an older version, cannot follow `theirs`; null when it can. It cannot when they
 * changed what a table is, took away a file that we replace, or added rows where we looked for rows to replace
 * or only count them.
 */
export function conflictOf(ours: readonly Action[], theirs: readonly Action[]): string | null {
  const replaced = new Set(ours.flatMap((action) => ('remove' in action ? [action.remove.path] : [])))
  const added = ours.flatMap((action) => ('add' in action ? [action.add] : []))
  const slot = slotOf(ours)
  if (slot !== null && slot === slotOf(theirs)) return 'another writer stored the same slot'
  for (const action of theirs) {
    if ('protocol' in action || 'metaData' in action) return 'another writer changed the table itself'
    if ('remove' in action && replaced.has(action.remove.path)) {
      return `another writer replaced ${action.remove.path}`
    }
    if ('add' in action && added.some((mine) => overlaps(mine, action.add))) {
      return `another writer added ${action.add.path}`
    }
    if ('txn' in action && ours.some((mine) => 'txn' in mine && mine.txn.appId === action.txn.appId)) {
      return `another writer took in ${action.txn.appId} version ${action.txn.version}`
    }
  }
  return null
}

function recentAfter(
  table: Table<{ readonly path: string }>,
  commits: readonly Commit[],
): Pick<Table, 'recent' | 'recentFrom'> {
  const news = commits.flatMap((commit) => {
    const reports = reportsOf(commit)
    return reports.length === 0 ? [] : [{ version: commit.version, reports }]
  })
  const all = news.length === 0 ? table.recent : [...table.recent, ...news]
  const recent = all.slice(-MOST_RECENT)
  const dropped = all[all.length - recent.length - 1]
  return { recent, recentFrom: dropped ? dropped.version + 1 : table.recentFrom }
}

function slotOf(actions: readonly Action[]): number | null {
  return (
    actions.flatMap((action) => ('commitInfo' in action ? (action.commitInfo.optionlake ?? []) : []))[0]
      ?.slot ?? null
  )
}

/** Whether both may hold rows of one key: the same partition, and times that meet or are not known. */
function overlaps(a: Add, b: Add): boolean {
  const names = Object.keys(a.partitionValues)
  if (names.some((name) => a.partitionValues[name] !== b.partitionValues[name])) return false
  const mine = timesOf(a)
  const theirs = timesOf(b)
  return mine === null || theirs === null || (mine.from <= theirs.to && theirs.from <= mine.to)
}

function timesOf({ path, stats }: Add): { from: number; to: number } | null {
  const { minValues, maxValues } = jsonOf(stats ?? '{}', path) as Record<string, { timestamp?: string }>
  if (!minValues?.timestamp || !maxValues?.timestamp) return null
  return { from: Date.parse(minValues.timestamp), to: Date.parse(maxValues.timestamp) }
}

function readable(protocol: Protocol): Protocol {
  if (protocol.minReaderVersion <= READER_VERSION) return protocol
  throw new Failure(
    EXIT.configuration,
    `the table needs Delta reader version ${protocol.minReaderVersion}, this program has ${READER_VERSION}: update optionlake`,
  )
}
