import { createHash } from 'node:crypto'
import * as z from 'zod'
import { pathFromLog } from '../lake/layout.ts'
import { FILE_COLUMNS, faultOf } from '../lake/tables/schema.ts'
import { type EpochMs, epochMs } from '../market/units.ts'
import { EXIT, Failure } from '../process/failure.ts'
import type { Column } from '../snapshot/column.ts'
import { LEDGER_COLUMNS, type LedgerRow, withLaterColumns } from '../snapshot/ledger.ts'

/** What one commit of the Delta log says, line by line. Kinds that this program has no use for are left out. */
const properties = z.record(z.string(), z.string())
const add = z.object({
  path: z.string(),
  partitionValues: z.record(z.string(), z.string().nullable()),
  size: z.int().nonnegative(),
  modificationTime: z.int(),
  dataChange: z.boolean(),
  stats: z.string().nullish(),
  tags: z.record(z.string(), z.string().nullable()).nullish(),
})
const remove = z.object({
  path: z.string(),
  deletionTimestamp: z.int().nullish(),
  dataChange: z.boolean(),
  extendedFileMetadata: z.boolean().nullish(),
  partitionValues: z.record(z.string(), z.string().nullable()).nullish(),
  size: z.int().nullish(),
})
const metaData = z.object({
  id: z.string(),
  name: z.string().nullish(),
  description: z.string().nullish(),
  format: z.object({ provider: z.string(), options: properties }),
  schemaString: z.string(),
  partitionColumns: z.array(z.string()),
  configuration: properties,
  createdTime: z.int().nullish(),
})
const protocol = z.object({ minReaderVersion: z.int(), minWriterVersion: z.int() })
const txn = z.object({ appId: z.string(), version: z.int(), lastUpdated: z.int().nullish() })
const isLedgerRow = (value: unknown): value is LedgerRow => {
  const row = value as Record<string, unknown>
  return (LEDGER_COLUMNS as readonly Column[]).every((column) => faultOf(column, row[column.name]) === null)
}
const ledgerRow = z.looseObject({}).transform(withLaterColumns).refine(isLedgerRow)
const slotRecord = z.object({ seal: z.string(), slot: z.int().nullable(), reports: z.array(ledgerRow) })
const commitInfo = z.looseObject({
  timestamp: z.int().nullish(),
  operation: z.string().nullish(),
  engineInfo: z.string().nullish(),
  optionlake: slotRecord.nullish(),
})
const line = z.looseObject({
  add: add.optional(),
  remove: remove.optional(),
  metaData: metaData.optional(),
  protocol: protocol.optional(),
  txn: txn.optional(),
  commitInfo: commitInfo.optional(),
})

export type Add = z.infer<typeof add>
export type Remove = z.infer<typeof remove>
export type MetaData = z.infer<typeof metaData>
export type Protocol = z.infer<typeof protocol>
/** How far another log was taken into this table: Delta's means against doing it twice. */
export type Transaction = z.infer<typeof txn>
export type CommitInfo = z.infer<typeof commitInfo>

export type Action =
  | { readonly commitInfo: CommitInfo }
  | { readonly protocol: Protocol }
  | { readonly metaData: MetaData }
  | { readonly txn: Transaction }
  | { readonly add: Add }
  | { readonly remove: Remove }

