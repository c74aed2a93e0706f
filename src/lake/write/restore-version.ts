import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Action, type DataFile, logFolderOf, pathToLog, type TableState } from '../../delta/index.ts'
import { epochMs, sessionDate } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { LEDGER_COLUMNS, type LedgerRow } from '../../snapshot/ledger.ts'
import { reportMissing } from '../../snapshot/symbol-report.ts'
import { matchesChecksum } from '../checksum.ts'
import { exists, ioFailure, loadWholeTable, readCommits, readVersion } from '../delta.ts'
import { currentState, type Lake } from '../open.ts'
import type { ProgressOptions } from '../progress.ts'
import { lakeAsOf, type VersionOrTime } from '../query/as-of.ts'
import { commitInfo } from '../tables/commit-info.ts'
import { SHA256_TAG } from '../tables/data-files.ts'
import { deletedFileFailure } from '../tables/deleted-file.ts'
import { storedLedger, storeLedger } from '../tables/ledger.ts'
import { folderOf, smallDeltaTable } from '../tables/loaded-small-tables.ts'
import { type SmallTable, TABLES_OF_ROWS } from '../tables/small-tables.ts'
import { ledgerKey, reportsOf } from '../tables/snapshot-table.ts'
import { checkWriting, commitChange } from './commit-change.ts'
import { removalOf } from './data-file.ts'

export interface RestoreVersionOptions extends ProgressOptions {
  readonly to: VersionOrTime
  /** Only checks and plans. */
  readonly dryRun: boolean
}

/** What restoring changes in one table. */
export interface TableRestore {
  readonly table: string
  /** The version that the table goes back to; null if it did not exist then. */
  readonly toVersion: number | null
  /** The new version; null if nothing changes, or in a dry run. */
  readonly newVersion: number | null
  readonly filesAdded: number
  readonly filesRemoved: number
}

export interface RestoreVersionReport {
  readonly dryRun: boolean
  /** The version of `option_snapshots` that was restored, and when it was committed, epoch milliseconds. */
  readonly version: number
  readonly committedAt: number
  readonly tables: readonly TableRestore[]
  /** Entries of the ledger that are now missing, with the reason `restored`. */
  readonly slotsRemoved: number
  /** Entries of the ledger that are again as they were then. */
  readonly slotsReverted: number
}

/** The change of one table's files. */
interface FileChange {
  readonly toVersion: number | null
  readonly added: readonly DataFile[]
  readonly removed: readonly DataFile[]
}

/**
 * Brings a lake back to an older version, as new commits: files removed since then are added again, files added since
 * then are removed. They stay on disk, so that this can be undone until they are vacuumed. The commit to
 * `option_snapshots` also corrects the ledger. Columns that were added since then stay. If the process is killed, the
 * next run with the same version continues.
 * @throws Failure EXIT.usage when the log no longer has the version, or a file that it needs was deleted; EXIT.io when
 * one is damaged or a disk operation fails. Nothing is changed then.
 */
export async function restoreVersion(
  lake: Lake,
  { to, dryRun, ...progress }: RestoreVersionOptions,
): Promise<RestoreVersionReport> {
  checkWriting(lake)
  const then = await lakeAsOf(lake, to)
  const { version, time } = asOfOf(then)
  const small: { readonly table: SmallTable; readonly change: FileChange }[] = []
  for (const table of TABLES_OF_ROWS) {
    // A writer would create it.
    if (!(await exists(logFolderOf(folderOf(lake, table))))) continue
    const state = await asOfOf(then).smallState(table)
    small.push({ table, change: await fileChange(folderOf(lake, table), state?.version ?? null) })
  }
  const changes = [...small.map(({ change }) => change), await fileChange(lake.layout.table, version)]
  const folders = [...small.map(({ table }) => folderOf(lake, table)), lake.layout.table]
  await checkFiles(then, { changes, folders, ...progress })
  const reports = await changedReports(lake, then)
  const snapshots = await restoreSnapshots(lake, then, dryRun)
  const tables = [snapshots]
  if (!dryRun) await storeLedger(lake)
  for (const { table, change } of small) tables.push(await restoreSmall(lake, table, { change, dryRun }))
  return { dryRun, version, committedAt: time, tables, ...reports.counts }
}

async function restoreSnapshots(lake: Lake, then: Lake, dryRun: boolean): Promise<TableRestore> {
  const { version } = asOfOf(then)
  const plan = async () => {
    const change = await fileChange(lake.layout.table, version)
    return { change, ...(await changedReports(lake, then)) }
  }
  if (dryRun) return described('option_snapshots', (await plan()).change, null)
  const { state, change } = await commitChange(lake, {
    table: lake.snapshots,
    what: 'the table that is being restored',
    prepare: async ({ version: readVersion }) => {
      const planned = await plan()
      if (isNothing(planned.change) && planned.reports.length === 0) return null
      const now = lake.clock.now()
      const info = commitInfo('RESTORE', {
        timestamp: now,
        operationParameters: { version: String(version) },
        readVersion,
        isBlindAppend: false,
        reports: planned.reports,
      })
      return { planned, staged: [], actions: [info, ...actionsOf(planned.change, now)] }
    },
  })
  const planned = change?.planned.change ?? { toVersion: version, added: [], removed: [] }
  return described('option_snapshots', planned, change === null ? null : state.version)
}

