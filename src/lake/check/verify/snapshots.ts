import { join } from 'node:path'
import type { EpochMs } from '../../../market/units.ts'
import type { LedgerRow } from '../../../snapshot/ledger.ts'
import { currentState, type Lake } from '../../open.ts'
import type { ProgressOptions } from '../../progress.ts'
import type { SnapshotFile } from '../../tables/data-files.ts'
import { ledger } from '../../tables/ledger.ts'
import { dataFilePath } from '../../write/data-file.ts'
import type { Finding } from '../findings.ts'
import { findUnknownFiles, verifyDataFile } from './data-files.ts'
import { verifyRows } from './snapshot-rows.ts'

/** A slot and symbol whose row count in the ledger differs from the data files. */
export interface LedgerDifference {
  /** Null if the ledger has no report. */
  readonly report: LedgerRow | null
  readonly symbol: string
  readonly date: string
  readonly slot: EpochMs
  /** Rows in intact data files. */
  readonly rows: number
}

/** Findings in `option_snapshots`: as text for a person, and as data for `repair`. */
export interface SnapshotFindings {
  readonly findings: readonly Finding[]
  readonly bad: readonly SnapshotFile[]
  /** Paths below the table's folder. */
  readonly unknown: readonly string[]
  /** Includes slots that have fewer rows because of a bad file. */
  readonly differences: readonly LedgerDifference[]
  readonly files: number
  readonly bytes: number
  readonly rows: number
  readonly unproven: number
}

interface SnapshotCheckOptions extends ProgressOptions {
  /** Epoch milliseconds. Newer files that no commit names are ignored. */
  readonly before: number
  /** False if the ledger itself is damaged. Data files are then not compared with it. */
  readonly withLedger: boolean
}

/** Reads every byte of `option_snapshots` in one version, and compares it with the log and the ledger. */
export async function verifySnapshots(lake: Lake, check: SnapshotCheckOptions): Promise<SnapshotFindings> {
  const table = await currentState(lake)
  const reports = check.withLedger ? await ledger(lake) : null
  const listed = await findUnknownFiles(lake.layout.table, table, check.before)
  const findings: Finding[] = []
  const bad: SnapshotFile[] = []
  const counted = new Map<string, LedgerDifference>()
  let done = 0
  for (const day of daysOf([...table.files.values()])) {
    check.signal?.throwIfAborted()
    const intact: SnapshotFile[] = []
    for (const file of day) {
      const finding = await verifyDataFile(dataFilePath(lake, file), file)
      if (finding) findings.push(finding)
      if (finding) bad.push(file)
      else intact.push(file)
    }
    const rows = intact.length === 0 ? null : await verifyRows(lake, intact)
    findings.push(...(rows?.findings ?? []))
    bad.push(...(rows?.bad ?? []))
    const { symbol, date } = day[0] as SnapshotFile
    for (const [slot, count] of rows?.bySlot ?? []) {
      counted.set(keyOf(slot, symbol), { report: null, symbol, date, slot, rows: count })
    }
    done += day.length
    check.onProgress?.(done, table.files.size)
  }
  const differences = reports ? differencesOf(reports, counted) : []
  findings.push(...differences.filter((one) => !isCovered(one, bad)).map((one) => ledgerFinding(lake, one)))
  const unknown = await stillUnknown(lake, listed)
  for (const path of unknown) {
    findings.push({ kind: 'unknown_file', path: join(lake.layout.table, path), detail: 'no commit names it' })
  }
  return { findings, bad, unknown, differences, ...totals(table.files.values(), counted.values()) }
}

/** The longest time between a writer's file becoming visible and its commit. */
const COMMIT_MS = 1_000

/** The listed files that are still not committed; waits a second for a writer that may be about to commit. */
async function stillUnknown(lake: Lake, listed: readonly string[]): Promise<string[]> {
  const unknown = async () => {
    const { files, removed } = await currentState(lake)
    return listed.filter((path) => !files.has(path) && !removed.has(path))
  }
  const first = await unknown()
  // Only files with our naming pattern may be about to be committed, and only by another process.
  if (lake.mode === 'write' || !first.some((path) => /\/\d{4}Z-[^/]+\.parquet$/.test(path))) return first
  await lake.clock.sleep(COMMIT_MS)
  return unknown()
}

function totals(files: Iterable<SnapshotFile>, counted: Iterable<LedgerDifference>) {
  const all = [...files]
  return {
    files: all.length,
    bytes: all.reduce((sum, file) => sum + file.size, 0),
    rows: [...counted].reduce((sum, one) => sum + one.rows, 0),
    unproven: all.filter((file) => file.sha256 === null).length,
  }
}

function daysOf(files: readonly SnapshotFile[]): SnapshotFile[][] {
  const days = new Map<string, SnapshotFile[]>()
  for (const file of files) {
    const day = days.get(`${file.date} ${file.symbol}`)
    if (day) day.push(file)
    else days.set(`${file.date} ${file.symbol}`, [file])
  }
  return [...days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, day]) => day)
}

function differencesOf(
  reports: readonly LedgerRow[],
  counted: ReadonlyMap<string, LedgerDifference>,
): LedgerDifference[] {
  const differences: LedgerDifference[] = []
  const known = new Set<string>()
  for (const report of reports) {
    const { symbol, date } = report
    const slot = report.timestamp as EpochMs
    known.add(keyOf(slot, symbol))
    const rows = counted.get(keyOf(slot, symbol))?.rows ?? 0
    if (rows !== report.rows) differences.push({ report, symbol, date, slot, rows })
  }
  return [...differences, ...[...counted].filter(([key]) => !known.has(key)).map(([, one]) => one)]
}

/** Whether a bad file, which is already a finding, explains the difference. */
function isCovered(one: LedgerDifference, bad: readonly SnapshotFile[]): boolean {
  return bad.some(
    (file) => file.symbol === one.symbol && file.minSlot <= one.slot && one.slot <= file.maxSlot,
  )
}

function ledgerFinding(lake: Lake, { report, symbol, slot, rows }: LedgerDifference): Finding {
  const what = `${symbol} at ${new Date(slot).toISOString()}`
  const path = lake.layout.table
  if (report) {
    const detail = `${what}: the ledger says ${report.rows} rows, the data files have ${rows}`
    return { kind: 'ledger_differs', path, detail }
  }
  return { kind: 'slot_without_report', path, detail: `${what}: ${rows} rows, but no report in the ledger` }
}

function keyOf(slot: EpochMs, symbol: string): string {
  return `${slot} ${symbol}`
}