/** One data file of any table, as its log describes it. */
export interface StoredFile {
  /** Below the table's folder, as on disk. */
  readonly path: string
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
export interface AddFile extends StoredFile {
  readonly symbol: string
  /** New York date, `YYYY-MM-DD`. */
  readonly date: string
  /** First and last slot in the file. */
  readonly minSlot: EpochMs
  readonly maxSlot: EpochMs
  /** Bounds of the underlying's price in it, dollars; null where its statistics do not say. */
  readonly prices: PriceBounds | null
  /** Columns of ours that came after the file was written: all its rows are null there. By its statistics. */
  readonly missingColumns: readonly string[]
}

/** What a log keeps of an add action. `name` is the file that carries it, for the message. */
export type FileOf<File extends { readonly path: string }> = (entry: Add, name: string) => File

/**
 * Reads one commit. `name` is only for the message.
 * @throws Failure EXIT.io naming the file and line when it is cut short, damaged or not a Delta commit.
 */
export function parseCommit(text: string, name: string): Action[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  if (lines.length === 0) throw unreadable(name, 'it is empty')
  const isSealed = SEAL.exec(text)?.[1] === sealOf(text.replace(SEAL, '"seal":""'))
  const actions = lines.flatMap((text, index) => {
    const where = `${name}, line ${index + 1}`
    const value = jsonOf(text, where)
    // What our own seal covers was looked through before it was written.
    return isSealed ? actionsOf(completed(value as WellFormed)) : parseAction(value, where)
  })
  if (!isSealed && actions.some(isSlotRecord)) {
    throw unreadable(name, 'it is cut short or damaged, its seal does not match')
  }
  return actions
}

/** A commit of an older program, with the columns of the ledger that came since. */
function completed(line: WellFormed): WellFormed {
  const record = line.commitInfo?.optionlake
  if (!record) return line
  const reports = record.reports.map((report) => withLaterColumns(report) as LedgerRow)
  return { ...line, commitInfo: { ...line.commitInfo, optionlake: { ...record, reports } } }
}

function isSlotRecord(action: Action): boolean {
  return 'commitInfo' in action && action.commitInfo.optionlake != null
}

/** One line of a commit, or one row of a checkpoint; none when it is of a kind that we have no use for. */
export function parseAction(value: unknown, name: string): Action[] {
  const parsed = line.safeParse(value)
  if (parsed.success) return actionsOf(parsed.data)
  const issue = parsed.error.issues[0]
  throw unreadable(name, `${issue?.path.join('.')}: ${issue?.message}`)
}

/** What `commitInfo.optionlake` is in a commit without slots: the commit is sealed all the same. */
export const SEALED = { seal: '', slot: null, reports: [] }

/** The text of one commit. One whose information carries a record of ours is sealed: what is cut off later is noticed. */
export function commitText(actions: readonly Action[]): string {
  const text = `${actions.map((action) => JSON.stringify(action)).join('\n')}\n`
  return text.replace(BLANK_SEAL, () => `"seal":"${sealOf(text)}"`)
}

/** @throws Failure EXIT.io when path, partition or statistics of the entry cannot be used. */
export function addFile(entry: Add, name: string): AddFile {
  const { symbol, date } = entry.partitionValues
  if (!symbol || !date) throw unreadable(name, `"${entry.path}" is in no partition of symbol and date`)
  const stats = statsOf(entry, name)
  const minSlot = Date.parse(stats.minValues?.timestamp ?? '')
  const maxSlot = Date.parse(stats.maxValues?.timestamp ?? '')
  if (Number.isNaN(minSlot) || Number.isNaN(maxSlot)) {
    throw unreadable(name, `"${entry.path}" has no statistics of its timestamps`)
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

/** The fields that every data file has. @throws Failure EXIT.io when path or statistics cannot be used. */
export function storedFile(entry: Add, name: string): StoredFile {
  return fileOf(entry, { stats: statsOf(entry, name), name })
}

export function unreadable(name: string, why: string): Failure {
  return new Failure(EXIT.io, `cannot read ${name}: ${why}; restore the file from a copy`)
}

/** Delta's statistics as far as they are used. Read by hand: a year's table has thousands, and opening is timed. */
interface FileStats {
  readonly numRecords?: unknown
  readonly minValues?: { readonly timestamp?: string; readonly underlying_price?: unknown }
  readonly maxValues?: { readonly timestamp?: string; readonly underlying_price?: unknown }
  readonly nullCount?: Readonly<Record<string, unknown>>
}

function statsOf(entry: Add, name: string): FileStats {
  return (jsonOf(entry.stats ?? 'null', name) ?? {}) as FileStats
}

function fileOf(entry: Add, { stats, name }: { stats: FileStats; name: string }): StoredFile {
  const path = pathFromLog(entry.path)
  if (path === null) throw unreadable(name, `the path "${entry.path}" is not inside the table`)
  const rows = stats.numRecords
  if (typeof rows !== 'number' || !Number.isSafeInteger(rows) || rows < 0) {
    throw unreadable(name, `"${entry.path}" does not say how many rows it has`)
  }
  return { path, size: entry.size, rows, sha256: entry.tags?.['optionlake.sha256'] ?? null }
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

const BLANK_SEAL = /"seal":""/
const SEAL = /"seal":"([0-9a-f]{64})"/

function sealOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

export type WellFormed = z.infer<typeof line>

/** The action of a line or row that is known to be well formed. */
export function actionsOf(parsed: WellFormed): Action[] {
  if (parsed.commitInfo) return [{ commitInfo: parsed.commitInfo }]
  if (parsed.protocol) return [{ protocol: parsed.protocol }]
  if (parsed.metaData) return [{ metaData: parsed.metaData }]
  if (parsed.txn) return [{ txn: parsed.txn }]
  if (parsed.add) return [{ add: parsed.add }]
  if (parsed.remove) return [{ remove: parsed.remove }]
  return []
}

/** @throws Failure EXIT.io naming the file when the text is not JSON. */
export function jsonOf(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw unreadable(name, 'it is cut short or damaged')
  }
}
