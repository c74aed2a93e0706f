import { randomUUID } from 'node:crypto'
import { access, constants, mkdir, realpath } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { flushFolders, type TableState } from '../delta/index.ts'
import type { Clock } from '../market/clock.ts'
import type { EpochMs } from '../market/units.ts'
import { EXIT, Failure } from '../process/failure.ts'
import { exists, ioFailure, lockForWriting, refresh } from './delta.ts'
import { openQueryEngine, type QueryEngine } from './engines/duckdb.ts'
import { keepThreadPoolAwake } from './engines/thread-pool.ts'
import { BACKUP_FILE, type Layout, layoutOf, RESTORING_FILE } from './layout.ts'
import { MAINTENANCE, type MaintenanceOptions } from './options.ts'
import { type LakeSource, SNAPSHOT_SCHEMA } from './tables/schema.ts'
import type { LoadedSmallTables, SmallFile, SmallTable } from './tables/small-tables.ts'
import { loadSnapshotTable, type SnapshotState, type SnapshotTable } from './tables/snapshot-table.ts'
import { setUpTable, type TableSetup } from './tables/table-setup.ts'
import { type Clearance, clearSnapshotOrphans, clearUnfinished } from './write/orphans.ts'

/** An open lake. */
export interface Lake {
  readonly mode: 'write' | 'read'
  readonly source: LakeSource
  readonly layout: Layout
  readonly clock: Clock
  /** The table `option_snapshots`. */
  readonly snapshots: SnapshotTable
  /** The version that `lakeAsOf` chose; null for a lake that is always read at its newest version. */
  readonly asOf: LakeVersion | null
  /** The other tables. Only `smallDeltaTable` in loaded-small-tables.ts uses this. */
  readonly smallTables: LoadedSmallTables
  /** Checkpoint interval and log retention. */
  readonly maintenance: MaintenanceOptions
  readonly engine: QueryEngine
  /** Files left behind by a killed writer and removed when opening for writing; empty for a reader. */
  readonly cleared: Clearance
  /** False once `close` was called. */
  isOpen(): boolean
  /** May be called more than once. Operations that begin afterwards fail. */
  close(): Promise<void>
}

/** An earlier version of the lake: a version of `option_snapshots`, and the other tables as they were then. */
export interface LakeVersion {
  /** Version of `option_snapshots`. */
  readonly version: number
  /** When it was committed. */
  readonly time: EpochMs
  readonly snapshots: SnapshotState
  /** The state of another table then; null if it did not exist yet. @throws Failure when it is no longer known. */
  smallState(table: SmallTable): Promise<TableState<SmallFile> | null>
}

export type LakeOptions =
  | {
      readonly mode: 'write'
      readonly source: LakeSource
      readonly clock: Clock
      /** Returns a name never used before in this lake; random by default. */
      readonly unique?: () => string
      /** Checkpoint interval and log retention. Defaults: `MAINTENANCE`. */
      readonly maintenance?: Partial<MaintenanceOptions>
      /** @deprecated use `maintenance` */
      readonly upkeep?: Partial<MaintenanceOptions>
    }
  | { readonly mode: 'read'; readonly source?: LakeSource; readonly clock: Clock }

/**
 * Opens a lake. For writing, the lake is created if it does not exist and locked against other writers on this machine,
 * and files that a killed writer left behind more than a day ago are removed. For reading, nothing is created or locked, and any number of
 * processes may read.
 * @throws Failure EXIT.cannotCreate (73) if the folder cannot be created or written; EXIT.tryLater (75) if another
 * process has the lake open for writing; EXIT.configuration (78) if there is no lake to read, if it has another source,
 * or if a newer version wrote it; EXIT.io (74) if its log cannot be read, or the disk is full or failing.
 */
export async function openLake(folder: string, options: LakeOptions): Promise<Lake> {
  await checkUsable(resolve(folder), options.mode)
  const letPoolSleep = keepThreadPoolAwake()
  const opening = options.mode === 'write' ? openForWriting(folder, options) : openForReading(folder, options)
  const lake = await opening.catch((error: unknown) => {
    letPoolSleep()
    throw error
  })
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= lake.close().finally(letPoolSleep)
    return closing
  }
  return { ...lake, isOpen: () => closing === undefined, close }
}

/** @throws Failure when the folder is a lake that is being restored, or a backup that would be written. */
export async function checkUsable(folder: string, mode: Lake['mode']): Promise<void> {
  if (await exists(join(folder, RESTORING_FILE))) {
    throw new Failure(
      EXIT.tryLater,
      `${folder} is being restored from a backup: wait until that ends; if it was interrupted, run the same optionlake restore again`,
    )
  }
  if (mode === 'write' && (await exists(join(folder, BACKUP_FILE)))) {
    throw new Failure(
      EXIT.configuration,
      `${folder} is a backup and is not written to: restore it first: optionlake restore --from ${folder}`,
    )
  }
}

