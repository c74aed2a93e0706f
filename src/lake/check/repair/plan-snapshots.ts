import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Action, type Add, pathToLog } from '../../../delta/index.ts'
import { epochMs, sessionDate } from '../../../market/units.ts'
import type { LedgerRow } from '../../../snapshot/ledger.ts'
import { matchesChecksum, sha256Of } from '../../checksum.ts'
import {
  type Frame,
  frameOfParquet,
  keepLast,
  keysOfParquet,
  rowsBySlot,
  rowsNotIn,
  rowsWithKeys,
  sorted,
  stacked,
  statsOf,
} from '../../engines/polars.ts'
import type { Lake } from '../../open.ts'
import { ROWS_TAG, SHA256_TAG, type SnapshotFile } from '../../tables/data-files.ts'
import { SNAPSHOT_SCHEMA } from '../../tables/schema.ts'
import { type AddedColumn, addedColumns } from '../../tables/schema-evolution.ts'
import type { SnapshotState } from '../../tables/snapshot-table.ts'
import {
  dataFilePath,
  isCompleteParquet,
  isNamedAfter,
  type StagedFile,
  snapshotRemoval,
  stageFrame,
} from '../../write/data-file.ts'
import type { Repair } from '../findings.ts'
import type { UnknownFile } from '../verify/data-files.ts'
import { type FutureCounts, lostFutures } from '../verify/future-counts.ts'
import { dayKey, differencesOf, type SlotCount, type SnapshotFindings, slotKey } from '../verify/snapshots.ts'
import { correctedReport, kindOf, withFewerFutures } from './corrected-reports.ts'
import { type Candidate, type KeySets, newestRows } from './newest-rows.ts'
import { rankOfUnnamed, readWithTime, type SurvivingLog } from './surviving-log.ts'
import type { TablePlan } from './table-plan.ts'

const FRAME_KEYS: KeySets<Frame> = {
  count: (keys) => keys.height,
  unique: keepLast,
  without: rowsNotIn,
  both: stacked,
}

/** A data file whose bytes are proven, with the keys of its rows. */
interface SnapshotCandidate extends Candidate<Frame> {
  readonly path: string
  readonly symbol: string
  readonly date: string
  /** The file as the table has it; null if it is not in the table. */
  readonly active: SnapshotFile | null
  /** The action that adds the file; null for files in the table. */
  readonly add: Add | null
  /** Whether a commit removed the file. */
  readonly wasRemoved: boolean
}

interface DayPlan {
  readonly actions: readonly Action[]
  readonly repairs: readonly Repair[]
  /** Rows to merge into a new file; null without any. */
  readonly merge: (() => Promise<StagedFile>) | null
  /** Rows after the repair, by slot. */
  readonly counts: readonly SlotCount[]
}

/**
 * Plans the repairs of `option_snapshots`. Every file whose bytes match the checksum in its name is proven, whether the
 * log names it or not. A day of a symbol is repaired if one of its files is damaged, if a proven file is in no commit, or
 * if a key is stored twice; it then has the newest proven row of every key. Replaced files count only if a file of the
 * day is damaged: their rows are in the files that replaced them otherwise.
 * @param futures those that are stored after the repair of their table; null if no futures have been stored.
 * @param reports the ledger as far as it survives; null if it cannot be read, and is not corrected.
 */
