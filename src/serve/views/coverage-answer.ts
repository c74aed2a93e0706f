import { setImmediate } from 'node:timers/promises'
import type { SlotReason } from '../../snapshot/ledger.ts'
import { adviceFor } from '../health/advice.ts'
import {
  type CoverageLine,
  type CoverageQuestion,
  type CoverageState,
  coverageLines,
  DAY_MINUTES,
  type LedgerDay,
  type LedgerGap,
  openingMinute,
} from './coverage-lines.ts'

/** One line of the map: a trade date, or 24 hours of one that lasts longer. */
interface AnsweredLine {
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
  readonly lines: readonly AnsweredLine[]
  /** Neighbours that say the same are one: a year of futures that were not collected has seventy thousand. */
  readonly gaps: {
    readonly line: readonly number[]
    /** The first column. */
    readonly column: readonly number[]
    /** How many columns, side by side, it is about. */
    readonly columns: readonly number[]
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

/** Slots between two turns of other requests: some milliseconds of work. */
const SLOTS_AT_ONCE = 5_000
/** Distinct details in one answer, and characters of each: the gateway's words may differ from slot to slot. */
const MAX_DETAILS = 200
const MAX_DETAIL_LENGTH = 300

/**
 * What became of every slot of the dates. Touches nothing but its arguments; a year of futures has seventy thousand slots,
 * hence arrays and no object a slot, and other requests have their turn in between.
 */
export async function coverageAnswer(
  days: readonly LedgerDay[],
  question: CoverageQuestion,
): Promise<CoverageAnswer> {
  const { symbol, from, to, timetable } = question
  const giveWay = turnsAfter(SLOTS_AT_ONCE)
  const lines = await coverageLines(days, question, giveWay)
  const columns = columnsOf(lines, openingMinute(question))
  await setImmediate()
  const columnOf = new Map(columns.map((minute, at) => [minute, at]))
  const answered: AnsweredLine[] = []
  for (const line of lines) {
    answered.push(answeredLine(line, columnOf))
    await giveWay(line.states.length)
  }
  const reasons = reasonsOf(lines)
  await setImmediate()
  const { details, ...gaps } = await gapColumns(lines, { columnOf, reasons, giveWay })
  return {
    symbol,
    from,
    to,
    interval_seconds: timetable.grid.intervalSeconds,
    columns: columns.map(timeText),
    lines: answered,
    gaps,
    reasons,
    details,
    totals: totalsOf(lines),
    reason: lines.length > 0 ? null : question.firstDate === null ? 'nothing_collected' : 'no_session',
  }
}

/** Lets other work of the process run after every so many slots. */
function turnsAfter(most: number): (slots: number) => Promise<void> {
  let done = 0
  return async (slots) => {
    done += slots
    if (done < most) return
    done = 0
    await setImmediate()
  }
}

function totalsOf(lines: readonly CoverageLine[]): CoverageAnswer['totals'] {
  const counts = { s: 0, p: 0, m: 0, u: 0, o: 0, '-': 0 }
  for (const { states } of lines) for (const state of states) counts[state]++
  const { s: stored, p: partial, m: missing, u: unknown } = counts
  return { expected: stored + partial + missing + unknown, stored, partial, missing, unknown }
}

function answeredLine(line: CoverageLine, columnOf: ReadonlyMap<number, number>): AnsweredLine {
  return {
    date: line.date,
    days_before: line.daysBefore,
    early_close: line.earlyClose,
    first_slot: new Date(line.firstSlot).toISOString(),
    first_column: columnOf.get(line.minutes[0] ?? 0) ?? 0,
    states: statesText(line, columnOf),
  }
}

/** The gaps of all lines, one array a column of the answer, and the first distinct details. */
async function gapColumns(
  lines: readonly CoverageLine[],
  {
    columnOf,
    reasons,
    giveWay,
  }: {
    readonly columnOf: ReadonlyMap<number, number>
    readonly reasons: CoverageAnswer['reasons']
    giveWay(slots: number): Promise<void>
  },
) {
  const reasonIndex = new Map(reasons.map(({ reason }, at) => [reason, at]))
  const detailIndex = new Map<string, number>()
  const columns = {
    ...{ line: [] as number[], column: [] as number[], columns: [] as number[] },
    ...{ reason: [] as number[], detail: [] as number[] },
    ...{ requested: [] as number[], answered: [] as number[], skipped: [] as number[], rows: [] as number[] },
  }
  for (const [index, { gaps, minutes }] of lines.entries()) {
    let [last, end]: [LedgerGap | null, number] = [null, 0]
    for (const [at, gap] of gaps) {
      const column = columnOf.get(minutes[at] ?? 0) ?? 0
      if (last !== null && column === end && isSame(gap, last)) {
        columns.columns[columns.columns.length - 1] = 1 + (columns.columns.at(-1) ?? 0)
        end = column + 1
        continue
      }
      last = gap
      end = column + 1
      columns.line.push(index)
      columns.column.push(column)
      columns.columns.push(1)
      columns.reason.push(gap.reason === null ? -1 : (reasonIndex.get(gap.reason) ?? -1))
      columns.detail.push(indexIn(detailIndex, gap.detail))
      columns.requested.push(gap.requested)
      columns.answered.push(gap.answered)
      columns.skipped.push(gap.skipped)
      columns.rows.push(gap.rows)
    }
    // Ten values each.
    await giveWay(gaps.length * 4)
  }
  return { ...columns, details: [...detailIndex.keys()] }
}

function isSame(one: LedgerGap, other: LedgerGap): boolean {
  return SAID.every((name) => one[name] === other[name])
}

const SAID = ['outcome', 'reason', 'detail', 'requested', 'answered', 'skipped', 'rows'] as const

/** The index of a detail, which is added while there is room; -1 without one. */
function indexIn(details: Map<string, number>, detail: string | null): number {
  if (detail === null) return -1
  const text = detail.slice(0, MAX_DETAIL_LENGTH)
  if (!details.has(text) && details.size < MAX_DETAILS) details.set(text, details.size)
  return details.get(text) ?? -1
}

/** The minutes of the day that any line has, beginning with the opening. */
function columnsOf(lines: readonly CoverageLine[], opening: number): number[] {
  const minutes = new Set<number>()
  for (const line of lines) for (const minute of line.minutes) minutes.add(minute)
  const fromOpening = (minute: number) => (minute - opening + DAY_MINUTES) % DAY_MINUTES
  return [...minutes].sort((a, b) => fromOpening(a) - fromOpening(b))
}

function statesText({ minutes, states }: CoverageLine, columnOf: ReadonlyMap<number, number>): string {
  const texts: CoverageState[] = new Array(columnOf.size).fill('-')
  for (const [at, minute] of minutes.entries()) texts[columnOf.get(minute) ?? 0] = states[at] ?? '-'
  return texts.join('')
}

function reasonsOf(lines: readonly CoverageLine[]): CoverageAnswer['reasons'] {
  const counts = new Map<SlotReason, number>()
  for (const { gaps } of lines) {
    for (const [, { reason }] of gaps) if (reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => ({ reason, count, advice: adviceFor(reason) }))
}

function timeText(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}