/**
 * The newest state of `option_snapshots`, or that of the version that `lakeAsOf` chose.
 * @throws RangeError when the lake is closed.
 */
export async function currentState(lake: Lake): Promise<SnapshotState> {
  checkOpen(lake)
  return lake.asOf?.snapshots ?? refresh(lake.snapshots)
}

/** @throws RangeError when the lake is closed. */
export function checkOpen({ isOpen, layout }: Lake): void {
  if (!isOpen()) throw new RangeError(`the lake ${layout.root} is closed`)
}

async function openForWriting(
  folder: string,
  options: Extract<LakeOptions, { mode: 'write' }>,
): Promise<Omit<Lake, 'isOpen'>> {
  const layout = await makeFolders(folder)
  const lock = await lockForWriting(layout.root)
  try {
    const snapshots = await loadSnapshotTable(layout.table, options.unique ?? randomUUID)
    const source = await setUpTable(snapshots, setupOf(options))
    const { unique, state } = snapshots
    const orphans = await clearSnapshotOrphans(layout, state, unique)
    const unfinished = await clearUnfinished(layout, unique)
    const cleared = { ...orphans, deleted: [...orphans.deleted, ...unfinished] }
    const engine = openQueryEngine(layout.root)
    const close = async () => {
      await engine.close()
      await lock.release()
    }
    const maintenance = maintenanceOf(options)
    const smallTables: LoadedSmallTables = new Map()
    const { clock } = options
    return {
      mode: 'write',
      source,
      layout,
      clock,
      snapshots,
      asOf: null,
      smallTables,
      maintenance,
      engine,
      cleared,
      close,
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function openForReading(
  folder: string,
  options: Extract<LakeOptions, { mode: 'read' }>,
): Promise<Omit<Lake, 'isOpen'>> {
  // A wrong path is a configuration error (78); 73 would mean that the folder could not be created.
  const nothing = () =>
    new Failure(EXIT.configuration, `no lake at ${resolve(folder)}: collect first: optionlake collect-once`)
  if (!(await exists(layoutOf(resolve(folder)).log))) throw nothing()
  const layout = layoutOf(await realpath(folder))
  const snapshots = await loadSnapshotTable(layout.table, randomUUID)
  if (snapshots.state.version < 0) throw nothing()
  const source = await setUpTable(snapshots, setupOf(options))
  const engine = openQueryEngine(layout.root)
  const close = () => engine.close()
  const cleared = { deleted: [], quarantined: [] }
  const smallTables: LoadedSmallTables = new Map()
  const { clock } = options
  const maintenance = MAINTENANCE
  return {
    mode: 'read',
    source,
    layout,
    clock,
    snapshots,
    asOf: null,
    smallTables,
    maintenance,
    engine,
    cleared,
    close,
  }
}

/** The defaults, overridden by the options under their current name or the name of version 0.1. */
function maintenanceOf(options: Extract<LakeOptions, { mode: 'write' }>): MaintenanceOptions {
  const { upkeep: former, maintenance } = options
  if (former !== undefined) {
    process.emitWarning(
      "openLake: the option 'upkeep' is now 'maintenance'; the old name goes in version 0.3",
      'DeprecationWarning',
    )
  }
  return { ...MAINTENANCE, ...former, ...maintenance }
}

/**
 * Creates a folder and its parents one by one, because Node's recursive mkdir never returns below folders such as
 * /proc. Returns the first one created.
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  const missing: string[] = []
  for (let part = path; !(await exists(part)); part = dirname(part)) missing.unshift(part)
  for (const part of missing) {
    await mkdir(part).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
  return missing[0]
}

async function makeFolders(folder: string): Promise<Layout> {
  try {
    const firstMade = await makeFolder(resolve(folder))
    const layout = layoutOf(await realpath(folder))
    for (const part of [layout.log, layout.state]) await mkdir(part, { recursive: true })
    await flushFolders(layout.log, layout.root)
    if (firstMade !== undefined) await flushFolders(resolve(folder), dirname(firstMade))
    for (const part of [layout.table, layout.log, layout.state]) await access(part, constants.W_OK)
    return layout
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    if (code === 'EIO' || code === 'ENOSPC' || code === 'EDQUOT')
      throw ioFailure('make', resolve(folder), error)
    throw new Failure(
      EXIT.cannotCreate,
      `cannot make or write the lake folder ${resolve(folder)} (${code}): choose another, or change its owner`,
      error,
    )
  }
}

function setupOf({ mode, source, clock }: LakeOptions): TableSetup {
  return { schema: SNAPSHOT_SCHEMA, mode, source, now: clock.now() }
}