export async function planSnapshots(
  lake: Lake,
  log: SurvivingLog,
  {
    state,
    found,
    futures,
    reports: ledger,
  }: {
    state: SnapshotState
    found: SnapshotFindings
    futures: FutureCounts | null
    reports: readonly LedgerRow[] | null
  },
): Promise<TablePlan> {
  const proven = new Set<string>()
  const counts = new Map(found.counted)
  const actions: Action[] = []
  const repairs: Repair[] = []
  const merges: (() => Promise<StagedFile>)[] = []
  const added = addedColumns(state.metaData, SNAPSHOT_SCHEMA, lake.layout.table)
  // Only one day at a time is in memory.
  for (const day of daysToRepair(state, found)) {
    const unnamed: SnapshotCandidate[] = []
    for (const file of day.unknown) {
      const candidate = await unnamedCandidate(lake, file)
      if (candidate) unnamed.push(candidate)
    }
    if (unnamed.length === 0 && !day.hasBad && !day.isCrowded) continue
    for (const { path } of unnamed) proven.add(path)
    const candidates = [
      ...(await activeCandidates(lake, log, day.intact)),
      ...unnamed,
      ...(day.hasBad ? await replacedCandidates(lake, log, { state, day }) : []),
    ]
    const plan = planDay(lake, day, { candidates, added })
    actions.push(...plan.actions)
    repairs.push(...plan.repairs)
    if (plan.merge) merges.push(plan.merge)
    for (const slot of day.slots) counts.delete(slot)
    for (const one of plan.counts) counts.set(slotKey(one), one)
  }
  const lost = ledger ? lostFutures(ledger, futures ?? new Map()) : []
  const withoutFutures = new Map(lost.map((one) => [one.report, withFewerFutures(one)]))
  const reports = ledger?.map((report) => withoutFutures.get(report) ?? report) ?? null
  const differences = reports ? differencesOf(reports, counts) : []
  const alsoOfRows = new Set(differences.map(({ report }) => report))
  const used = new Set(actions.flatMap((action) => ('add' in action ? [action.add.path] : [])))
  const leftover = found.unknown.filter(({ path }) => !used.has(pathToLog(path)))
  return {
    log,
    actions: [
      ...found.bad.map((file) => snapshotRemoval(file, { now: lake.clock.now(), dataChange: true })),
      ...actions,
    ],
    stage: () => inTurn(merges),
    damaged: found.bad.map((file) => dataFilePath(lake, file)),
    leftover: leftover.map(({ path }) => join(lake.layout.table, path)),
    reports: [
      ...[...withoutFutures.values()].filter((report) => !alsoOfRows.has(report)),
      ...differences.map((one) => correctedReport(one, kindOf(reports ?? [], one.symbol))),
    ],
    transaction: null,
    repairs: [
      ...found.bad.map(
        (file): Repair => ({
          kind: 'quarantined',
          path: dataFilePath(lake, file),
          detail: `${file.rows ?? 'unknown'} rows of ${file.symbol}, ${file.date}`,
        }),
      ),
      ...repairs,
      ...leftover.map(
        ({ path, isOurs }): Repair => ({
          kind: 'quarantined',
          path: join(lake.layout.table, path),
          detail: proven.has(path)
            ? 'no commit names it, and all of its keys are in the table'
            : isOurs
              ? 'no commit names it, and its bytes do not match its name'
              : 'no commit names it, and another program wrote it',
        }),
      ),
      ...differences.map((one): Repair => {
        const detail = `${one.symbol} at ${new Date(one.slot).toISOString()}: ${one.report?.rows ?? 'no report'} → ${one.rows} rows`
        return { kind: 'ledger_corrected', path: lake.layout.table, detail }
      }),
      ...lost.map(({ report: { symbol, timestamp, future_rows }, rows }): Repair => {
        const detail = `${symbol} at ${new Date(timestamp).toISOString()}: ${future_rows} → ${rows} futures`
        return { kind: 'ledger_corrected', path: lake.layout.table, detail }
      }),
    ],
  }
}

/** The files of one symbol and day. */
interface DayFiles {
  readonly symbol: string
  readonly date: string
  readonly intact: SnapshotFile[]
  readonly unknown: UnknownFile[]
  /** Keys of its slots in the counts. */
  readonly slots: string[]
  hasBad: boolean
  isCrowded: boolean
}

