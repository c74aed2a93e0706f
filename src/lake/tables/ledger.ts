import { join } from 'node:path'
import { commitName, emptyState, type TableState } from '../../delta/index.ts'
import { type SessionDate, sessionDate } from '../../market/units.ts'
import { type LedgerRow, normalizedEntry, preferredReport } from '../../snapshot/ledger.ts'
import { damageFailure, readCommits } from '../delta.ts'
import { currentState, type Lake } from '../open.ts'
import { type MaintenanceReport, maintain, maintainNow } from '../write/maintenance.ts'
import { filesByPartition, rewrite, rowsByPartition } from '../write/write-rows.ts'
import { smallState } from './loaded-small-tables.ts'
import { keptRowsOfFiles, rowsOfFiles, sortedByKey } from './read-rows.ts'
import { SLOTS, SMALL_FILES, type SmallFile, STORED_SLOTS_TAG, storedSlots } from './small-tables.ts'
import { ledgerKey, reportsOf, type SnapshotTable } from './snapshot-table.ts'

/** Delta application id in `slots`. Its version is that of `option_snapshots` up to which reports are stored. */
export const LEDGER_APP = 'optionlake.ledger'

/** The ledger in two parts: days complete in files of `slots`, and days with newer reports in the log. */
interface LedgerParts {
  readonly files: readonly SmallFile[]
  /** All rows of the other days. */
  readonly rows: readonly LedgerRow[]
}

/** Selects trade dates, inclusive; all if empty. */
export interface DateRange {
  readonly from?: SessionDate | undefined
  readonly to?: SessionDate | undefined
}

/** Selects rows of the ledger; all if empty. `date` is short for a range of one date. */
export interface LedgerFilter extends DateRange {
  readonly date?: SessionDate | undefined
  readonly symbol?: string | undefined
}

/**
 * The slot ledger: one row for every (slot, symbol), sorted by slot and symbol. It combines the rows of `slots` with
 * the reports of later commits. If a slot ran several times, its row is the newest report with the best outcome.
 * Timestamps are epoch milliseconds. Reads only the files of the dates asked for.
 * @throws Failure EXIT.io when the log or `slots` cannot be read.
 */
export async function ledger(
  lake: Lake,
  { date, symbol, from = date, to = date }: LedgerFilter = {},
): Promise<LedgerRow[]> {
  const all = await storedLedger(lake, { from, to })
  const chosen = symbol === undefined ? all : all.filter((row) => row.symbol === symbol)
  return sortedByKey(SLOTS, chosen.map(normalizedEntry))
}

/** The same, with outcomes and reasons as stored, and in no order. */
export async function storedLedger(lake: Lake, dates: DateRange = {}): Promise<LedgerRow[]> {
  const { files, rows } = await ledgerParts(lake, dates)
  const complete = (await keptRowsOfFiles(lake, SLOTS, files)).map((row) => ({ ...row }))
  return [...complete, ...rows.map(rowAsRead)]
}

/** A copy of a report as it would be read from a file: the columns in order, no −0. */
function rowAsRead(row: LedgerRow): LedgerRow {
  const values = SLOTS.columns.map(({ name }) => {
    const value = row[name] ?? null
    return [name, typeof value === 'number' ? value + 0 : value] as const
  })
  return Object.fromEntries(values) as unknown as LedgerRow
}

/** The number of rows of the ledger on each trade date that has any, sorted. Reads only days with newer reports. */
export async function ledgerDates(lake: Lake): Promise<ReadonlyMap<SessionDate, number>> {
  const { files, rows } = await ledgerParts(lake)
  const counts = new Map<string, number>()
  const add = (date: string, count: number) => counts.set(date, (counts.get(date) ?? 0) + count)
  for (const file of files) {
    add(String(file.partition), file.rows ?? (await rowsOfFiles(lake, SLOTS, [file])).length)
  }
  for (const row of rows) add(row.date, 1)
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
  return new Map(sorted.map(([date, count]) => [sessionDate(date), count]))
}

/** The same as `ledger`, without reading the files of complete days. */
export async function ledgerParts(lake: Lake, { from, to }: DateRange = {}): Promise<LedgerParts> {
  const isWanted = (date: string | null) =>
    (from === undefined || (date !== null && date >= from)) &&
    (to === undefined || (date !== null && date <= to))
  const { stored, reports } = await openReports(lake, isWanted)
  const files = [...stored.files.values()].filter((file) => isWanted(file.partition))
  const news = rowsByPartition(SLOTS, reports)
  const earlier = filesByPartition(files)
  const rows: LedgerRow[] = []
  for (const [day, later] of news) {
    const stored = await keptRowsOfFiles(lake, SLOTS, earlier.get(day) ?? [])
    for (const row of settled(stored, later)) rows.push(row)
  }
  return { files: files.filter((file) => !news.has(file.partition)), rows: sortedByKey(SLOTS, rows) }
}

