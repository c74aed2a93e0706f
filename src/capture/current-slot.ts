import type { Config } from '../config/config.ts'
import { newYorkDate, newYorkTime, nextSessionAfter, sessionContaining } from '../market/calendar.ts'
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
    `the market is closed at ${newYorkDate(now)} ${newYorkTime(now)} New York: try again from ${next.date} ${newYorkTime(next.openAt)} on`,
  )
}