/** The days with a damaged file, with a file of ours that no commit names, or with a key stored twice; oldest first. */
function daysToRepair({ files }: SnapshotState, found: SnapshotFindings): DayFiles[] {
  const days = new Map<string, DayFiles>()
  const dayOf = ({ symbol, date }: Pick<DayFiles, 'symbol' | 'date'>) => {
    const key = dayKey({ symbol, date })
    const isCrowded = found.crowded.has(key)
    const day = days.get(key) ?? {
      symbol,
      date,
      intact: [],
      unknown: [],
      slots: [],
      hasBad: false,
      isCrowded,
    }
    days.set(key, day)
    return day
  }
  const bad = new Set(found.bad.map(({ path }) => path))
  for (const file of files.values()) {
    if (bad.has(file.path)) dayOf(file).hasBad = true
    else dayOf(file).intact.push(file)
  }
  for (const file of found.unknown) {
    const partition = file.isOurs ? partitionOf(file.path) : null
    if (partition) dayOf(partition).unknown.push(file)
  }
  for (const [slot, count] of found.counted) dayOf(count).slots.push(slot)
  return [...days]
    .filter(([, day]) => day.hasBad || day.isCrowded || day.unknown.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, day]) => day)
}

/** Symbol and date in a path; null if the file is not in the folder of a partition. */
function partitionOf(path: string): { symbol: string; date: string } | null {
  const [, symbol, date] = /^symbol=([^/]+)\/date=(\d{4}-\d{2}-\d{2})\/[^/]+$/.exec(path) ?? []
  try {
    return symbol && date ? { symbol: decodeURIComponent(symbol), date } : null
  } catch {
    return null
  }
}

/** Pure but for the merge, which reads its files when it is called. */
function planDay(
  lake: Lake,
  { symbol, date }: Pick<DayFiles, 'symbol' | 'date'>,
  { candidates, added }: { candidates: readonly SnapshotCandidate[]; added: readonly AddedColumn[] },
): DayPlan {
  const now = lake.clock.now()
  const newest = newestRows(candidates, FRAME_KEYS)
  const kept = new Set(newest.whole)
  const removed = candidates.flatMap((one) => (one.active && !kept.has(one) ? [one.active] : []))
  const joined = newest.whole.filter((one) => one.active === null)
  const merged = newest.partial
  const repairOf = (kind: Repair['kind'], path: string, detail: string): Repair => ({
    kind,
    path: join(lake.layout.table, path),
    detail,
  })
  const countOf = ({ keys }: SnapshotCandidate) => `${keys.height} rows of ${symbol}, ${date}`
  return {
    actions: [
      ...removed.map((file) => snapshotRemoval(file, { now, dataChange: true })),
      ...joined.map((one) => ({ add: { ...(one.add as Add), modificationTime: now, dataChange: true } })),
    ],
    repairs: [
      ...joined.map((one) => repairOf(one.wasRemoved ? 'restored' : 'adopted', one.path, countOf(one))),
      ...newest.superseded
        .filter((one) => one.active)
        .map((one) => repairOf('replaced', one.path, `newer files have all of its keys; it stays on disk`)),
      ...merged.map(({ file, keys }) =>
        repairOf('merged', file.path, `${keys.height} of ${countOf(file)} are the newest of their keys`),
      ),
    ],
    merge: merged.length === 0 ? null : () => mergeRows(lake, { symbol, date }, { parts: merged, added }),
    counts: [...(newest.keys === null ? [] : rowsBySlot(newest.keys))].map(([slot, rows]) => ({
      symbol,
      date,
      slot,
      rows,
    })),
  }
}

async function mergeRows(
  lake: Lake,
  { symbol, date }: Pick<DayFiles, 'symbol' | 'date'>,
  {
    parts,
    added,
  }: {
    parts: readonly { readonly file: SnapshotCandidate; readonly keys: Frame }[]
    added: readonly AddedColumn[]
  },
): Promise<StagedFile> {
  const frames: Frame[] = []
  for (const { file, keys } of parts) {
    const bytes = await readFile(join(lake.layout.table, file.path))
    const isForeign = file.active?.sha256 === null
    frames.push(rowsWithKeys(frameOfParquet(bytes, { isForeign, added }), keys))
  }
  const whole = sorted(frames as [Frame, ...Frame[]])
  const slot = epochMs(Math.min(...rowsBySlot(whole).keys()))
  return stageFrame(lake, whole, { symbol, date: sessionDate(date), slot, dataChange: true })
}

