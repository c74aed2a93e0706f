import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { TradingSession } from '../../market/calendar.ts'
import type { Instrument } from '../../market/instrument.ts'
import { instrumentIn } from '../../market/instruments.ts'
import { type SlotGrid, slotsOf } from '../../market/slot.ts'
import { median } from '../../market/statistics.ts'
import { calendarSessionOn } from '../../market/trade-dates.ts'
import { sessionDate } from '../../market/units.ts'
import { ioFailure } from '../delta.ts'
import { currentState, type Lake } from '../open.ts'
import type { SnapshotFile } from '../tables/data-files.ts'
import { smallState } from '../tables/loaded-small-tables.ts'
import { SMALL_TABLES } from '../tables/small-tables.ts'

/** Trading days of a year. */
const SESSIONS_A_YEAR = 252
/** Days that are measured: about a month, so that the figures follow changed settings. */
const MEASURED_DAYS = 20

/** What the stored bytes of a day were measured on. Files of single slots become smaller when the day is compacted. */
export type GrowthBasis = 'compacted_days' | 'slot_files'

/** How fast one symbol's rows grow. */
export interface SymbolGrowth {
  readonly symbol: string
  readonly basis: GrowthBasis
  /** Number of days measured. */
  readonly days: number
  /** Bytes of a full session: the median of the days, each in proportion to its slots. */
  readonly bytesPerDay: number
}

/** How fast a lake grows, and when the disk is full at this rate. */
export interface Growth {
  readonly symbols: readonly SymbolGrowth[]
  /** The tables with one file a day, such as `slots`; null without a measured day. */
  readonly otherTablesBytesPerDay: number | null
  /** Bytes of a full session; null without rows. */
  readonly bytesPerDay: number | null
  /** Bytes of 252 sessions. */
  readonly bytesPerYear: number | null
  readonly freeBytes: number
  /** Null without rows. */
  readonly sessionsUntilFull: number | null
  /** Why figures are null; null if none is. */
  readonly reason: string | null
}

/**
 * Measures the growth of a lake by the sizes in its logs. `instruments` are the configured ones, whose calendars say how
 * many slots a full session has; other symbols are taken for what the table has under their name. @throws Failure EXIT.io
 */
export async function growth(
  lake: Lake,
  grid: SlotGrid,
  instruments: readonly Instrument[] = [],
): Promise<Growth> {
  const fullOf = (symbol: string) => slotsASession(grid, instrumentIn(instruments, symbol))
  const { files } = await currentState(lake)
  const days = daysOf([...files.values()], grid)
  const symbols = symbolGrowth(days, fullOf)
  const others = await otherBytes(lake, days, fullOf)
  const freeBytes = await freeBytesOf(lake.layout.root)
  if (symbols.length === 0) {
    const none = { bytesPerDay: null, bytesPerYear: null, sessionsUntilFull: null }
    return { symbols, otherTablesBytesPerDay: others, ...none, freeBytes, reason: 'no rows are stored yet' }
  }
  const bytesPerDay = symbols.reduce((sum, one) => sum + one.bytesPerDay, others ?? 0)
  const reason = others === null ? 'slots and market_metrics have no files yet' : null
  return { symbols, otherTablesBytesPerDay: others, ...rateOf(bytesPerDay, freeBytes), freeBytes, reason }
}

/** A year's bytes, and the sessions until the disk is full. */
export function rateOf(bytesPerDay: number, freeBytes: number) {
  return {
    bytesPerDay: Math.round(bytesPerDay),
    bytesPerYear: Math.round(bytesPerDay * SESSIONS_A_YEAR),
    sessionsUntilFull: bytesPerDay > 0 ? Math.floor(freeBytes / bytesPerDay) : null,
  }
}

/** Free bytes for this user on the file system of a folder, which need not exist yet. @throws Failure EXIT.io */
export async function freeBytesOf(folder: string): Promise<number> {
  const existing = existingFolder(folder)
  const { bavail, bsize } = await statfs(existing).catch((error: unknown) => {
    throw ioFailure('look at', existing, error)
  })
  return bavail * bsize
}

/** The folder, or the nearest one above it that exists. */
export function existingFolder(folder: string): string {
  const path = resolve(folder)
  return existsSync(path) ? path : existingFolder(dirname(path))
}

/** The date of a full session of every calendar; others have fewer slots. */
const FULL_SESSION = sessionDate('2026-01-06')

/** Number of slots of a full session of an instrument: at five minutes 78, of futures 276. */
export function slotsASession(grid: SlotGrid, { calendar }: Pick<Instrument, 'calendar'>): number {
  return slotsOf(calendarSessionOn(FULL_SESSION, calendar) as TradingSession, grid).length
}

/** The files of one symbol and day. */
interface MeasuredDay {
  readonly symbol: string
  readonly date: string
  readonly isCompacted: boolean
  readonly bytes: number
  readonly slots: number
}

