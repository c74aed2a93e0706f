import { EXIT, Failure } from '../failure.ts'
import { type LedgerRow, settledReport } from '../snapshot/ledger.ts'
import { type Action, type Add, type AddFile, addFile, type MetaData, type Protocol } from './actions.ts'
import { commitName, pathFromLog } from './layout.ts'
import { READER_VERSION } from './schema.ts'

/** One version of the table: what a reader who opened it then sees, whatever is committed afterwards. */
export interface Table {
  /** −1 before the first commit. */
  readonly version: number
  readonly protocol: Protocol | null
  readonly metaData: MetaData | null
  /** Data files by their path on disk, below the table's folder. */
  readonly files: ReadonlyMap<string, AddFile>
  /** Files that were replaced but may still be read by somebody: path → when, epoch milliseconds. */
  readonly removed: ReadonlyMap<string, number>
  /** The ledger: one report for every (slot, symbol), keyed by `ledgerKey`: the newest that got furthest. */
  readonly reports: ReadonlyMap<string, LedgerRow>
}

export interface Commit {
  readonly version: number
  readonly actions: readonly Action[]
}

export const EMPTY_TABLE: Table = {
  version: -1,
  protocol: null,
  metaData: null,
  files: new Map(),
  removed: new Map(),
  reports: new Map(),
}

export function ledgerKey(row: Pick<LedgerRow, 'timestamp' | 'symbol'>): string {
  return `${row.timestamp} ${row.symbol}`
}

/**
 * The table after some more commits, in order of version.
 * @throws Failure EXIT.configuration when the table asks for a newer Delta reader.
 */
export function replay(table: Table, commits: readonly Commit[]): Table {
  if (commits.length === 0) return table
  const files = new Map(table.files)
  const removed = new Map(table.removed)
  const reports = new Map(table.reports)
  let { version, protocol, metaData } = table
  for (const commit of commits) {
    const name = commitName(commit.version)
    for (const action of commit.actions) {
      if ('add' in action) {
        const file = addFile(action.add, name)
        files.set(file.path, file)
        removed.delete(file.path)
      } else if ('remove' in action) {
        const path = pathFromLog(action.remove.path) ?? action.remove.path
        files.delete(path)
        removed.set(path, action.remove.deletionTimestamp ?? 0)
      } else if ('protocol' in action) protocol = readable(action.protocol)
      else if ('metaData' in action) metaData = action.metaData
      else {
        for (const row of action.commitInfo.optionlake?.reports ?? []) {
          reports.set(ledgerKey(row), settledReport(reports.get(ledgerKey(row)), row))
        }
      }
    }
    version = commit.version
  }
  return { version, protocol, metaData, files, removed, reports }
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
  }
  return null
}

function slotOf(actions: readonly Action[]): number | null {
  return (
    actions.flatMap((action) => ('commitInfo' in action ? (action.commitInfo.optionlake ?? []) : []))[0]
      ?.slot ?? null
  )
}

function overlaps(a: Add, b: Add): boolean {
  const mine = addFile(a, a.path)
  const theirs = addFile(b, b.path)
  return (
    mine.symbol === theirs.symbol &&
    mine.date === theirs.date &&
    mine.minSlot <= theirs.maxSlot &&
    theirs.minSlot <= mine.maxSlot
  )
}

function readable(protocol: Protocol): Protocol {
  if (protocol.minReaderVersion <= READER_VERSION) return protocol
  throw new Failure(
    EXIT.configuration,
    `the table needs Delta reader version ${protocol.minReaderVersion}, this program has ${READER_VERSION}: update optionlake`,
  )
}
