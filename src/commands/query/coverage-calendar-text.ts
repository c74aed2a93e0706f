import type { EpochMs } from '../../market/units.ts'
import type { DayCoverage, SlotCoverage } from '../../snapshot/coverage-calendar.ts'
import { count } from '../terminal/format.ts'

const MARKS: Record<SlotCoverage, string> = {
  stored: '█',
  partial: '▒',
  missing: '·',
  unknown: '?',
  open: ' ',
}

/** Slots of a full day of stocks and indices at five minutes. */
const STOCK_SLOTS = 78
/** Hours of a full day of futures. */
const FUTURE_HOURS = 23

/** The days of stocks and indices: one mark a slot. */
export function stockCalendar(coverage: readonly DayCoverage[]): string[] {
  const hours = `${'09:30'.padEnd(6)}${['10', '11', '12', '13', '14', '15']
    .map((hour) => hour.padEnd(12))
    .join('')
    .trimEnd()}`
  return [
    `${' '.repeat(12)}${hours}`,
    ...coverage.map((day) => dayLine(day, day.states.map((state) => MARKS[state]).join(''), STOCK_SLOTS)),
  ]
}

/** The trade dates of futures: one mark an hour from the opening, a holiday's halves one after the other. */
export function futureCalendar(
  coverage: readonly DayCoverage[],
  slotsOf: (day: DayCoverage) => readonly EpochMs[],
): string[] {
  return [
    `${' '.repeat(12)}${'18'.padEnd(6)}${'00'.padEnd(6)}${'06'.padEnd(6)}12   futures, one mark an hour`,
    ...coverage.map((day) => {
      const byHour = new Map<number, SlotCoverage[]>()
      for (const [at, slot] of slotsOf(day).entries()) {
        const hour = Math.floor(slot / 3_600_000)
        byHour.set(hour, [...(byHour.get(hour) ?? []), day.states[at] ?? 'unknown'])
      }
      return dayLine(day, [...byHour.values()].map(markOf).join(''), FUTURE_HOURS)
    }),
  ]
}

/** The state that all slots of an hour share; partial where they differ, of those whose interval has ended. */
function markOf(states: readonly SlotCoverage[]): string {
  const ended = new Set(states.filter((state) => state !== 'open'))
  if (ended.size === 0) return MARKS.open
  const [only] = ended
  return ended.size === 1 && only !== undefined ? MARKS[only] : MARKS.partial
}

function dayLine({ date, stored, expected }: DayCoverage, marks: string, width: number): string {
  return `${date}  ${marks.padEnd(width)}  ${count(stored)} of ${count(expected)}`
}

/** Why slots are not stored whole, most frequent first; null if all are. */
export function reasonLine(coverage: readonly DayCoverage[]): string | null {
  const reasons = new Map<string, number>()
  for (const day of coverage) {
    for (const [reason, times] of Object.entries(day.reasons))
      reasons.set(reason, (reasons.get(reason) ?? 0) + times)
  }
  const why = [...reasons].sort(([, a], [, b]) => b - a).map(([reason, times]) => `${reason} ${count(times)}`)
  return why.length > 0 ? `reasons: ${why.join(', ')}` : null
}
