import { newYorkDate, type TradingSession } from '../market/calendar.ts'
import { type Slot, type SlotGrid, slotsOf } from '../market/slot.ts'
import { addDays, type EpochMs, epochMs, type SessionDate } from '../market/units.ts'

/** The times of the slots: the grid within each session, and which session a New York date has (null: closed). */
export interface Timetable {
  readonly grid: SlotGrid
  sessionOn(date: SessionDate): TradingSession | null
}

/** The slots to act on now. */
interface SlotDecision {
  /** To be collected now: it has begun, its interval is not over, and it has not been handled. */
  readonly due: Slot | null
  /** Slots since the last handled one whose interval is over, in order. */
  readonly missed: readonly Slot[]
  /** The first one that can become due after this moment. */
  readonly next: Slot
}

/** The longest closure of NYSE in living memory was four sessions; a search that runs further is a defect. */
const SEARCH_DAYS = 30

/** Every slot of the timetable with from < slot ≤ to, in order. */
function slotsBetween(from: EpochMs, to: EpochMs, timetable: Timetable): Slot[] {
  const found: Slot[] = []
  const lastDate = newYorkDate(to)
  for (let date = newYorkDate(from); date <= lastDate; date = addDays(date, 1)) {
    const session = timetable.sessionOn(date)
    if (!session || session.openAt > to) continue
    for (const at of slotsOf(session, timetable.grid)) if (from < at && at <= to) found.push({ at, date })
  }
  return found
}

/**
 * Decides which slot is due, which were missed and which comes next. Pure. `lastHandled` is the newest slot that was
 * collected, was recorded as missed or is being collected; null if there is none, and then no slot was missed.
 * Nothing at or before it is ever due again: a clock that steps back repeats no slot, and one that steps forward
 * makes slots missed.
 */
export function decideSlots(lastHandled: EpochMs | null, now: EpochMs, timetable: Timetable): SlotDecision {
  const intervalMs = timetable.grid.intervalSeconds * 1_000
  const begun = slotsBetween(lastHandled ?? epochMs(now - intervalMs), now, timetable)
  const last = begun.at(-1)
  const due = last && now < last.at + intervalMs ? last : null
  const missed = lastHandled === null ? [] : due ? begun.slice(0, -1) : begun
  const handledTo = lastHandled !== null && lastHandled > now ? lastHandled : now
  return { due, missed, next: slotAfter(handledTo, timetable) }
}

/**
 * The first slot after a time.
 * @throws RangeError if the timetable has no session within a month.
 */
export function slotAfter(time: EpochMs, { grid, sessionOn }: Timetable): Slot {
  const from = newYorkDate(time)
  for (let days = 0; days <= SEARCH_DAYS; days++) {
    const date = addDays(from, days)
    const session = sessionOn(date)
    const at = session && slotsOf(session, grid).find((slot) => slot > time)
    if (at) return { at, date }
  }
  throw new RangeError(`no slot within ${SEARCH_DAYS} days of ${from}`)
}