function daysOf(files: readonly SnapshotFile[], { intervalSeconds }: SlotGrid): MeasuredDay[] {
  const groups = new Map<string, SnapshotFile[]>()
  for (const file of files) {
    if (!file.rows) continue
    const key = `${file.date} ${file.symbol}`
    const known = groups.get(key)
    if (known) known.push(file)
    else groups.set(key, [file])
  }
  return [...groups.values()].map((group) => {
    const { symbol, date } = group[0] as SnapshotFile
    const isCompacted = group.some(({ minSlot, maxSlot }) => maxSlot > minSlot)
    const first = group.reduce((least, { minSlot }) => Math.min(least, minSlot), Number.POSITIVE_INFINITY)
    const last = group.reduce((most, { maxSlot }) => Math.max(most, maxSlot), 0)
    const slots = isCompacted
      ? Math.round((last - first) / (intervalSeconds * 1_000)) + 1
      : new Set(group.map(({ minSlot }) => minSlot)).size
    return { symbol, date, isCompacted, bytes: group.reduce((sum, { size }) => sum + size, 0), slots }
  })
}

/** Number of slots of a full session of a symbol. */
type SlotsOf = (symbol: string) => number

/** By compacted days, or for a symbol without any, by the files of single slots. */
function symbolGrowth(days: readonly MeasuredDay[], fullOf: SlotsOf): SymbolGrowth[] {
  const dates = newestDates(days)
  const recent = days.filter(({ date }) => dates.has(date))
  return [...new Set(recent.map(({ symbol }) => symbol))].sort().map((symbol) => {
    const full = fullOf(symbol)
    const own = recent.filter((day) => day.symbol === symbol)
    const compacted = own.filter(({ isCompacted }) => isCompacted)
    const basis = compacted.length > 0 ? 'compacted_days' : 'slot_files'
    const measured = compacted.length > 0 ? compacted : own
    const bytesPerDay = median(measured.map(({ bytes, slots }) => (bytes / slots) * full)) as number
    return { symbol, basis, days: measured.length, bytesPerDay: Math.round(bytesPerDay) }
  })
}

function newestDates(days: readonly MeasuredDay[]): Set<string> {
  const dates = [...new Set(days.map(({ date }) => date))].sort()
  return new Set(dates.slice(-MEASURED_DAYS))
}

/** Bytes that the tables with one file a day need for a full session. */
async function otherBytes(lake: Lake, days: readonly MeasuredDay[], fullOf: SlotsOf): Promise<number | null> {
  const full = Math.max(...days.map(({ symbol }) => fullOf(symbol)), 0)
  let sum: number | null = null
  for (const table of SMALL_TABLES.filter(({ partition }) => partition === 'date')) {
    const state = await smallState(lake, table)
    const sizes: number[] = []
    for (const date of newestDates(days)) {
      const slots = Math.max(...days.filter((day) => day.date === date).map((day) => day.slots))
      const own = [...(state?.files.values() ?? [])].filter(({ partition }) => partition === date)
      const bytes = own.reduce((total, { size }) => total + size, 0)
      if (bytes > 0) sizes.push((bytes / slots) * full)
    }
    const typical = median(sizes)
    if (typical !== null) sum = (sum ?? 0) + typical
  }
  return sum === null ? null : Math.round(sum)
}

/** `npm run bench:lake`, a compacted year of three symbols; docs/performance.md. */
const BENCHMARK_BYTES_A_ROW = 21

/** Stored bytes of a row, and where the figure comes from. */
export interface BytesPerRow {
  readonly basis: GrowthBasis | 'benchmark'
  readonly bytesPerRow: number
}

/** How fast a lake would grow with so many rows a session. */
export interface PlannedGrowth extends BytesPerRow {
  readonly rowsPerDay: number
  readonly bytesPerDay: number
  readonly bytesPerYear: number
  readonly freeBytes: number
  /** Null without rows. */
  readonly sessionsUntilFull: number | null
}

/** The contracts of an instrument in each slot. */
export interface PlannedContracts {
  readonly instrument: Pick<Instrument, 'calendar'>
  readonly contracts: number
}

/** The growth for the contracts of each slot, over as many slots as each instrument's session has. Pure. */
export function planGrowth(
  planned: readonly PlannedContracts[],
  { grid, perRow, freeBytes }: { grid: SlotGrid; perRow: BytesPerRow; freeBytes: number },
): PlannedGrowth {
  const rowsPerDay = planned.reduce(
    (sum, { instrument, contracts }) => sum + contracts * slotsASession(grid, instrument),
    0,
  )
  return { ...perRow, rowsPerDay, ...rateOf(rowsPerDay * perRow.bytesPerRow, freeBytes), freeBytes }
}

/** The lake's own bytes a row, or without a lake or rows, those of the benchmark. @throws Failure EXIT.io */
export async function bytesPerRow(lake: Lake | null): Promise<BytesPerRow> {
  const files = lake === null ? [] : [...(await currentState(lake)).files.values()].filter(({ rows }) => rows)
  const compacted = files.filter(({ minSlot, maxSlot }) => maxSlot > minSlot)
  const measured = compacted.length > 0 ? compacted : files
  if (measured.length === 0) return { basis: 'benchmark', bytesPerRow: BENCHMARK_BYTES_A_ROW }
  const bytes = measured.reduce((sum, { size }) => sum + size, 0)
  const rows = measured.reduce((sum, file) => sum + (file.rows ?? 0), 0)
  return { basis: compacted.length > 0 ? 'compacted_days' : 'slot_files', bytesPerRow: bytes / rows }
}
