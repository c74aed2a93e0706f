import type { Config } from '../config/config.ts'
import { newYorkClock, newYorkDate, nextSessionAfter, sessionContaining } from '../market/calendar.ts'
import type { Clock } from '../market/clock.ts'
import { type Slot, slotContaining } from '../market/slot.ts'
import { EXIT, Failure } from '../process/failure.ts'

/** The current slot. @throws Failure EXIT.tryLater outside the session, naming the next one. */
export function currentSlot({ harvest }: Config, clock: Clock): Slot {
  const now = clock.now()
  const session = sessionContaining(now)
  const at = session && slotContaining(now, session, harvest)
  if (session && at !== null) return { at, date: session.date }
  const next = nextSessionAfter(now)
  throw new Failure(
    EXIT.tryLater,
    `the market is closed at ${newYorkDate(now)} ${newYorkClock(now).slice(0, 5)} New York: try again from ${next.date} ${newYorkClock(next.openAt).slice(0, 5)} on`,
  )
}
