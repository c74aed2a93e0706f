import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { flushFolders, logFolderOf, type TableDescription, type TableState } from '../../../delta/index.ts'
import type { Clock } from '../../../market/clock.ts'
import { type EpochMs, epochMs } from '../../../market/units.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import type { FutureRow } from '../../../snapshot/future-snapshots.ts'
import { checkCommit, exists, ioFailure, lockForWriting } from '../../delta.ts'
import { openQueryEngine } from '../../engines/duckdb.ts'
import { keepThreadPoolAwake } from '../../engines/thread-pool.ts'
import { isSmallPath, type Layout, layoutOf, tableFolder } from '../../layout.ts'
import { checkUsable, type Lake } from '../../open.ts'
import { MAINTENANCE } from '../../options.ts'
import type { ProgressOptions } from '../../progress.ts'
import { type LakeSource, SNAPSHOT_SCHEMA, sourceIn, type TableSchema } from '../../tables/schema.ts'
import { checkSchema, compareSchema } from '../../tables/schema-evolution.ts'
import {
  FUTURE_SNAPSHOTS,
  SLOTS,
  SMALL_FILES,
  SMALL_TABLES,
  type SmallFile,
  type SmallTable,
  schemaOf,
} from '../../tables/small-tables.ts'
import { rowsConflict, SNAPSHOTS, type SnapshotState } from '../../tables/snapshot-table.ts'
import type { Finding, RepairReport } from '../findings.ts'
import { findUnknownFiles, type UnknownFile } from '../verify/data-files.ts'
import { countFutures, type FutureCounts } from '../verify/future-counts.ts'
import { type SmallTableFindings, verifySmallTables } from '../verify/small-tables.ts'
import { verifySnapshots } from '../verify/snapshots.ts'
import {
  realFolder,
  type TableLogFindings,
  unsupportedFinding,
  verify,
  verifyLogs,
} from '../verify/verify.ts'
import { planLedger } from './plan-ledger.ts'
import { type LogPlan, planLog } from './plan-log.ts'
import { planSmallTable, type SmallTablePlan } from './plan-small-table.ts'
import { planSnapshots } from './plan-snapshots.ts'
import { type SurvivingLog, survivingLog, survivingState } from './surviving-log.ts'
import { carryOut, type TablePlan } from './table-plan.ts'

export interface RepairOptions extends ProgressOptions {
  readonly clock: Clock
  /** Only plans the repairs. */
  readonly dryRun: boolean
  /** Also moves other programs' files that no commit names to the quarantine, if they are older than a day. */
  readonly unknownFiles?: boolean
}

/** The plans of one table: its log, and its data files. */
interface PlannedTable {
  readonly log: LogPlan
  readonly plan: TablePlan
  /** Why the table does not allow the plan, and is left alone; null otherwise. */
  readonly refused: Finding | null
}

/** What is left of the lake's tables. */
interface Surviving {
  readonly snapshots: SurvivingLog
  readonly small: ReadonlyMap<string, SurvivingLog>
  readonly source: LakeSource | null
  readonly state: SnapshotState
  readonly smallStates: ReadonlyMap<string, TableState<SmallFile>>
}

/**
 * Repairs a damaged lake with what its surviving bytes prove: intact commits and checkpoints, and data files whose bytes
 * match the checksum in the log or in their names. The whole plan is made and checked first; it never stores a key twice
 * and never drops a proven row. Damaged files and files that are not needed are moved to the quarantine. Nothing is
 * deleted. After an interruption, the next call continues.
 * @throws Failure EXIT.tryLater while another process has the lake open for writing; EXIT.io when a disk operation
 * fails, or when the source of a table's rows is lost; EXIT.configuration when there is no lake, or a newer version
 * wrote it.
 */
