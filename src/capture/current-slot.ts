import type { Config } from '../config/config.ts'
import { newYorkDate, newYorkTime } from '../market/calendar.ts'
import type { Clock } from '../market/clock.ts'
import type { DueSlot } from '../market/slot.ts'
import type { EpochMs } from '../market/units.ts'
import { EXIT, Failure } from '../process/failure.ts'
import { slotAfter, slotAt, type Timetable } from '../schedule/slots.ts'
import { deadlineOf } from './cycle/deadline.ts'

/**
 * A run begins in the next slot when less than this is left of the current one: a tenth of the interval, 30 s at five
 * minutes. In less time hardly more than the expirations nearest the money would be collected.
 */
const MIN_LEFT_FRACTION = 0.1

/** When slots are due, and when their cycles must have ended. */
interface SlotTimes {
  readonly timetable: Timetable
  readonly harvest: Config['harvest']
}

/**
 * The slot that a run begun now collects, with the symbols in session: the current one, or the next one of the session
 * when too little of the current one is left.
 * @throws Failure EXIT.tryLater outside the session and when no further slot follows today, naming the next session.
 */
export function slotToCollect({ timetable, harvest }: SlotTimes, now: EpochMs): DueSlot {
  const current = slotAt(now, timetable)
  const minLeftMs = harvest.intervalSeconds * 1_000 * MIN_LEFT_FRACTION
  if (current && deadlineOf(current, harvest) - now >= minLeftMs) return current
  const next = slotAfter(now, timetable)
  if (current && next.at === current.at + harvest.intervalSeconds * 1_000) return next
  const isToday = newYorkDate(next.at) === newYorkDate(now)
  const why = current
    ? `too little of slot ${newYorkTime(current.at)} is left, and no further slot follows ${isToday ? 'at once' : 'today'}`
    : `the market is closed at ${newYorkDate(now)} ${newYorkTime(now)} New York`
  throw new Failure(
    EXIT.tryLater,
    `${why}: try again from ${newYorkDate(next.at)} ${newYorkTime(next.at)} on`,
  )
}

/**
 * Waits for the slot that a run begun now collects. `say` gets a line if it has not begun yet, and one if options of
 * some symbols are closed.
 */
export async function awaitSlot(
  times: SlotTimes,
  { clock, signal, say }: { readonly clock: Clock; readonly signal: AbortSignal; say(line: string): void },
): Promise<DueSlot> {
  const slot = slotToCollect(times, clock.now())
  const closed = times.timetable.symbols.filter((symbol) => !slot.symbols.includes(symbol))
  if (closed.length > 0)
    say(
      `not collected in slot ${newYorkTime(slot.at)}, because their options are closed: ${closed.join(', ')}`,
    )
  const waitMs = slot.at - clock.now()
  if (waitMs > 0) {
    say(`slot ${newYorkTime(slot.at)} begins in ${Math.ceil(waitMs / 1_000)} s`)
    await clock.sleep(waitMs, signal)
  }
  return slot
}
