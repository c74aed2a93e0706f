import { join } from 'node:path'
import { type Add, type Located, pathFromLog, systemCode } from '../../delta/index.ts'
import { newYorkInstant } from '../../market/calendar.ts'
import { MAX_DAYS_EARLY } from '../../market/trade-dates.ts'
import { addDays, type EpochMs, epochMs, sessionDate } from '../../market/units.ts'
import { damageFailure } from '../delta.ts'
import { type Bounds, readFooter, readSnapshotFooter } from './footer.ts'
import { FILE_COLUMNS } from './schema.ts'

/** Tags of an add action. `verify` uses them to check that a file is ours and complete. */
export const SHA256_TAG = 'optionlake.sha256'
export const ROWS_TAG = 'optionlake.rows'

/** One data file of any table of the lake, as the log or the file itself describes it. */
export interface StoredFile extends Located {
  /** Bytes. */
  readonly size: number
  /** Null if the log lacks it and the file is unreadable. */
  readonly rows: number | null
  /** SHA-256 of the whole file, hexadecimal; null for files that another program wrote. */
  readonly sha256: string | null
  /** Why the file's footer could not be read, which is needed if the log has no statistics; null for other files. */
  readonly unreadable: string | null
}

export type PriceBounds = Bounds

/** One data file of `option_snapshots`. */
export interface SnapshotFile extends StoredFile {
  readonly symbol: string
  /** Trade date, `YYYY-MM-DD`. The slots may lie on earlier New York dates. */
  readonly date: string
  /**
   * First and last slot in the file. If it is empty or unreadable, all times that a session of its date may have can
   * stand in.
   */
  readonly minSlot: EpochMs
  readonly maxSlot: EpochMs
  /** Bounds of the underlying's price in the file, dollars; null if the statistics lack them. */
  readonly prices: PriceBounds | null
  /** Our columns that the file lacks. They are null in all its rows. */
  readonly missingColumns: readonly string[]
  /** Values of columns that have one value in all rows, as our own statistics prove; others are left out. */
  readonly constants: FileConstants
}

export type FileConstants = Readonly<Record<string, string | number | null>>

/** Files that other programs wrote need not have statistics. `completeSnapshotFiles` replaces the reason. */
const NOT_READ = 'its footer was not read'

/**
 * A file as its entry in the log describes it. If the statistics do not suffice, the file is unreadable until
 * `completeSnapshotFiles` has read its footer.
 * @throws Failure EXIT.io when the path or partition of the entry cannot be used.
 */
export function snapshotFile(entry: Add, name: string): SnapshotFile {
  const { symbol, date } = entry.partitionValues
  if (!symbol || !date)
    throw damageFailure(name, `"${entry.path}" is not in a partition folder of symbol and date`)
  const stats = statsOf(entry)
  const file = fileOf(entry, { stats, name })
  const slots = slotsIn(stats)
  const bounds = slots
    ? { minSlot: epochMs(slots.first), maxSlot: epochMs(slots.last) }
    : dayBounds(date, name)
  const missingColumns = missingIn(entry, stats)
  const isComplete = file.rows && slots && missingColumns
  return {
    ...file,
    symbol,
    date,
    ...bounds,
    prices: pricesIn(stats),
    missingColumns: missingColumns ?? NONE,
    constants: file.sha256 === null ? NO_CONSTANTS : constantsIn(stats),
    unreadable: isComplete ? null : NOT_READ,
  }
}

/**
 * A file of a small table. If its entry has no row count, it is unreadable until `completeStoredFiles` has read its
 * footer.
 * @throws Failure EXIT.io when the path cannot be used.
 */
export function storedFile(entry: Add, name: string): StoredFile {
  return fileOf(entry, { stats: statsOf(entry), name })
}

/**
 * Reads the footers of files of `option_snapshots` whose statistics in the log do not suffice. Returns these files. A
 * file that cannot be read stays in the table, so that only the queries that need it fail.
 */
export function completeSnapshotFiles(
  folder: string,
  files: readonly SnapshotFile[],
): Promise<SnapshotFile[]> {
  return completeFiles(files, async (file) => {
    const { columns, slots, ...footer } = await readSnapshotFooter(join(folder, file.path))
    const missing = FILE_COLUMNS.filter((column) => !columns.has(column.name))
    const needed = missing.find((column) => !column.nullable)
    if (needed) throw new Error(`it has no column ${needed.name}`)
    const missingColumns = missing.length === 0 ? NONE : missing.map((column) => column.name)
    const bounds = slots && hasDayBounds(file) ? { minSlot: slots.first, maxSlot: slots.last } : {}
    // What the log says stays, so that `verify` notices a file that differs from it.
    const rows = file.rows ?? footer.rows
    const prices = file.prices ?? footer.prices
    return { ...file, ...bounds, rows, prices, missingColumns, unreadable: null }
  })
}

/** Reads the footers of files of a small table whose row counts are not in the log. Returns these files. */
export function completeStoredFiles<File extends StoredFile>(
  folder: string,
  files: readonly File[],
): Promise<File[]> {
  return completeFiles(files, async (file) => {
    const { rows } = await readFooter(join(folder, file.path))
    return { ...file, rows, unreadable: null }
  })
}

/** Footers read in parallel. */
const FOOTERS_AT_ONCE = 8