export async function repair(root: string, options: RepairOptions): Promise<RepairReport> {
  const { clock, dryRun, ...progress } = options
  const layout = layoutOf(await realFolder(root))
  await checkUsable(layout.root, dryRun ? 'read' : 'write')
  const lock = await lockForWriting(layout.root)
  let tables: PlannedTable[] = []
  try {
    const logs = await verifyLogs(layout.root)
    const surviving = await survivingTables(layout, logs)
    if (surviving === null) return { dryRun, repairs: [], findings: logs.flatMap((log) => log.findings) }
    const lake = lakeOf(layout, surviving, clock)
    try {
      tables = await planTables(lake, surviving, options)
      if (!dryRun) await carryOutAll(layout, tables, clock.now())
    } finally {
      await lake.close()
    }
  } finally {
    await lock.release()
  }
  const { findings } = await verify(layout.root, { ...progress, clock })
  return {
    dryRun,
    repairs: tables.flatMap(({ log, plan, refused }) => (refused ? [] : [...log.repairs, ...plan.repairs])),
    findings: [...tables.flatMap(({ refused }) => refused ?? []), ...findings],
  }
}

/** Null if `option_snapshots` cannot be read by this program. Other tables that cannot are left out. */
async function survivingTables(layout: Layout, logs: readonly TableLogFindings[]): Promise<Surviving | null> {
  if (logs[0]?.isReadable === false) return null
  const small = new Map<string, SurvivingLog>()
  for (const { name } of SMALL_TABLES) {
    const found = logs.find((log) => log.name === name) ?? (await withoutLog(layout, name))
    if (found?.isReadable) small.set(name, await survivingLog(found))
  }
  const snapshots = await survivingLog(logs[0] as TableLogFindings)
  const smallStates = new Map<string, TableState<SmallFile>>()
  for (const [name, log] of small) smallStates.set(name, await survivingState(log, SMALL_FILES))
  const state = await survivingState(snapshots, SNAPSHOTS)
  const sources = [state, ...smallStates.values()].flatMap(
    ({ metaData }) => sourceIn(metaData?.configuration ?? {}) ?? [],
  )
  return { snapshots, small, source: sources[0] ?? null, state, smallStates }
}

/** The findings of a table whose log is gone: empty if its folder has data files, null if there is nothing to repair. */
async function withoutLog(layout: Layout, name: string): Promise<TableLogFindings | null> {
  const table = tableFolder(layout.root, name)
  const isSlots = name === SLOTS.name
  if (!isSlots && !(await exists(table))) return null
  const files = (await exists(table))
    ? await findUnknownFiles(
        table,
        { files: new Map(), removed: new Map() },
        { before: Date.now(), isOurName: isSmallPath },
      )
    : []
  if (!isSlots && files.length === 0) return null
  const folder = logFolderOf(table)
  return { name, folder, isReadable: true, findings: [], checkpoints: [], commits: [] }
}

/** The lake as far as it survives. Only for reading; its tables have their surviving states. */
function lakeOf(layout: Layout, { snapshots, state, smallStates, source }: Surviving, clock: Clock): Lake {
  const letPoolSleep = keepThreadPoolAwake()
  const engine = openQueryEngine(layout.root)
  return {
    mode: 'read',
    source: source ?? 'simulated',
    layout,
    clock,
    snapshots: {
      folder: layout.table,
      logFolder: snapshots.found.folder,
      checksum: null,
      conflict: rowsConflict,
      projection: SNAPSHOTS,
      unique: randomUUID,
      state,
      checkpoint: -1,
      faults: [],
    },
    asOf: {
      version: state.version,
      time: epochMs(0),
      snapshots: state,
      smallState: async ({ name }) => smallStates.get(name) ?? null,
    },
    smallTables: new Map(),
    maintenance: MAINTENANCE,
    engine,
    cleared: { deleted: [], quarantined: [] },
    isOpen: () => true,
    close: () => engine.close().finally(letPoolSleep),
  }
}