async function activeCandidates(
  lake: Lake,
  { adds }: SurvivingLog,
  files: readonly SnapshotFile[],
): Promise<SnapshotCandidate[]> {
  const candidates: SnapshotCandidate[] = []
  for (const file of files) {
    const { path, symbol, date } = file
    const bytes = await readFile(dataFilePath(lake, file))
    const rank = adds.get(path)?.rank ?? { time: Number.NEGATIVE_INFINITY, version: -1 }
    candidates.push({
      path,
      symbol,
      date,
      rank,
      keys: keysOfParquet(bytes),
      active: file,
      add: null,
      wasRemoved: false,
    })
  }
  return candidates
}

/** A file that no commit names, if the checksum in its name proves its bytes. */
async function unnamedCandidate(
  lake: Lake,
  { path, writtenAt }: UnknownFile,
): Promise<SnapshotCandidate | null> {
  const proven = await provenFile(lake, path, null)
  return proven && { ...proven, rank: rankOfUnnamed(writtenAt), wasRemoved: false }
}

/** Files of a day that a commit removed and that are still on disk, proven by the log or by their names. */
async function replacedCandidates(
  lake: Lake,
  { adds, withdrawn }: SurvivingLog,
  { state, day }: { state: SnapshotState; day: DayFiles },
): Promise<SnapshotCandidate[]> {
  const folder = `symbol=${encodeURIComponent(day.symbol)}/date=${day.date}/`
  const candidates: SnapshotCandidate[] = []
  for (const path of state.removed.keys()) {
    if (!path.startsWith(folder) || withdrawn.has(path)) continue
    const known = adds.get(path)
    const proven = await provenFile(lake, path, known?.add ?? null)
    // Without its commit, a file is older than all commits that are left.
    const rank = known?.rank ?? { time: proven?.writtenAt ?? 0, version: -1 }
    if (proven) candidates.push({ ...proven, rank, wasRemoved: true })
  }
  return candidates
}

type ProvenFile = Omit<SnapshotCandidate, 'rank' | 'wasRemoved'> & { readonly writtenAt: number }

/** A file that is not in the table; null unless the checksum in its name or in its add action matches its bytes. */
async function provenFile(lake: Lake, path: string, known: Add | null): Promise<ProvenFile | null> {
  const partition = partitionOf(path)
  const read = await readWithTime(join(lake.layout.table, path))
  if (!partition || read === null || !isCompleteParquet(read.bytes)) return null
  const { bytes, writtenAt } = read
  const sha256 = sha256Of(bytes)
  const logged = known?.tags?.[SHA256_TAG] ?? null
  if (!isNamedAfter(path, sha256) && (logged === null || !matchesChecksum(bytes, logged))) return null
  const { symbol, date } = partition
  const add = logged === sha256 && known ? known : addOf(bytes, { path, symbol, date, sha256 })
  const keys = keysOfParquet(bytes)
  return { path, symbol, date, keys, active: null, add, writtenAt }
}

function addOf(
  bytes: Buffer,
  { path, symbol, date, sha256 }: { path: string; symbol: string; date: string; sha256: string },
): Add {
  const frame = frameOfParquet(bytes)
  return {
    path: pathToLog(path),
    partitionValues: { symbol, date },
    size: bytes.length,
    modificationTime: 0,
    dataChange: true,
    stats: statsOf(frame),
    tags: { [SHA256_TAG]: sha256, [ROWS_TAG]: String(frame.height) },
  }
}

async function inTurn<T>(works: readonly (() => Promise<T>)[]): Promise<T[]> {
  const done: T[] = []
  for (const work of works) done.push(await work())
  return done
}
