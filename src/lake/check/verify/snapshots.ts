import type { EpochMs } from '../../../market/units.ts'
import type { LedgerRow } from '../../../snapshot/ledger.ts'
import { isDataPath } from '../../layout.ts'
import { currentState, type Lake } from '../../open.ts'
import type { ProgressOptions } from '../../progress.ts'
import type { SnapshotFile } from '../../tables/data-files.ts'
import type { SnapshotState } from '../../tables/snapshot-table.ts'
import { dataFilePath } from '../../write/data-file.ts'
import type { Finding } from '../findings.ts'
import { findUnknownFiles, type UnknownFile, unknownFinding, verifyDataFile } from './data-files.ts'
import { verifyRows } from './snapshot-rows.ts'

/** The number of rows of a slot and symbol in intact data files. */
export interface SlotCount {
  readonly symbol: string
  readonly date: string
  readonly slot: EpochMs
  readonly rows: number
}

/** A slot and symbol whose row count in the ledger differs from the data files. */
export interface LedgerDifference extends SlotCount {
  /** Null if the ledger has no report. */
  readonly report: LedgerRow | null
}

/** Findings in `option_snapshots`: as text for a person, and as data for `repair`. */
export interface SnapshotFindings {
  readonly findings: readonly Finding[]
  readonly bad: readonly SnapshotFile[]
  readonly unknown: readonly UnknownFile[]
  /** Days of a symbol in which a key is stored more than once, as `dayKey`. */
  readonly crowded: ReadonlySet<string>
  /** Rows in intact data files, by slot and symbol. */
  readonly counted: ReadonlyMap<string, SlotCount>
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
  /** Null if the ledger itself is damaged. Data files are then not compared with it. */
  readonly reports: readonly LedgerRow[] | null
  /** The version to check, that of the reports; by default the newest. */
  readonly table?: SnapshotState
  /** Whether another process may be about to commit files that no commit names yet. */
  readonly mayBeWriting: boolean
}

/** Reads every byte of `option_snapshots` in one version, and compares it with the log and the ledger. */
export async function verifySnapshots(lake: Lake, check: SnapshotCheckOptions): Promise<SnapshotFindings> {
  const { reports, table = await currentState(lake) } = check
  const listed = await findUnknownFiles(lake.layout.table, table, {
    before: check.before,
    isOurName: isDataPath,
  })
  const findings: Finding[] = []
  const bad: SnapshotFile[] = []
  const counted = new Map<string, SlotCount>()
  const crowded = new Set<string>()
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
    if (rows?.isCrowded) crowded.add(dayKey({ symbol, date }))
    for (const [slot, count] of rows?.bySlot ?? []) {
      counted.set(slotKey({ slot, symbol }), { symbol, date, slot, rows: count })
    }
    done += day.length
    check.onProgress?.(done, table.files.size)
  }
  const differences = reports ? differencesOf(reports, counted) : []
  findings.push(...differences.filter((one) => !isCovered(one, bad)).map((one) => ledgerFinding(lake, one)))
  const unknown = check.mayBeWriting ? await stillUnknown(lake, listed) : listed
  findings.push(...unknown.map((file) => unknownFinding(lake.layout.table, file)))
  return {
    findings,
    bad,
    unknown,
    crowded,
    counted,
    differences,
    ...totals(table.files.values(), counted.values()),
  }
}

/** The longest time between a writer's file becoming visible and its commit. */
const COMMIT_MS = 1_000

/** The listed files that are still not committed; waits a second for a writer that may be about to commit. */
async function stillUnknown(lake: Lake, listed: readonly UnknownFile[]): Promise<readonly UnknownFile[]> {
  const unknown = async () => {
    const { files, removed } = await currentState(lake)
    return listed.filter(({ path }) => !files.has(path) && !removed.has(path))
  }
  const first = await unknown()
  // Other programs' files are older than a day.
  if (!first.some(({ isOurs }) => isOurs)) return first
  await lake.clock.sleep(COMMIT_MS)
  return unknown()
}

function totals(files: Iterable<SnapshotFile>, counted: Iterable<SlotCount>) {
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
    const day = days.get(dayKey(file))
    if (day) day.push(file)
    else days.set(dayKey(file), [file])
  }
  return [...days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, day]) => day)
}

export function differencesOf(
  reports: readonly LedgerRow[],
  counted: ReadonlyMap<string, SlotCount>,
): LedgerDifference[] {
  const differences: LedgerDifference[] = []
  const known = new Set<string>()
  for (const report of reports) {
    const { symbol, date } = report
    const slot = report.timestamp as EpochMs
    known.add(slotKey({ slot, symbol }))
    const rows = counted.get(slotKey({ slot, symbol }))?.rows ?? 0
    if (rows !== report.rows) differences.push({ report, symbol, date, slot, rows })
  }
  const unreported = [...counted].filter(([key, { rows }]) => !known.has(key) && rows > 0)
  return [...differences, ...unreported.map(([, count]) => ({ ...count, report: null }))]
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

export function slotKey({ slot, symbol }: Pick<SlotCount, 'slot' | 'symbol'>): string {
  return `${slot} ${symbol}`
}

/** The key of one symbol's day. */
export function dayKey({ symbol, date }: Pick<SlotCount, 'symbol' | 'date'>): string {
  return `${date} ${symbol}`
}
