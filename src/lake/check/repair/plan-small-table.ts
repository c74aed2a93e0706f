import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Action, type Add, pathToLog, type TableState } from '../../../delta/index.ts'
import { sha256Of } from '../../checksum.ts'
import type { Lake } from '../../open.ts'
import { ROWS_TAG, SHA256_TAG } from '../../tables/data-files.ts'
import { folderOf } from '../../tables/loaded-small-tables.ts'
import { rowsOfFiles, sortedByKey } from '../../tables/read-rows.ts'
import { type AddedColumn, addedColumns } from '../../tables/schema-evolution.ts'
import { addedValues, rowsOfParquet, statsOfRows } from '../../tables/small-files.ts'
import { type SmallFile, type SmallTable, schemaOf, type TableRow } from '../../tables/small-tables.ts'
import { isNamedAfter, removalOf, type StagedFile } from '../../write/data-file.ts'
import { partitionValues, stageRows } from '../../write/write-rows.ts'
import type { Repair } from '../findings.ts'
import { keyOf, type SmallTableFindings } from '../verify/small-tables.ts'
import { type Candidate, type KeySets, newestRows } from './newest-rows.ts'
import {
  checksumOf,
  compareRanks,
  type Rank,
  rankOfUnnamed,
  readWithTime,
  type SurvivingLog,
} from './surviving-log.ts'
import type { TablePlan } from './table-plan.ts'

/** A file of one partition whose bytes are proven. */
interface SmallCandidate<T extends SmallTable> extends Candidate<readonly string[]> {
  readonly path: string
  readonly partition: string | null
  readonly rows: readonly TableRow<T>[]
  /** Whether optionlake wrote it. Its files hold the whole partition, but for tables with several files for one. */
  readonly isOurs: boolean
  /** The file as the table has it; null if it is not in the table. */
  readonly active: SmallFile | null
  /** The action that adds the file; null for files in the table. */
  readonly add: Add | null
  readonly wasRemoved: boolean
}

/** The plan of a small table, and the rows of its partitions after it. */
export interface SmallTablePlan<T extends SmallTable> {
  readonly plan: TablePlan
  /** Only of partitions that the plan changes. */
  readonly changed: ReadonlyMap<string | null, ChangedPartition<T>>
}

interface ChangedPartition<T extends SmallTable> {
  readonly rows: readonly TableRow<T>[]
  /** Files in the table before the plan that are intact. */
  readonly intact: readonly SmallFile[]
  readonly hasBad: boolean
}

const KEYS: KeySets<readonly string[]> = {
  count: (keys) => keys.length,
  unique: (keys) => [...new Set(keys)],
  without: (keys, others) => {
    const known = new Set(others)
    return keys.filter((key) => !known.has(key))
  },
  both: (some, others) => [...some, ...others],
}

/**
 * Plans the repairs of a small table. A file of ours holds its whole partition, so the newest one that is proven counts,
 * and with it the files that other programs added later. A partition with a damaged file falls back to its newest file
 * that is still on disk. In a table with several files for a partition, the newest row of each key counts.
 */
export async function planSmallTable<T extends SmallTable>(
  lake: Lake,
  table: T,
  { log, state, found }: { log: SurvivingLog; state: TableState<SmallFile>; found: SmallTableFindings },
): Promise<SmallTablePlan<T>> {
  const folder = folderOf(lake, table)
  const unnamed: SmallCandidate<T>[] = []
  for (const { path, writtenAt, isOurs } of found.unknown) {
    const known = log.adds.get(path)
    const rank = known?.rank ?? rankOfUnnamed(writtenAt)
    const candidate = isOurs || known ? await provenFile(lake, table, { path, rank, log }) : null
    if (candidate) unnamed.push(candidate)
  }
  const bad = new Set(found.bad.map(({ path }) => path))
  const added = addedColumns(state.metaData, schemaOf(table), folder)
  const parts = new Set([
    ...found.bad.map(({ partition }) => partition),
    ...unnamed.map(({ partition }) => partition),
    ...found.crowded,
  ])
  const actions: Action[] = found.bad.map((file) => removal(lake, table, file))
  const repairs: Repair[] = []
  const stages: (() => Promise<StagedFile>)[] = []
  const changed = new Map<string | null, ChangedPartition<T>>()
  for (const part of [...parts].sort()) {
    const intact = [...state.files.values()].filter((file) => file.partition === part && !bad.has(file.path))
    const lost = found.bad.filter(({ partition }) => partition === part)
    const candidates = [
      ...(await activeCandidates(lake, table, { log, files: intact })),
      ...unnamed.filter(({ partition }) => partition === part),
      ...(lost.length > 0 ? await replacedCandidates(lake, table, { log, state, part }) : []),
    ]
    const one = planPartition(lake, table, { part, candidates, lost, added })
    actions.push(...one.actions)
    repairs.push(...one.repairs)
    if (one.stage) stages.push(one.stage)
    changed.set(part, { rows: one.rows, intact, hasBad: lost.length > 0 })
  }
  const used = new Set(actions.flatMap((action) => ('add' in action ? [action.add.path] : [])))
  const leftover = found.unknown.filter(({ path }) => !used.has(pathToLog(path)))
  const quarantined = [
    ...found.bad.map(({ path, rows }) => ({ path, detail: `${rows ?? 'unknown'} rows` })),
    ...leftover.map(({ path }) => ({ path, detail: 'no commit names it, and its rows are not needed' })),
  ].map(({ path, detail }): Repair => ({ kind: 'quarantined', path: join(folder, path), detail }))
  const plan: TablePlan = {
    log,
    actions,
    stage: async () => {
      const staged: StagedFile[] = []
      for (const stage of stages) staged.push(await stage())
      return staged
    },
    damaged: found.bad.map(({ path }) => join(folder, path)),
    leftover: leftover.map(({ path }) => join(folder, path)),
    reports: [],
    transaction: null,
    repairs: [...quarantined, ...repairs],
  }
  return { plan, changed }
}

