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

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const DAY_MINUTES = 1_440
/** Distinct details in one answer, and characters of each: the gateway's words may differ from slot to slot. */
const MAX_DETAILS = 200
const MAX_DETAIL_LENGTH = 300

/** One line of the map before the columns of all lines are known. */
interface Line {
  readonly date: string
  readonly daysBefore: number
  readonly earlyClose: boolean
  readonly firstSlot: number
  /** Minute of the New York day and state of each slot, in order. */
  readonly minutes: readonly number[]
  readonly states: readonly CoverageState[]
  /** By index of the slot. */
  readonly gaps: readonly (readonly [number, LedgerGap])[]
}

/** What became of every slot of the dates. Pure; a year has twenty thousand slots, hence arrays and no object a slot. */
export function coverageAnswer(days: readonly LedgerDay[], question: CoverageQuestion): CoverageAnswer {
  const { symbol, from, to, timetable } = question
  const lines = linesOf(days, question)
  const columns = columnsOf(lines, openingMinute(question))
  const columnOf = new Map(columns.map((minute, at) => [minute, at]))
  const gaps = lines.flatMap(({ gaps: own, minutes }, line) =>
    own.map(([at, gap]) => ({ line, column: columnOf.get(minutes[at] ?? 0) ?? 0, gap })),
  )
  const reasons = reasonsOf(gaps.map(({ gap }) => gap))
  const reasonIndex = new Map(reasons.map(({ reason }, at) => [reason, at]))
  const details = [...new Set(gaps.flatMap(({ gap }) => detailOf(gap) ?? []))].slice(0, MAX_DETAILS)
  const counts = { s: 0, p: 0, m: 0, u: 0, o: 0, '-': 0 }
  for (const { states } of lines) for (const state of states) counts[state]++
  const { s: stored, p: partial, m: missing, u: unknown } = counts
  return {
    symbol,
    from,
    to,
    interval_seconds: timetable.grid.intervalSeconds,
    columns: columns.map(timeText),
    lines: lines.map((line) => ({
      date: line.date,
      days_before: line.daysBefore,
      early_close: line.earlyClose,
      first_slot: new Date(line.firstSlot).toISOString(),
      first_column: columnOf.get(line.minutes[0] ?? 0) ?? 0,
      states: statesText(line, columnOf),
    })),
    gaps: {
      line: gaps.map(({ line }) => line),
      column: gaps.map(({ column }) => column),
      slot: gaps.map(({ gap }) => new Date(gap.timestamp).toISOString()),
      reason: gaps.map(({ gap }) => (gap.reason === null ? -1 : (reasonIndex.get(gap.reason) ?? -1))),
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
  const overBefore = now - timetable.grid.intervalSeconds * 1_000
  const lines: Line[] = []
  for (let date = to; date >= from; date = addDays(date, -1)) {
    const session = begins !== undefined && date >= begins ? timetable.sessionOn(date, symbol) : null
    const day = known.get(date)
    if (!session && !day) continue
    const expected = session && session.openAt <= now ? slotsOf(session, timetable.grid) : []
    const times = timesOf(expected, day)
    const endAt = session?.optionsCloseAt ?? (times.at(-1) ?? 0) + 1
    const common = { date, earlyClose: session?.earlyClose ?? false }
    for (const { daysBefore, slots } of daysOf(times, endAt))
      lines.push({ ...common, daysBefore, ...lineOf(slots, day, overBefore) })
  }
  return lines
}

/** The expected slots and those that the ledger has besides, in order. */
function timesOf(expected: readonly EpochMs[], day: LedgerDay | undefined): readonly number[] {
  if (!day) return expected
  const others = [
    ...absentFrom(expected, day.stored),
    ...absentFrom(
      expected,
      day.gaps.map(({ timestamp }) => timestamp),
    ),
  ]
  return others.length === 0 ? expected : [...new Set([...expected, ...others])].sort((a, b) => a - b)
}

/** The values that a list lacks. Both ascend. */
function absentFrom(list: readonly number[], values: readonly number[]): number[] {
  const absent: number[] = []
  let at = 0
  for (const value of values) {
    while (at < list.length && (list[at] as number) < value) at++
    if (list[at] !== value) absent.push(value)
  }
  return absent
}

/** The slots by the 24 hours in which they lie, counted from the end; the last hours first. */
function daysOf(times: readonly number[], endAt: number): { daysBefore: number; slots: readonly number[] }[] {
  const [first] = times
  if (first === undefined) return []
  if (endAt - first <= DAY_MS) return [{ daysBefore: 0, slots: times }]
  const parts = new Map<number, number[]>()
  for (const at of times) {
    const part = Math.max(0, Math.floor((endAt - 1 - at) / DAY_MS))
    const own = parts.get(part)
    if (own) own.push(at)
    else parts.set(part, [at])
  }
  return [...parts].sort(([a], [b]) => a - b).map(([daysBefore, slots]) => ({ daysBefore, slots }))
}

/** Slots, stored slots and gaps all ascend. */
function lineOf(
  slots: readonly number[],
  day: LedgerDay | undefined,
  overBefore: number,
): Pick<Line, 'firstSlot' | 'minutes' | 'states' | 'gaps'> {
  const { stored = [], gaps: known = [] } = day ?? {}
  const gaps: [number, LedgerGap][] = []
  const states: CoverageState[] = new Array(slots.length)
  let [nextStored, nextGap] = [0, 0]
  for (let index = 0; index < slots.length; index++) {
    const at = slots[index] as number
    while (nextStored < stored.length && (stored[nextStored] as number) < at) nextStored++
    while (nextGap < known.length && (known[nextGap] as LedgerGap).timestamp < at) nextGap++
    const gap = known[nextGap]
    if (gap?.timestamp === at) gaps.push([index, gap])
    states[index] =
      gap?.timestamp === at
        ? STATE_OF[gap.outcome]
        : stored[nextStored] === at
          ? 's'
          : at <= overBefore
            ? 'u'
            : 'o'
  }
  return { firstSlot: slots[0] ?? 0, minutes: minutesOf(slots), states, gaps }
}

/** The minutes of the New York day. Where no clock change lies between, they follow from the first. */
function minutesOf(slots: readonly number[]): number[] {
  const [first = 0, last = 0] = [slots[0], slots.at(-1)]
  const begins = minuteOf(first)
  const after = (at: number) => (begins + Math.floor((at - first) / MINUTE_MS)) % DAY_MINUTES
  return minuteOf(last) === after(last) ? slots.map(after) : slots.map(minuteOf)
}

function minuteOf(at: number): number {
  const [hours, minutes] = newYorkTime(at as EpochMs).split(':')
  return Number(hours) * 60 + Number(minutes)
}

/** The minutes of the day that any line has, beginning with the opening. */
function columnsOf(lines: readonly Line[], opening: number): number[] {
  const minutes = new Set<number>()
  for (const line of lines) for (const minute of line.minutes) minutes.add(minute)
  const fromOpening = (minute: number) => (minute - opening + DAY_MINUTES) % DAY_MINUTES
  return [...minutes].sort((a, b) => fromOpening(a) - fromOpening(b))
}

/** Minute of the New York day at which the newest session of the dates opens; 0 without one. */
function openingMinute({ symbol, from, to, timetable }: CoverageQuestion): number {
  for (let date = to; date >= from; date = addDays(date, -1)) {
    const session = timetable.sessionOn(date, symbol)
    if (session) return minuteOf(session.openAt)
  }
  return 0
}

function statesText({ minutes, states }: Line, columnOf: ReadonlyMap<number, number>): string {
  const texts: CoverageState[] = new Array(columnOf.size).fill('-')
  for (const [at, minute] of minutes.entries()) texts[columnOf.get(minute) ?? 0] = states[at] ?? '-'
  return texts.join('')
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

function timeText(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}
