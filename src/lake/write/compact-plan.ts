import { newYorkDate, sessionOn, type TradingSession } from '../../market/calendar.ts'
import { instrumentNamed } from '../../market/instruments.ts'
import { calendarSessionOn, type SessionOn } from '../../market/trade-dates.ts'
import { type EpochMs, type SessionDate, sessionDate } from '../../market/units.ts'
import type { SnapshotFile } from '../tables/data-files.ts'
import type { SnapshotState } from '../tables/snapshot-table.ts'

/** Slots may still be stored for this long after the close, in any configuration. */
export const LAST_SLOTS_MS = 30 * 60_000

/** The data files of one symbol and day to merge into one. */
export interface Compaction {
  readonly symbol: string
  readonly date: SessionDate
  /** Two or more, by first slot. */
  readonly files: readonly SnapshotFile[]
}

/** Which days to compact: those finished at `now`, one date even if it is not finished, or all. */
export type CompactionScope =
  | {
      readonly kind: 'finished'
      readonly now: EpochMs
      /** The sessions of the symbols; by the rules of their names where it is left out. */
      readonly sessionOn?: SymbolSessions
    }
  | { readonly kind: 'date'; readonly date: SessionDate }
  | { readonly kind: 'all' }

/** The session of a symbol on a trade date; null: it does not trade then. */
export type SymbolSessions = (date: SessionDate, symbol: string) => TradingSession | null

/** The compactions to do, oldest day first. Empty if every symbol and day has one file already. Pure. */
export function planCompaction(table: SnapshotState, scope: CompactionScope): Compaction[] {
  const groups = new Map<string, SnapshotFile[]>()
  const wanted = new Map<string, boolean>()
  for (const file of table.files.values()) {
    const key = `${file.date} ${file.symbol}`
    const isWanted = wanted.get(key) ?? isInScope(file, scope)
    wanted.set(key, isWanted)
    if (!isWanted) continue
    const own = groups.get(key)
    if (own) own.push(file)
    else groups.set(key, [file])
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, files]) => compactionOf(files) ?? [])
}

/** The compaction of one symbol and day; null if it has one file already, or none. Pure. */
export function planOne(
  table: SnapshotState,
  { symbol, date }: Pick<Compaction, 'symbol' | 'date'>,
): Compaction | null {
  return compactionOf(
    [...table.files.values()].filter((file) => file.date === date && file.symbol === symbol),
  )
}

/** @param files of one symbol and day. */
function compactionOf(files: readonly SnapshotFile[]): Compaction | null {
  const [first] = files
  if (first === undefined || files.length === 1) return null
  const { symbol, date } = first
  return { symbol, date: sessionDate(date), files: files.toSorted((a, b) => a.minSlot - b.minSlot) }
}

/** The number of rows of one expiry. */
export interface ExpiryRows {
  readonly expiry: string
  readonly rows: number
}

/**
 * Rows that are merged at once. Polars needs 500 bytes for each, so that a part takes 50 MB: two parts for 2,400
 * contracts in 78 slots, one for a short day or a small symbol.
 */
export const MAX_PART_ROWS = 100_000

/**
 * The expiries at which the parts of a merge begin, without the first: as few parts as fit, of about the same size. An
 * expiry is never split. Pure.
 */
export function partStarts(counts: readonly ExpiryRows[], maxRows = MAX_PART_ROWS): string[] {
  const total = counts.reduce((sum, { rows }) => sum + rows, 0)
  const target = total / Math.ceil(total / maxRows)
  const starts: string[] = []
  let inPart = 0
  for (const { expiry, rows } of counts) {
    // A part ends where it is nearer to the target than with this expiry, or full.
    const isNearer = Math.abs(inPart - target) < Math.abs(inPart + rows - target)
    if (inPart > 0 && (isNearer || inPart + rows > maxRows)) {
      starts.push(expiry)
      inPart = 0
    }
    inPart += rows
  }
  return starts
}

/** Whether no more slots of a trade date are expected. A date without a session is finished when the day is over. */
export function isFinished(date: string, now: EpochMs, session: SessionOn = sessionOn): boolean {
  const today = newYorkDate(now)
  if (date !== today) return date < today
  const closeAt = session(today)?.closeAt
  return closeAt !== undefined && closeAt + LAST_SLOTS_MS <= now
}

const RULES: SymbolSessions = (date, symbol) => calendarSessionOn(date, instrumentNamed(symbol).calendar)

function isInScope({ date, symbol }: SnapshotFile, scope: CompactionScope): boolean {
  if (scope.kind === 'date') return date === scope.date
  if (scope.kind === 'all') return true
  const { sessionOn: sessions = RULES } = scope
  return isFinished(date, scope.now, (day) => sessions(day, symbol))
}