async function planTables(lake: Lake, surviving: Surviving, options: RepairOptions): Promise<PlannedTable[]> {
  const now = lake.clock.now()
  const before = Date.now()
  const { snapshots, source } = surviving
  const planned: PlannedTable[] = []
  const addPlan = (plan: TablePlan, state: TableDescription, schema: TableSchema) => {
    const log = planLog(plan.log, { schema, source, now })
    planned.push({ log, plan, refused: refusalOf(state, { log, plan }) })
  }
  let ledger: TablePlan['reports'] | null = null
  let futures: FutureCounts | null = null
  for (const found of await verifySmallTables(lake, { before })) {
    const { table } = found
    const log = surviving.small.get(table.name)
    const state = surviving.smallStates.get(table.name)
    if (!log || !state) continue
    checkColumns(state, schemaOf(table), log.folder)
    const small = await planSmallTable(lake, table, { log, state, found: unwanted(found, options) })
    if (table === FUTURE_SNAPSHOTS) futures = futuresAfter(found, small.changed)
    if (table.name !== SLOTS.name) {
      addPlan(small.plan, state, schemaOf(table))
      continue
    }
    const slots = small as unknown as Parameters<typeof planLedger>[2]['slots']
    const planOfLedger = await planLedger(lake, snapshots, { slots, state })
    ledger = planOfLedger.ledger
    addPlan(planOfLedger.plan, state, schemaOf(table))
  }
  checkColumns(surviving.state, SNAPSHOT_SCHEMA, lake.layout.table)
  const verified = await verifySnapshots(lake, { ...options, before, reports: null, mayBeWriting: false })
  const found = unwanted(verified, options)
  const plan = await planSnapshots(lake, snapshots, {
    ...{ state: surviving.state, found, futures, reports: ledger },
  })
  addPlan(plan, surviving.state, SNAPSHOT_SCHEMA)
  return planned
}

/** The futures that are stored after the plan of their table. */
function futuresAfter(
  { futures }: SmallTableFindings,
  changed: SmallTablePlan<SmallTable>['changed'],
): FutureCounts {
  const counts = new Map(futures)
  for (const { rows } of changed.values()) {
    for (const [slot, count] of countFutures(rows as unknown as FutureRow[])) counts.set(slot, count)
  }
  return counts
}

/** Why a table must not be changed as planned; null if it may, or if there is nothing to do. */
function refusalOf(
  state: TableDescription,
  { log, plan }: { log: LogPlan; plan: TablePlan },
): Finding | null {
  const actions = [...plan.actions, ...log.replaced.flatMap((one) => one.actions)]
  if (isNothing({ log, plan })) return null
  try {
    checkCommit(state, actions, plan.log.folder)
    return null
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return unsupportedFinding(plan.log.folder, error)
  }
}

function isNothing({ log, plan }: { log: LogPlan; plan: TablePlan }): boolean {
  return plan.repairs.length + log.repairs.length === 0 && plan.transaction === null
}

/** Without other programs' files that no commit names, unless they are to be moved too. */
function unwanted<Found extends { readonly unknown: readonly UnknownFile[] }>(
  found: Found,
  { unknownFiles = false }: RepairOptions,
): Found {
  return { ...found, unknown: found.unknown.filter(({ isOurs }) => isOurs || unknownFiles) }
}

/** @throws Failure EXIT.configuration when the table is not ours, or a newer version wrote it. */
function checkColumns({ metaData }: TableDescription, schema: TableSchema, folder: string): void {
  if (metaData) checkSchema(compareSchema(metaData, schema, folder), 'write', folder)
}

async function carryOutAll(layout: Layout, tables: readonly PlannedTable[], now: EpochMs): Promise<void> {
  for (const { plan, log, refused } of tables) {
    if (refused || isNothing({ plan, log })) continue
    await makeFolder(layout, plan.log.found.folder)
    const isSnapshots = plan.log.name === basename(layout.table)
    if (isSnapshots) await carryOut(layout, { plan, log, projection: SNAPSHOTS, now })
    else await carryOut(layout, { plan, log, projection: SMALL_FILES, now })
  }
}

async function makeFolder(layout: Layout, path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
    await flushFolders(path, layout.root)
  } catch (error) {
    throw ioFailure('make', path, error)
  }
}

/** @throws Failure EXIT.io when findings are left after a repair. */
export function checkRepaired({ dryRun, findings }: RepairReport): void {
  if (dryRun || findings.length === 0) return
  throw new Failure(
    EXIT.io,
    `${findings.length} findings are left: ${findings[0]?.path}: ${findings[0]?.detail}`,
  )
}