async function restoreSmall(
  lake: Lake,
  table: SmallTable,
  { change, dryRun }: { change: FileChange; dryRun: boolean },
): Promise<TableRestore> {
  const stored = await smallDeltaTable(lake, table)
  if (dryRun || stored === null || isNothing(change)) return described(table.name, change, null)
  const { state, change: done } = await commitChange(lake, {
    table: stored,
    what: 'the table that is being restored',
    prepare: async ({ version: readVersion }) => {
      const planned = await fileChange(folderOf(lake, table), change.toVersion)
      if (isNothing(planned)) return null
      const now = lake.clock.now()
      const operationParameters = { version: String(change.toVersion ?? '') }
      const info = commitInfo('RESTORE', {
        timestamp: now,
        operationParameters,
        readVersion,
        isBlindAppend: false,
      })
      return { staged: [], actions: [info, ...actionsOf(planned, now)] }
    },
  })
  return described(table.name, change, done === null ? null : state.version)
}

/** What must be added and removed for the newest version to have the files of an older one; null: no files. */
async function fileChange(folder: string, toVersion: number | null): Promise<FileChange> {
  const table = await loadWholeTable(folder)
  const now = table.state.files
  const then: TableState['files'] =
    toVersion === null ? new Map() : (await readVersion(table, toVersion)).files
  return {
    toVersion,
    added: [...then.values()].filter(({ path }) => !now.has(path)),
    removed: [...now.values()].filter(({ path }) => !then.has(path)),
  }
}

/** Reads every file that would be added again. @throws Failure naming the first that cannot be used. */
async function checkFiles(
  then: Lake,
  {
    changes,
    folders,
    signal,
    onProgress,
  }: ProgressOptions & { readonly changes: readonly FileChange[]; readonly folders: readonly string[] },
): Promise<void> {
  const total = changes.reduce((sum, { added }) => sum + added.length, 0)
  let done = 0
  for (const [at, { added }] of changes.entries()) {
    const folder = folders[at] as string
    for (const file of added) {
      signal?.throwIfAborted()
      onProgress?.(done++, total)
      const path = join(folder, file.path)
      const bytes = await readFile(path).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw ioFailure('read', path, error)
        throw (
          (await deletedFileFailure(then, { folder, files: [file] })) ??
          new Failure(EXIT.usage, `cannot restore: ${path} was deleted`)
        )
      })
      if (matchesChecksum(bytes, file.tags?.[SHA256_TAG] ?? null)) continue
      const message = `cannot restore: ${path} is damaged, its checksum differs; choose another version`
      throw new Failure(EXIT.io, message)
    }
  }
  onProgress?.(total, total)
}

/**
 * The reports that turn the ledger of the newest version into that of the older one. Two for an entry that existed then:
 * the first takes the newer entry away, because of two reports the better one would count.
 */
async function changedReports(
  lake: Lake,
  then: Lake,
): Promise<{
  readonly reports: readonly LedgerRow[]
  readonly counts: { readonly slotsRemoved: number; readonly slotsReverted: number }
}> {
  const { version } = asOfOf(then)
  const reports: LedgerRow[] = []
  let slotsRemoved = 0
  let slotsReverted = 0
  for (const date of await datesReportedAfter(lake, version)) {
    const onDay = { from: sessionDate(date), to: sessionDate(date) }
    const before = new Map((await storedLedger(then, onDay)).map((row) => [ledgerKey(row), row]))
    for (const row of await storedLedger(lake, onDay)) {
      const earlier = before.get(ledgerKey(row))
      if (earlier ? isSameEntry(row, earlier) : row.reason === 'restored' && row.rows === 0) continue
      reports.push(removedEntry(row, version), ...(earlier ? [earlier] : []))
      if (earlier) slotsReverted++
      else slotsRemoved++
    }
  }
  return { reports, counts: { slotsRemoved, slotsReverted } }
}

/** The New York dates of which commits after a version have reports. */
async function datesReportedAfter(lake: Lake, version: number): Promise<string[]> {
  const dates = new Set<string>()
  const { version: newest } = await currentState(lake)
  for (let from = version + 1; from <= newest; from += COMMITS_AT_ONCE) {
    const to = Math.min(from + COMMITS_AT_ONCE - 1, newest)
    for (const commit of await readCommits(lake.snapshots.logFolder, { from, to })) {
      for (const { date } of reportsOf(commit)) dates.add(date)
    }
  }
  return [...dates].sort()
}

const COMMITS_AT_ONCE = 64

function removedEntry(row: LedgerRow, version: number): LedgerRow {
  const { timestamp, symbol, kind } = row
  const detail = `the lake was restored to version ${version}, from before this slot was stored`
  const context = { slot: epochMs(timestamp), date: sessionDate(row.date), detail, startedAt: null, kind }
  return { ...reportMissing(symbol, 'restored', context), rows: 0 }
}

function isSameEntry(one: LedgerRow, other: LedgerRow): boolean {
  return LEDGER_COLUMNS.every(({ name }) => one[name] === other[name])
}

function actionsOf({ added, removed }: FileChange, now: number): Action[] {
  const removals = removed.map((file) =>
    removalOf(file, { partitionValues: file.partitionValues, now, dataChange: true }),
  )
  const adds = added.map(
    ({ path, ...file }): Action => ({
      add: { ...file, path: pathToLog(path), dataChange: true },
    }),
  )
  return [...removals, ...adds]
}

function isNothing({ added, removed }: FileChange): boolean {
  return added.length + removed.length === 0
}

function described(table: string, change: FileChange, newVersion: number | null): TableRestore {
  const { toVersion, added, removed } = change
  return { table, toVersion, newVersion, filesAdded: added.length, filesRemoved: removed.length }
}

/** The version that `lakeAsOf` chose. */
function asOfOf({ asOf }: Lake): NonNullable<Lake['asOf']> {
  if (asOf === null) throw new RangeError('the lake is at its newest version')
  return asOf
}