interface PartitionPlan<T extends SmallTable> {
  readonly actions: readonly Action[]
  readonly repairs: readonly Repair[]
  readonly stage: (() => Promise<StagedFile>) | null
  readonly rows: readonly TableRow<T>[]
}

function planPartition<T extends SmallTable>(
  lake: Lake,
  table: T,
  {
    part,
    candidates,
    lost,
    added,
  }: {
    part: string | null
    candidates: readonly SmallCandidate<T>[]
    lost: readonly SmallFile[]
    added: readonly AddedColumn[]
  },
): PartitionPlan<T> {
  const folder = folderOf(lake, table)
  const now = lake.clock.now()
  const newestOurs = [...candidates]
    .filter(({ isOurs }) => isOurs && table.fileRows === undefined)
    .sort((a, b) => compareRanks(b.rank, a.rank))[0]
  const counting = candidates.filter(
    (one) => newestOurs === undefined || one === newestOurs || compareRanks(one.rank, newestOurs.rank) > 0,
  )
  const newest = newestRows(counting, KEYS)
  const kept = new Set(newest.whole)
  const removed = candidates.flatMap((one) => (one.active && !kept.has(one) ? [one.active] : []))
  const joined = newest.whole.filter(({ active }) => active === null)
  const merged = mergedRows(table, newest.partial)
  const rows = [...newest.whole.flatMap((one) => one.rows), ...merged]
  const mostLost = lost.reduce((sum, file) => sum + (file.rows ?? 0), 0)
  const repairOf = (kind: Repair['kind'], path: string, detail: string): Repair => ({
    kind,
    path: join(folder, path),
    detail,
  })
  return {
    actions: [
      ...removed.map((file) => removal(lake, table, file)),
      ...joined.map((one) => ({ add: { ...(one.add as Add), modificationTime: now, dataChange: true } })),
    ],
    repairs: [
      ...joined.map((one) =>
        repairOf(one.wasRemoved ? 'restored' : 'adopted', one.path, describe(one, mostLost)),
      ),
      ...candidates
        .filter((one) => one.active && !kept.has(one) && !newest.partial.some(({ file }) => file === one))
        .map((one) => repairOf('replaced', one.path, 'a newer file has its partition; it stays on disk')),
      ...newest.partial.map(({ file, keys }) =>
        repairOf(
          'merged',
          file.path,
          `${keys.length} of its ${file.rows.length} rows are the newest of their keys`,
        ),
      ),
    ],
    stage:
      merged.length === 0 ? null : () => stageMerged(lake, table, { part, files: newest.partial, added }),
    rows,
  }
}

function describe<T extends SmallTable>(
  { rank, rows, wasRemoved }: SmallCandidate<T>,
  mostLost: number,
): string {
  if (!wasRemoved) return `${rows.length} rows`
  const missing = Math.max(0, mostLost - rows.length)
  const version = rank.version < 0 ? 'of an earlier version' : `of version ${rank.version}`
  return `${rows.length} rows ${version}; later changes are lost, and up to ${missing} rows`
}

type PartialFile<T extends SmallTable> = {
  readonly file: SmallCandidate<T>
  readonly keys: readonly string[]
}

function mergedRows<T extends SmallTable>(table: T, files: readonly PartialFile<T>[]): TableRow<T>[] {
  return files.flatMap(({ file, keys }) => rowsWithKeys(table, file.rows, keys))
}