/**
 * The number of slots in which at least one symbol has rows. Reads only the log, except for days with newer reports and
 * days that another program rewrote.
 */
export async function countStoredSlots(lake: Lake): Promise<number> {
  const { files, rows } = await ledgerParts(lake)
  const isCounted = (file: SmallFile) => file.tags[STORED_SLOTS_TAG] != null
  const uncounted = new Set(files.filter((file) => !isCounted(file)).map((file) => file.partition))
  const counted = files.filter((file) => !uncounted.has(file.partition))
  const others = await rowsOfFiles(
    lake,
    SLOTS,
    files.filter((file) => uncounted.has(file.partition)),
  )
  return (
    counted.reduce((sum, file) => sum + Number(file.tags[STORED_SLOTS_TAG]), 0) +
    storedSlots([...rows, ...others])
  )
}

/**
 * Stores the reports of all commits so far in `slots`, one file a day. After that the commits may be deleted.
 * @returns the version up to which the reports are stored.
 * @throws Failure EXIT.io
 */
export async function storeLedger(lake: Lake): Promise<number> {
  const { version, reports } = await openReports(lake)
  const next = new Map(
    [...rowsByPartition(SLOTS, reports)].map(([day, later]) => [
      day,
      (earlier: readonly LedgerRow[]) => sortedByKey(SLOTS, settled(earlier, later)),
    ]),
  )
  const { maintenance } = await rewrite(lake, SLOTS, { next, transaction: { appId: LEDGER_APP, version } })
  if (maintenance.kind === 'failed') throw maintenance.failure
  return version
}

/**
 * Stores the ledger if `slots` has no rows yet, or only those of slots before the first with data, so that other engines
 * see them from the first slot on.
 * @throws Failure EXIT.io
 */
export async function storeFirstLedger(lake: Lake): Promise<void> {
  const files = [...((await smallState(lake, SLOTS))?.files.values() ?? [])]
  const hasData = files.some(({ tags }) => tags[STORED_SLOTS_TAG] !== '0')
  if (files.length === 0 || (!hasData && (await countStoredSlots(lake)) > 0)) await storeLedger(lake)
}

/** Maintenance of `option_snapshots` after a write, if it is due. Stores the ledger first. */
export function maintainSnapshots(lake: Lake): Promise<MaintenanceReport> {
  return maintain(lake, lake.snapshots, () => storeLedger(lake))
}

/** Writes a checkpoint of `option_snapshots` now, due or not. @throws Failure EXIT.io */
export function checkpointNow(lake: Lake): ReturnType<typeof maintainNow> {
  return maintainNow(lake, lake.snapshots, () => storeLedger(lake))
}

/** The state of `slots`, and the reports of later commits up to `version`, in order, of the dates asked for. */
async function openReports(
  lake: Lake,
  isWanted: (date: string) => boolean = () => true,
): Promise<{ version: number; stored: TableState<SmallFile>; reports: readonly LedgerRow[] }> {
  // The order matters: reports stored between the two reads then appear in both, which is harmless, and not in neither.
  const { version, facts } = await currentState(lake)
  const stored = (await smallState(lake, SLOTS)) ?? emptyState(SMALL_FILES)
  const from = (stored.transactions.get(LEDGER_APP) ?? -1) + 1
  const recent = facts.recent.filter((one) => one.version >= from)
  const older = facts.from > from ? await reportsBetween(lake.snapshots, from, facts.from - 1) : []
  const reports: LedgerRow[] = []
  for (const some of [older, ...recent.map((one) => one.reports)]) {
    for (const report of some) if (isWanted(report.date)) reports.push(report)
  }
  return { version, stored, reports }
}

/** Reads reports that are not in memory, because they are too old or precede another program's checkpoint. */
async function reportsBetween({ logFolder }: SnapshotTable, from: number, to: number): Promise<LedgerRow[]> {
  const commits = await readCommits(logFolder, { from, to })
  if (commits.length === to - from + 1) return commits.flatMap(reportsOf)
  const missing = join(logFolder, commitName(from + commits.length))
  throw damageFailure(missing, 'it is missing, and its reports are not in the ledger')
}

/** The rows after later reports, in order. */
export function settled(earlier: readonly LedgerRow[], later: readonly LedgerRow[]): LedgerRow[] {
  const rows = new Map(earlier.map((row) => [ledgerKey(row), row]))
  for (const row of later) rows.set(ledgerKey(row), preferredReport(rows.get(ledgerKey(row)), row))
  return [...rows.values()]
}
