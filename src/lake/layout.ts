import { join } from 'node:path'
import { logFolderOf } from '../delta/index.ts'
import type { EpochMs, SessionDate } from '../market/units.ts'

/** Where everything of one lake lies. Absolute paths; nothing here touches the disk. */
export interface Layout {
  readonly root: string
  /** The Delta table `option_snapshots`: data files in partition folders below it. */
  readonly table: string
  /** Its commits, `%020d.json`; checkpoints and `_last_checkpoint` are beside them. */
  readonly log: string
  /** What is not data, and not part of any table. */
  readonly state: string
  /** Quotes of the cycle under way, for a start after a crash. Made by whoever writes there. */
  readonly journals: string
  /** Listed contracts, one file a day. Made by whoever writes there. */
  readonly contracts: string
  /** Data files that no commit names, set aside. */
  readonly quarantine: string
}

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

export interface DataFileName {
  readonly symbol: string
  readonly date: SessionDate
  readonly slot: EpochMs
  /** Letters, digits and dashes; never used before in this lake, so that no reader ever sees a file change. */
  readonly unique: string
}

/**
 * Path of a data file below the table, as on disk: `symbol=SPY/date=2026-11-20/1430Z-<unique>.parquet`.
 * The time is the slot's in UTC: New York's own would occur twice in the night the clocks go back.
 */
export function dataPath(file: DataFileName): string {
  const slot = new Date(file.slot).toISOString()
  const time = `${slot.slice(11, 13)}${slot.slice(14, 16)}Z`
  return `symbol=${encodeURIComponent(file.symbol)}/date=${file.date}/${time}-${file.unique}.parquet`
}

/**
 * Path of a data file of a small table: `date=2026-11-20/part-<unique>.parquet`, or without the folder where the
 * table has no partitions.
 */
export function smallPath(partition: { name: string; value: string } | null, unique: string): string {
  const file = `part-${unique}.parquet`
  return partition === null ? file : `${partition.name}=${encodeURIComponent(partition.value)}/${file}`
}
