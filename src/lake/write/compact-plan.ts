import { newYorkDate, sessionOn } from '../../market/calendar.ts'
import { type EpochMs, type SessionDate, sessionDate } from '../../market/units.ts'
import type { SnapshotFile } from '../tables/data-files.ts'
import type { SnapshotState } from '../tables/snapshot-table.ts'

/** Slots may still be stored for this long after the close, in any configuration. */
const LAST_SLOTS_MS = 30 * 60_000

/** The data files of one symbol and day to merge into one. */
export interface Compaction {
  readonly symbol: string
  readonly date: SessionDate
  /** Two or more, by first slot. */
  readonly files: readonly SnapshotFile[]
}

/** Which days to compact: those finished at `now`, one date even if it is not finished, or all. */
export type CompactionScope =
  | { readonly kind: 'finished'; readonly now: EpochMs }
  | { readonly kind: 'date'; readonly date: SessionDate }
  | { readonly kind: 'all' }

/** The compactions to do, oldest day first. Empty if every symbol and day has one file already. Pure. */
export function planCompaction(table: SnapshotState, scope: CompactionScope): Compaction[] {
  const groups = new Map<string, SnapshotFile[]>()
  for (const file of table.files.values()) {
    if (!isInScope(file.date, scope)) continue
    const key = `${file.date} ${file.symbol}`
    groups.set(key, [...(groups.get(key) ?? []), file])
  }
  return [...groups]
    .filter(([, files]) => files.length > 1)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, files]) => ({
      symbol: files[0]?.symbol as string,
      date: sessionDate(files[0]?.date as string),
      files: files.sort((a, b) => a.minSlot - b.minSlot),
    }))
}

/** Whether no more slots of a New York date are expected. A date without a session is finished when the day is over. */
export function isFinished(date: string, now: EpochMs): boolean {
  const today = newYorkDate(now)
  if (date !== today) return date < today
  const closeAt = sessionOn(today)?.closeAt
  return closeAt !== undefined && closeAt + LAST_SLOTS_MS <= now
}

function isInScope(date: string, scope: CompactionScope): boolean {
  if (scope.kind === 'date') return date === scope.date
  return scope.kind === 'all' || isFinished(date, scope.now)
}
