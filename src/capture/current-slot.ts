import type { Config } from '../config/config.ts'
import { newYorkDate, newYorkTime, nextSessionAfter, sessionContaining } from '../market/calendar.ts'
import type { Clock } from '../market/clock.ts'
import { type Slot, slotContaining, slotsOf } from '../market/slot.ts'
import type { EpochMs } from '../market/units.ts'
import { EXIT, Failure } from '../process/failure.ts'
import { deadlineOf } from './cycle/deadline.ts'

/**
 * A run begins in the next slot when less than this is left of the current one: a tenth of the interval, 30 s at five
 * minutes. In less time hardly more than the expirations nearest the money would be collected.
 */
const MIN_LEFT_FRACTION = 0.1

/**
 * The slot that a run begun now collects: the current one, or the next one of the session when too little of the
 * current one is left.
 * @throws Failure EXIT.tryLater outside the session and when no further slot follows today, naming the next session.
 */
export function slotToCollect({ harvest }: Pick<Config, 'harvest'>, now: EpochMs): Slot {
  const session = sessionContaining(now)
  const at = session && slotContaining(now, session, harvest)
  if (session && at !== null) {
    const minLeftMs = harvest.intervalSeconds * 1_000 * MIN_LEFT_FRACTION
    if (deadlineOf({ at }, harvest) - now >= minLeftMs) return { at, date: session.date }
    const next = slotsOf(session, harvest).find((slot) => slot > at)
    if (next !== undefined) return { at: next, date: session.date }
  }
  const why =
    session && at !== null
      ? `too little of slot ${newYorkTime(at)} is left, and no further slot follows today`
      : `the market is closed at ${newYorkDate(now)} ${newYorkTime(now)} New York`
  const next = nextSessionAfter(now)
  throw new Failure(EXIT.tryLater, `${why}: try again from ${next.date} ${newYorkTime(next.openAt)} on`)
}

/** Waits for the slot that a run begun now collects. `say` gets one line if it has not begun yet. */
export async function awaitSlot(
  config: Pick<Config, 'harvest'>,
  { clock, signal, say }: { readonly clock: Clock; readonly signal: AbortSignal; say(line: string): void },
): Promise<Slot> {
  const slot = slotToCollect(config, clock.now())
  const waitMs = slot.at - clock.now()
  if (waitMs > 0) {
    say(`slot ${newYorkTime(slot.at)} begins in ${Math.ceil(waitMs / 1_000)} s`)
    await clock.sleep(waitMs, signal)
  }
  return slot
}
