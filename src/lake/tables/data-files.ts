import { type Add, type Located, pathFromLog } from '../../delta/index.ts'
import { type EpochMs, epochMs } from '../../market/units.ts'
import { damageFailure, parseJson } from '../delta.ts'
import { FILE_COLUMNS } from './schema.ts'

/** Tags of an add action. `verify` uses them to check that a file is ours and complete. */
export const SHA256_TAG = 'optionlake.sha256'
export const ROWS_TAG = 'optionlake.rows'

/** One data file of any table of the lake, as the log describes it. */
export interface StoredFile extends Located {
  /** Bytes. */
  readonly size: number
  readonly rows: number
  /** SHA-256 of the whole file, hexadecimal; null for files that another program wrote. */
  readonly sha256: string | null
}

export interface PriceBounds {
  readonly low: number
  readonly high: number
}

/** One data file of `option_snapshots`. */
export interface SnapshotFile extends StoredFile {
  readonly symbol: string
  /** New York date, `YYYY-MM-DD`. */
  readonly date: string
  /** First and last slot in the file. */
  readonly minSlot: EpochMs
  readonly maxSlot: EpochMs
  /** Bounds of the underlying's price in the file, dollars; null if the statistics lack them. */
  readonly prices: PriceBounds | null
  /** Our columns that this older file lacks, according to its statistics. They are null in all its rows. */
  readonly missingColumns: readonly string[]
}

/** @throws Failure EXIT.io when the path, partition or statistics of the entry cannot be used. */
export function snapshotFile(entry: Add, name: string): SnapshotFile {
  const { symbol, date } = entry.partitionValues
  if (!symbol || !date)
    throw damageFailure(name, `"${entry.path}" is not in a partition folder of symbol and date`)
  const stats = statsOf(entry, name)
  const minSlot = Date.parse(stats.minValues?.timestamp ?? '')
  const maxSlot = Date.parse(stats.maxValues?.timestamp ?? '')
  if (Number.isNaN(minSlot) || Number.isNaN(maxSlot)) {
    throw damageFailure(name, `"${entry.path}" has no statistics for its timestamps`)
  }
  return {
    ...fileOf(entry, { stats, name }),
    symbol,
    date,
    minSlot: epochMs(minSlot),
    maxSlot: epochMs(maxSlot),
    prices: pricesIn(stats),
    missingColumns: stats.nullCount ? missingIn(stats.nullCount) : NONE,
  }
}

/** The fields that every data file has. @throws Failure EXIT.io when the path or statistics cannot be used. */
export function storedFile(entry: Add, name: string): StoredFile {
  return fileOf(entry, { stats: statsOf(entry, name), name })
}

/** The Delta statistics we use. Parsed without a schema for speed: opening a year's table reads thousands of them. */
interface FileStats {
  readonly numRecords?: unknown
  readonly minValues?: { readonly timestamp?: string; readonly underlying_price?: unknown }
  readonly maxValues?: { readonly timestamp?: string; readonly underlying_price?: unknown }
  readonly nullCount?: Readonly<Record<string, unknown>>
}

function statsOf(entry: Add, name: string): FileStats {
  return (parseJson(entry.stats ?? 'null', name) ?? {}) as FileStats
}

function fileOf(entry: Add, { stats, name }: { stats: FileStats; name: string }): StoredFile {
  const path = pathFromLog(entry.path)
  if (path === null) throw damageFailure(name, `the path "${entry.path}" is not inside the table`)
  const rows = stats.numRecords
  if (typeof rows !== 'number' || !Number.isSafeInteger(rows) || rows < 0) {
    throw damageFailure(name, `"${entry.path}" has no row count`)
  }
  return { path, size: entry.size, rows, sha256: entry.tags?.[SHA256_TAG] ?? null }
}

function pricesIn({ minValues, maxValues }: FileStats): PriceBounds | null {
  const [low, high] = [minValues?.underlying_price, maxValues?.underlying_price]
  return typeof low === 'number' && typeof high === 'number' ? { low, high } : null
}

const NONE: readonly string[] = []

function missingIn(nullCount: Readonly<Record<string, unknown>>): readonly string[] {
  const missing = FILE_COLUMNS.filter((column) => !(column.name in nullCount))
  return missing.length === 0 ? NONE : missing.map((column) => column.name)
}