/** Columns that another program has added are kept: each row has them in one of the files. */
async function stageMerged<T extends SmallTable>(
  lake: Lake,
  table: T,
  {
    part,
    files,
    added,
  }: { part: string | null; files: readonly PartialFile<T>[]; added: readonly AddedColumn[] },
): Promise<StagedFile> {
  const rows = sortedByKey(table, mergedRows(table, files))
  if (added.length === 0) return stageRows(lake, table, { part, rows })
  const newestLast = [...files].reverse()
  const bytes = await Promise.all(
    newestLast.map(({ file }) => readFile(join(folderOf(lake, table), file.path))),
  )
  return stageRows(lake, table, { part, rows, added: addedValues(table, bytes, { rows, added }) })
}

/** The last row of each of the keys. */
function rowsWithKeys<T extends SmallTable>(
  table: T,
  rows: readonly TableRow<T>[],
  keys: readonly string[],
): TableRow<T>[] {
  const byKey = new Map(rows.map((row) => [keyOf(table, row), row]))
  return keys.flatMap((key) => byKey.get(key) ?? [])
}

function removal(lake: Lake, table: SmallTable, file: SmallFile): Action {
  const values = partitionValues(table, file.partition)
  return removalOf(file, { partitionValues: values, now: lake.clock.now(), dataChange: true })
}

async function activeCandidates<T extends SmallTable>(
  lake: Lake,
  table: T,
  { log, files }: { log: SurvivingLog; files: readonly SmallFile[] },
): Promise<SmallCandidate<T>[]> {
  const candidates: SmallCandidate<T>[] = []
  for (const file of files) {
    const rows = await rowsOfFiles(lake, table, [file])
    candidates.push({
      path: file.path,
      partition: file.partition,
      rank: log.adds.get(file.path)?.rank ?? { time: Number.NEGATIVE_INFINITY, version: -1 },
      rows,
      keys: rows.map((row) => keyOf(table, row)),
      isOurs: file.sha256 !== null,
      active: file,
      add: null,
      wasRemoved: false,
    })
  }
  return candidates
}

async function replacedCandidates<T extends SmallTable>(
  lake: Lake,
  table: T,
  { log, state, part }: { log: SurvivingLog; state: TableState<SmallFile>; part: string | null },
): Promise<SmallCandidate<T>[]> {
  const candidates: SmallCandidate<T>[] = []
  for (const path of state.removed.keys()) {
    if (partitionOf(table, path) !== part || log.withdrawn.has(path)) continue
    const candidate = await provenFile(lake, table, { path, rank: log.adds.get(path)?.rank ?? null, log })
    if (candidate) candidates.push({ ...candidate, wasRemoved: true })
  }
  return candidates
}

/** A file that is not in the table; null unless the checksum in its name or in its add action matches its bytes. */
async function provenFile<T extends SmallTable>(
  lake: Lake,
  table: T,
  { path, rank, log }: { path: string; rank: Rank | null; log: SurvivingLog },
): Promise<SmallCandidate<T> | null> {
  const read = await readWithTime(join(folderOf(lake, table), path))
  const partition = partitionOf(table, path)
  if (read === null || partition === undefined) return null
  const { bytes, writtenAt } = read
  const known = log.adds.get(path)
  const sha256 = sha256Of(bytes)
  const isLogged = known !== undefined && checksumOf(known) === sha256
  if (!isNamedAfter(path, sha256) && !isLogged) return null
  const rows = await rowsOfParquet(table, bytes, partition)
  return {
    path,
    partition,
    // A file that the log has forgotten is older than all that it names.
    rank: rank ?? { time: writtenAt, version: -1 },
    rows,
    keys: rows.map((row) => keyOf(table, row)),
    isOurs: true,
    active: null,
    add: isLogged ? known.add : addOf(table, { path, partition, rows, sha256, size: bytes.length }),
    wasRemoved: false,
  }
}

function addOf<T extends SmallTable>(
  table: T,
  {
    path,
    partition,
    rows,
    sha256,
    size,
  }: {
    path: string
    partition: string | null
    rows: readonly TableRow<T>[]
    sha256: string
    size: number
  },
): Add {
  return {
    path: pathToLog(path),
    partitionValues: partitionValues(table, partition),
    size,
    modificationTime: 0,
    dataChange: true,
    stats: statsOfRows(table, rows),
    tags: { [SHA256_TAG]: sha256, [ROWS_TAG]: String(rows.length), ...table.tagsOf?.(rows) },
  }
}

/** The partition of a file by its folder; undefined if it is not in the folder of a partition. */
function partitionOf({ partition }: SmallTable, path: string): string | null | undefined {
  const parts = path.split('/')
  if (partition === null) return parts.length === 1 ? null : undefined
  const [name, value] = (parts[0] as string).split('=')
  return parts.length === 2 && name === partition && value ? decodeURIComponent(value) : undefined
}
