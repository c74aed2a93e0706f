import { join } from 'node:path'
import { logFolderOf } from '../delta/index.ts'
import type { EpochMs, SessionDate } from '../market/units.ts'

/** The paths of one lake, absolute. Nothing here touches the disk. */
export interface Layout {
  readonly root: string
  /** The Delta table `option_snapshots`: data files in partition folders below it. */
  readonly table: string
  /** Its log folder: commits (`%020d.json`), checkpoints and `_last_checkpoint`. */
  readonly log: string
  /** Working files that belong to no table. */
  readonly state: string
  /** Journals: quotes of the running cycle, for recovery after a crash. Created by the journal writer. */
  readonly journals: string
  /** Chain caches: listed contracts, one file a day. Created by the cache writer. */
  readonly contracts: string
  /** Files moved out of the tables. */
  readonly quarantine: string
}

/** A folder with this file is a backup of a lake. It can be read like a lake, but not written. */
export const BACKUP_FILE = 'backup.json'

/** A folder with this file is a lake whose restoring from a backup is not finished. It is neither read nor written. */
export const RESTORING_FILE = '.restoring.json'

/** The folder of one of the lake's tables. */
export function tableFolder(root: string, name: string): string {
  return join(root, name)
}

export function layoutOf(root: string): Layout {
  const table = tableFolder(root, 'option_snapshots')
  const state = join(root, '.state')
  return {
    root,
    table,
    log: logFolderOf(table),
    state,
    journals: join(state, 'spool'),
    contracts: join(state, 'contracts'),
    quarantine: join(state, 'quarantine'),
  }
}

interface DataFileName {
  readonly symbol: string
  readonly date: SessionDate
  readonly slot: EpochMs
  /** Letters, digits and dashes. Must be new in this lake, because readers rely on data files never changing. */
  readonly unique: string
}

/**
 * Path of a data file on disk, below the table's folder: `symbol=SPY/date=2026-11-20/1430Z-<unique>.parquet`. The
 * slot's time is in UTC, because New York's local time occurs twice in the night the clocks go back.
 */
export function dataPath(file: DataFileName): string {
  const slot = new Date(file.slot).toISOString()
  const time = `${slot.slice(11, 13)}${slot.slice(14, 16)}Z`
  return `symbol=${encodeURIComponent(file.symbol)}/date=${file.date}/${time}-${file.unique}.parquet`
}

/** Whether `dataPath` may have made a path. The unique part begins with the checksum of the bytes. */
export function isDataPath(path: string): boolean {
  return /^symbol=[^/]+\/date=\d{4}-\d{2}-\d{2}\/\d{4}Z-[0-9a-f]{32}-[A-Za-z0-9-]+\.parquet$/.test(path)
}

/**
 * Path of a data file of a small table: `date=2026-11-20/part-<unique>.parquet`, without the folder if the table has no
 * partitions.
 */
export function smallPath(partition: { name: string; value: string } | null, unique: string): string {
  const file = `part-${unique}.parquet`
  return partition === null ? file : `${partition.name}=${encodeURIComponent(partition.value)}/${file}`
}

/** Whether `smallPath` may have made a path. The names of Spark and delta-rs begin with the number of the part. */
export function isSmallPath(path: string): boolean {
  return /^(?:[a-z_]+=[^/]+\/)?part-(?!\d{5}-)[A-Za-z0-9-]+\.parquet$/.test(path)
}