async function completeFiles<File extends StoredFile>(
  files: readonly File[],
  complete: (file: File) => Promise<File>,
): Promise<File[]> {
  const unread = files.filter((file) => file.unreadable !== null)
  const completed: File[] = []
  for (let from = 0; from < unread.length; from += FOOTERS_AT_ONCE) {
    const some = unread
      .slice(from, from + FOOTERS_AT_ONCE)
      .map((file) => complete(file).catch((error: unknown) => ({ ...file, unreadable: reasonOf(error) })))
    completed.push(...(await Promise.all(some)))
  }
  return completed
}

function reasonOf(error: unknown): string {
  const code = systemCode(error)
  if (code === 'ENOENT') return 'it is missing'
  return code.split('\n', 1)[0] as string
}

/** The Delta statistics we use. Parsed without a schema for speed: opening a year's table reads thousands of them. */
export interface FileStats {
  readonly numRecords?: unknown
  readonly minValues?: Readonly<Record<string, unknown>> | null
  readonly maxValues?: Readonly<Record<string, unknown>> | null
  readonly nullCount?: Readonly<Record<string, unknown>> | null
}

/** The statistics of an entry. Empty if it has none: they are optional, and programs write them in different forms. */
export function statsOf({ stats }: Pick<Add, 'stats'>): FileStats {
  try {
    const parsed: unknown = JSON.parse(stats ?? '{}')
    return typeof parsed === 'object' && parsed !== null ? parsed : {}
  } catch {
    return {}
  }
}

/** The first and last slot that the statistics give; null if they do not. */
export function slotsIn({ minValues, maxValues }: FileStats): { first: number; last: number } | null {
  const [first, last] = [timeOf(minValues?.timestamp), timeOf(maxValues?.timestamp)]
  return first === null || last === null || first > last ? null : { first, last }
}

/** A time of the statistics; null without a time zone, because readers then disagree on its meaning. */
function timeOf(text: unknown): number | null {
  if (typeof text !== 'string' || !/(?:Z|[+-]\d\d:?\d\d)$/.test(text)) return null
  const time = Date.parse(text)
  return Number.isNaN(time) ? null : time
}

function fileOf(entry: Add, { stats, name }: { stats: FileStats; name: string }): StoredFile {
  const path = pathFromLog(entry.path)
  if (path === null) throw damageFailure(name, `the path "${entry.path}" is not inside the table`)
  const file = { path, size: entry.size, sha256: entry.tags?.[SHA256_TAG] ?? null }
  const rows = stats.numRecords
  const isKnown = typeof rows === 'number' && Number.isSafeInteger(rows) && rows >= 0
  return isKnown ? { ...file, rows, unreadable: null } : { ...file, rows: null, unreadable: NOT_READ }
}

function dayBounds(date: string, name: string): { minSlot: EpochMs; maxSlot: EpochMs } {
  try {
    const first = addDays(sessionDate(date), -MAX_DAYS_EARLY)
    const tomorrow = addDays(sessionDate(date), 1)
    return {
      minSlot: newYorkInstant(first, '00:00'),
      maxSlot: epochMs(newYorkInstant(tomorrow, '00:00') - 1),
    }
  } catch {
    throw damageFailure(name, `its partition "${date}" is not a date`)
  }
}

function hasDayBounds({ date, minSlot, maxSlot }: SnapshotFile): boolean {
  const day = dayBounds(date, date)
  return minSlot === day.minSlot && maxSlot === day.maxSlot
}

function pricesIn({ minValues, maxValues }: FileStats): PriceBounds | null {
  const [low, high] = [minValues?.underlying_price, maxValues?.underlying_price]
  return typeof low === 'number' && typeof high === 'number' ? { low, high } : null
}

/** Columns that mostly have one value in a file. Reading such a column takes as long as reading any other. */
const OFTEN_CONSTANT = FILE_COLUMNS.filter(({ name }) =>
  [
    'greeks_source',
    'data_type',
    'trading_class',
    'exercise_style',
    'settlement',
    'multiplier',
    'currency',
    'exchange',
    'underlying_type',
    'underlying_con_id',
    'carried_from',
    'definition_version',
  ].includes(name),
)

const NO_CONSTANTS: FileConstants = {}
/** Files of one symbol have the same constants: one object for all of them. */
const knownConstants = new Map<string, FileConstants>()
const MAX_KNOWN_CONSTANTS = 1_000

/** The columns with one value: the least equals the greatest and none is null, or all are. */
function constantsIn({ numRecords, minValues, maxValues, nullCount }: FileStats): FileConstants {
  if (!nullCount || typeof numRecords !== 'number' || numRecords === 0) return NO_CONSTANTS
  const constants: Record<string, string | number | null> = {}
  for (const { name, type } of OFTEN_CONSTANT) {
    if (nullCount[name] === numRecords) constants[name] = null
    const value = minValues?.[name]
    const isOne = nullCount[name] === 0 && value === maxValues?.[name] && type !== 'timestamp'
    if (isOne && (typeof value === 'string' || typeof value === 'number')) constants[name] = value
  }
  const key = JSON.stringify(constants)
  const known = knownConstants.get(key)
  if (known) return known
  if (knownConstants.size < MAX_KNOWN_CONSTANTS) knownConstants.set(key, constants)
  return constants
}

const NONE: readonly string[] = []

/**
 * Our columns that a file lacks according to its statistics; null if they do not tell. Our own statistics have every
 * column of the file, those of other programs may leave some out.
 */
function missingIn({ tags }: Add, { nullCount }: FileStats): readonly string[] | null {
  const isOurs = tags?.[SHA256_TAG] != null
  if (!nullCount) return isOurs ? NONE : null
  const missing = FILE_COLUMNS.filter((column) => !(column.name in nullCount))
  if (missing.length === 0) return NONE
  return isOurs ? missing.map((column) => column.name) : null
}
