import { newYorkTime } from '../../market/calendar.ts'
import { slotsOf } from '../../market/slot.ts'
import { addDays, type EpochMs, type SessionDate } from '../../market/units.ts'
import type { Timetable } from '../../schedule/slots.ts'
import type { SlotReason } from '../../snapshot/ledger.ts'
import { adviceFor } from '../health/advice.ts'

/**
 * What became of a slot, as one character of a row. `s` stored whole, `p` partial, `m` missing, `u` over and not in the
 * ledger, `o` not over yet, `-` no slot of the session.
 */
export type CoverageState = 's' | 'p' | 'm' | 'u' | 'o' | '-'

const STATE_OF = { stored: 's', partial: 'p', missing: 'm' } as const

/** One symbol's ledger of one trade date: `slotCoverage` of the lake has this shape. */
export interface LedgerDay {
  readonly date: string
  /** Slots that are stored whole. */
  readonly stored: readonly number[]
  readonly gaps: readonly LedgerGap[]
}

export interface LedgerGap {
  readonly timestamp: number
  readonly outcome: 'stored' | 'partial' | 'missing'
  readonly reason: SlotReason | null
  readonly detail: string | null
  readonly requested: number
  readonly answered: number
  readonly skipped: number
  readonly rows: number
}

/** One line of the map: a trade date, or 24 hours of one that lasts longer. */
interface CoverageLine {
  readonly date: string
  /** 0 for the last 24 hours of the session; 1 for those before, as futures have them over a holiday. */
  readonly days_before: number
  readonly early_close: boolean
  /** The time of its first slot, from which the times of the columns count. */
  readonly first_slot: string
  /** The column of `first_slot`. */
  readonly first_column: number
  /** A `CoverageState` for each column. */
  readonly states: string
}

/** The ledger of a symbol over a range of trade dates. Times are New York's; arrays of `gaps` are one column each. */
export interface CoverageAnswer {
  readonly symbol: string
  readonly from: string
  readonly to: string
  readonly interval_seconds: number
  /** Time of day of each column, `HH:MM`, in the order of a session. */
  readonly columns: readonly string[]
  /** By date, the newest first. */
  readonly lines: readonly CoverageLine[]
  readonly gaps: {
    readonly line: readonly number[]
    readonly column: readonly number[]
    readonly slot: readonly string[]
    /** Index of `reasons`; -1 for none. */
    readonly reason: readonly number[]
    /** Index of `details`; -1 for none. */
    readonly detail: readonly number[]
    readonly requested: readonly number[]
    readonly answered: readonly number[]
    readonly skipped: readonly number[]
    readonly rows: readonly number[]
  }
  /** Most frequent first. */
  readonly reasons: readonly {
    readonly reason: SlotReason
    readonly count: number
    readonly advice: string | null
  }[]
  readonly details: readonly string[]
  readonly totals: {
    /** Slots whose interval is over. */
    readonly expected: number
    readonly stored: number
    readonly partial: number
    readonly missing: number
    /** Over, and not in the ledger. */
    readonly unknown: number
  }
  /** Why there are no lines; null if there are some. */
  readonly reason: 'nothing_collected' | 'no_session' | null
}

export interface CoverageQuestion {
  readonly symbol: string
  readonly from: SessionDate
  readonly to: SessionDate
  /** The first date that the lake has of the symbol; slots before it were never expected. Null if it has none. */
  readonly firstDate: SessionDate | null
  readonly now: EpochMs
  readonly timetable: Pick<Timetable, 'grid' | 'sessionOn'>
}

const DAY_MS = 86_400_000
const DAY_MINUTES = 1_440
/** Distinct details in one answer, and characters of each: the gateway's words may differ from slot to slot. */
const MAX_DETAILS = 200
const MAX_DETAIL_LENGTH = 300

interface Cell {
  readonly at: number
  readonly minute: number
  readonly state: CoverageState
  readonly gap: LedgerGap | null
}

interface Line {
  readonly date: string
  readonly daysBefore: number
  readonly earlyClose: boolean
  readonly cells: readonly Cell[]
}

