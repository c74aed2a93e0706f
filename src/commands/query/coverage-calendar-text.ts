import type { EpochMs } from '../../market/units.ts'
import type { DayCoverage, SlotCoverage } from '../../snapshot/coverage-calendar.ts'
import { count, words } from '../terminal/format.ts'
import { outputScreen, type Screen, toned } from '../terminal/screen.ts'

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

/** Date before, and number of slots after the marks of a day. */
const AROUND_MARKS = '2026-11-20    78 of 78'.length
/** Of slots that share a mark: they divide an hour. */
const SLOTS_A_MARK = [1, 2, 3, 6] as const

/** The days of stocks and indices: one mark a slot, on a narrow terminal one for two, three or six slots. */
export function stockCalendar(
  coverage: readonly DayCoverage[],
  screen: Pick<Screen, 'columns' | 'hasColour'> = outputScreen(),
): string[] {
  const room = (screen.columns ?? Number.POSITIVE_INFINITY) - AROUND_MARKS
  const each = SLOTS_A_MARK.find((slots) => STOCK_SLOTS / slots <= room) ?? 6
  const hours = ['10', '11', '12', '13', '14', '15'].map((hour) => hour.padEnd(12 / each)).join('')
  const first = each === 1 ? '09:30'.padEnd(6) : ' '.repeat(6 / each)
  const isUnknown = coverage.some(({ states }) => states.includes('unknown'))
  return [
    `${' '.repeat(12)}${first}${hours}`.trimEnd(),
    ...coverage.map((day) => {
      const parts = Array.from({ length: Math.ceil(day.states.length / each) }, (_, at) =>
        day.states.slice(at * each, (at + 1) * each),
      )
      return dayLine(day, parts.map(markOf).join(''), { width: STOCK_SLOTS / each, screen })
    }),
    ...(each === 1 ? [] : [toned(`one mark for ${each} slots (--wide)`, 'dim', screen)]),
    ...(isUnknown ? [toned(`${MARKS.unknown} the ledger has no entry of a symbol`, 'dim', screen)] : []),
  ]
}

/** The trade dates of futures: one mark an hour from the opening, a holiday's halves one after the other. */
export function futureCalendar(
  coverage: readonly DayCoverage[],
  slotsOf: (day: DayCoverage) => readonly EpochMs[],
  screen: Pick<Screen, 'hasColour'> = outputScreen(),
): string[] {
  return [
    `${' '.repeat(12)}${'18'.padEnd(6)}${'00'.padEnd(6)}${'06'.padEnd(6)}12   futures, one mark an hour`,
    ...coverage.map((day) => {
      const byHour = new Map<number, SlotCoverage[]>()
      for (const [at, slot] of slotsOf(day).entries()) {
        const hour = Math.floor(slot / 3_600_000)
        byHour.set(hour, [...(byHour.get(hour) ?? []), day.states[at] ?? 'unknown'])
      }
      return dayLine(day, [...byHour.values()].map(markOf).join(''), { width: FUTURE_HOURS, screen })
    }),
  ]
}

/** The mark of the state that all slots share; partial where they differ, of those whose interval has ended. */
function markOf(states: readonly SlotCoverage[]): string {
  const ended = new Set(states.filter((state) => state !== 'open'))
  if (ended.size === 0) return MARKS.open
  const [only] = ended
  return ended.size === 1 && only !== undefined ? MARKS[only] : MARKS.partial
}

function dayLine(
  { date, stored, expected }: DayCoverage,
  marks: string,
  { width, screen }: { readonly width: number; readonly screen: Pick<Screen, 'hasColour'> },
): string {
  const coloured = marks
    .padEnd(width)
    .replace(/·+/g, (missing) => toned(missing, 'bad', screen))
    .replace(/▒+/g, (partial) => toned(partial, 'warning', screen))
  return `${date}  ${coloured}  ${count(stored)} of ${count(expected)}`
}

/** Why slots are not stored whole, most frequent first; null if all are. */
export function reasonLine(coverage: readonly DayCoverage[]): string | null {
  const reasons = new Map<string, number>()
  for (const day of coverage) {
    for (const [reason, times] of Object.entries(day.reasons))
      reasons.set(reason, (reasons.get(reason) ?? 0) + times)
  }
  const why = [...reasons]
    .sort(([, a], [, b]) => b - a)
    .map(([reason, times]) => `${words(reason)} ${count(times)}`)
  return why.length > 0 ? `reasons: ${why.join(', ')}` : null
}
