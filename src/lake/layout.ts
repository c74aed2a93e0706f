import { join } from 'node:path'
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
  readonly spool: string
  /** Listed contracts, one file a day. Made by whoever writes there. */
  readonly contracts: string
  /** Data files that no commit names, set aside. */
  readonly quarantine: string
}

/** A name that a reader's glob never matches: hidden, and without `.parquet` or `.json` at its end. */
export const TEMPORARY_PREFIX = '.tmp-'

/** The pointer to the newest checkpoint, in the log folder. */
export const LAST_CHECKPOINT = '_last_checkpoint'

/** The folder of one of the lake's tables. */
export function tableFolder(root: string, name: string): string {
  return join(root, name)
}

/** The log folder of a table's folder. */
export function logFolder(table: string): string {
  return join(table, '_delta_log')
}

export function layoutOf(root: string): Layout {
  const table = tableFolder(root, 'option_snapshots')
  const state = join(root, '.state')
  return {
    root,
    table,
    log: logFolder(table),
    state,
    spool: join(state, 'spool'),
    contracts: join(state, 'contracts'),
    quarantine: join(state, 'quarantine'),
  }
}

/** The name of one version's commit file. */
export function commitName(version: number): string {
  return `${String(version).padStart(20, '0')}.json`
}

/** The version that a name in the log folder stands for; null for every other kind of file. */
export function versionOf(name: string): number | null {
  return /^\d{20}\.json$/.test(name) ? Number(name.slice(0, 20)) : null
}

/** The name of the checkpoint of one version. */
export function checkpointName(version: number): string {
  return `${String(version).padStart(20, '0')}.checkpoint.parquet`
}

/** The version that a checkpoint's name stands for; null for every other kind of file. */
export function checkpointVersionOf(name: string): number | null {
  return /^\d{20}\.checkpoint\.parquet$/.test(name) ? Number(name.slice(0, 20)) : null
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

/** The path as the log writes it: percent-encoded once more, as Delta asks. */
export function pathToLog(path: string): string {
  return path.split('/').map(encodePart).join('/')
}

/** The path on disk of a path in the log; null if it leaves the table's folder or is no path at all. */
export function pathFromLog(logged: string): string | null {
  const path = /^[a-z][a-z0-9+.-]*:/i.test(logged) ? null : decoded(logged)
  if (path === null) return null
  const inside = path.split('/').every((part) => part !== '' && part !== '..' && part !== '.')
  return inside ? path : null
}

function encodePart(part: string): string {
  return encodeURIComponent(part).replaceAll('%3D', '=')
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