/** What became of every slot of the dates. Pure. */
export function coverageAnswer(days: readonly LedgerDay[], question: CoverageQuestion): CoverageAnswer {
  const { symbol, from, to, timetable } = question
  const lines = linesOf(days, question)
  const cells = lines.flatMap((line) => line.cells)
  const columns = columnsOf(cells, openingMinute(question))
  const columnOf = new Map(columns.map((minute, at) => [minute, at]))
  const gaps = lines.flatMap((line, at) =>
    line.cells.flatMap(({ gap, minute }) =>
      gap ? [{ line: at, column: columnOf.get(minute) as number, gap }] : [],
    ),
  )
  const reasons = reasonsOf(gaps.map(({ gap }) => gap))
  const details = [...new Set(gaps.flatMap(({ gap }) => detailOf(gap) ?? []))].slice(0, MAX_DETAILS)
  const count = (state: CoverageState) =>
    cells.reduce((sum, cell) => (cell.state === state ? sum + 1 : sum), 0)
  const [stored, partial, missing, unknown] = [count('s'), count('p'), count('m'), count('u')]
  return {
    symbol,
    from,
    to,
    interval_seconds: timetable.grid.intervalSeconds,
    columns: columns.map(timeText),
    lines: lines.map(({ date, daysBefore, earlyClose, cells: own }) => ({
      date,
      days_before: daysBefore,
      early_close: earlyClose,
      first_slot: new Date(own[0]?.at ?? 0).toISOString(),
      first_column: columnOf.get(own[0]?.minute ?? 0) ?? 0,
      states: statesText(own, columnOf),
    })),
    gaps: {
      line: gaps.map(({ line }) => line),
      column: gaps.map(({ column }) => column),
      slot: gaps.map(({ gap }) => new Date(gap.timestamp).toISOString()),
      reason: gaps.map(({ gap }) => reasons.findIndex(({ reason }) => reason === gap.reason)),
      detail: gaps.map(({ gap }) => details.indexOf(detailOf(gap) ?? '')),
      requested: gaps.map(({ gap }) => gap.requested),
      answered: gaps.map(({ gap }) => gap.answered),
      skipped: gaps.map(({ gap }) => gap.skipped),
      rows: gaps.map(({ gap }) => gap.rows),
    },
    reasons,
    details,
    totals: { expected: stored + partial + missing + unknown, stored, partial, missing, unknown },
    reason: lines.length > 0 ? null : question.firstDate === null ? 'nothing_collected' : 'no_session',
  }
}

/** The lines of the dates, the newest first. */
function linesOf(
  days: readonly LedgerDay[],
  { symbol, from, to, firstDate, now, timetable }: CoverageQuestion,
): Line[] {
  const known = new Map(days.map((day) => [day.date, day]))
  const begins = [firstDate, days[0]?.date].filter((date) => date != null).sort()[0]
  const lines: Line[] = []
  for (let date = to; date >= from; date = addDays(date, -1)) {
    const session = begins !== undefined && date >= begins ? timetable.sessionOn(date, symbol) : null
    const day = known.get(date)
    if (!session && !day) continue
    const expected = session && session.openAt <= now ? slotsOf(session, timetable.grid) : []
    const cells = cellsOf(expected, day, now - timetable.grid.intervalSeconds * 1_000)
    const endAt = session?.optionsCloseAt ?? (cells.at(-1)?.at ?? 0) + 1
    const parts = new Map<number, Cell[]>()
    for (const cell of cells) {
      const part = Math.max(0, Math.floor((endAt - 1 - cell.at) / DAY_MS))
      const own = parts.get(part)
      if (own) own.push(cell)
      else parts.set(part, [cell])
    }
    for (const [daysBefore, own] of [...parts].sort(([a], [b]) => a - b))
      lines.push({ date, daysBefore, earlyClose: session?.earlyClose ?? false, cells: own })
  }
  return lines
}

/** The expected slots and those that the ledger has besides, in order. */
function cellsOf(expected: readonly EpochMs[], day: LedgerDay | undefined, overBefore: number): Cell[] {
  const gaps = new Map((day?.gaps ?? []).map((gap) => [gap.timestamp, gap]))
  const stored = new Set(day?.stored ?? [])
  const times = [...new Set<number>([...expected, ...stored, ...gaps.keys()])].sort((a, b) => a - b)
  return times.map((at) => {
    const gap = gaps.get(at) ?? null
    const absent = at <= overBefore ? 'u' : 'o'
    const state = gap ? STATE_OF[gap.outcome] : stored.has(at) ? 's' : absent
    return { at, minute: minuteOf(at), state, gap }
  })
}

/** The minutes of the day that any line has, beginning with the opening. */
function columnsOf(cells: readonly Cell[], opening: number): number[] {
  const fromOpening = (minute: number) => (minute - opening + DAY_MINUTES) % DAY_MINUTES
  return [...new Set(cells.map(({ minute }) => minute))].sort((a, b) => fromOpening(a) - fromOpening(b))
}

/** Minute of the New York day at which the newest session of the dates opens; 0 without one. */
function openingMinute({ symbol, from, to, timetable }: CoverageQuestion): number {
  for (let date = to; date >= from; date = addDays(date, -1)) {
    const session = timetable.sessionOn(date, symbol)
    if (session) return minuteOf(session.openAt)
  }
  return 0
}

function statesText(cells: readonly Cell[], columnOf: ReadonlyMap<number, number>): string {
  const states: CoverageState[] = new Array(columnOf.size).fill('-')
  for (const { minute, state } of cells) states[columnOf.get(minute) as number] = state
  return states.join('')
}

function reasonsOf(gaps: readonly LedgerGap[]): CoverageAnswer['reasons'] {
  const counts = new Map<SlotReason, number>()
  for (const { reason } of gaps) if (reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => ({ reason, count, advice: adviceFor(reason) }))
}

function detailOf({ detail }: LedgerGap): string | null {
  return detail === null ? null : detail.slice(0, MAX_DETAIL_LENGTH)
}

function minuteOf(at: number): number {
  const [hours, minutes] = newYorkTime(at as EpochMs).split(':') as [string, string]
  return Number(hours) * 60 + Number(minutes)
}

function timeText(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}
