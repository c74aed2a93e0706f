import { newYorkTime } from '../../market/calendar.ts'
import { slotsOf } from '../../market/slot.ts'
import { addDays, type EpochMs, type SessionDate } from '../../market/units.ts'
import type { Timetable } from '../../schedule/slots.ts'
import type { SlotReason } from '../../snapshot/ledger.ts'

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

export interface CoverageQuestion {
  readonly symbol: string
  readonly from: SessionDate
  readonly to: SessionDate
  /** The first date that the lake has of the symbol; slots before its first were never expected. Null if it has none. */
  readonly firstDate: SessionDate | null
  readonly now: EpochMs
  readonly timetable: Pick<Timetable, 'grid' | 'sessionOn'>
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
export const DAY_MINUTES = 1_440

/** One line of the map before the columns of all lines are known. */
export interface CoverageLine {
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

/** The lines of the dates, the newest first; `giveWay` is called after each with its number of slots. */
export async function coverageLines(
  days: readonly LedgerDay[],
  { symbol, from, to, firstDate, now, timetable }: CoverageQuestion,
  giveWay: (slots: number) => Promise<void>,
): Promise<CoverageLine[]> {
  const known = new Map(days.map((day) => [day.date, day]))
  const begins = [firstDate, days[0]?.date].filter((date) => date != null).sort()[0]
  const overBefore = now - timetable.grid.intervalSeconds * 1_000
  const lines: CoverageLine[] = []
  for (let date = to; date >= from; date = addDays(date, -1)) {
    const session = begins !== undefined && date >= begins ? timetable.sessionOn(date, symbol) : null
    const day = known.get(date)
    if (!session && !day) continue
    const slots = session && session.openAt <= now ? slotsOf(session, timetable.grid) : []
    const expected = date === begins ? slots.filter((at) => at >= firstKnown(day)) : slots
    const times = timesOf(expected, day)
    const endAt = session?.optionsCloseAt ?? (times.at(-1) ?? 0) + 1
    const common = { date, earlyClose: session?.earlyClose ?? false }
    for (const { daysBefore, slots } of daysOf(times, endAt))
      lines.push({ ...common, daysBefore, ...lineOf(slots, day, overBefore) })
    await giveWay(times.length)
  }
  return lines
}

/** The first slot of a day in the ledger: on the first day of a lake those before it were never expected. */
function firstKnown(day: LedgerDay | undefined): number {
  const first = Math.min(day?.stored[0] ?? Infinity, day?.gaps[0]?.timestamp ?? Infinity)
  return Number.isFinite(first) ? first : 0
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
): Pick<CoverageLine, 'firstSlot' | 'minutes' | 'states' | 'gaps'> {
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

/** Minute of the New York day at which the newest session of the dates opens; 0 without one. */
export function openingMinute({ symbol, from, to, timetable }: CoverageQuestion): number {
  for (let date = to; date >= from; date = addDays(date, -1)) {
    const session = timetable.sessionOn(date, symbol)
    if (session) return minuteOf(session.openAt)
  }
  return 0
}
