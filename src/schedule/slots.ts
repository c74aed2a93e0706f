import type { Session } from '../market/calendar.ts'
import { type EpochMs, epochMs } from '../market/units.ts'

/** The grid of slots of one session. */
export interface SlotGrid {
  /** Seconds between slots. */
  readonly intervalSeconds: number
  /** Also the slots from the underlying's close to the options' own. */
  readonly afterClose: boolean
}

/** Every slot of a session, in order: 78 on a full day at five minutes, 81 with those after the close. */
export function slotsOf(session: Session, { intervalSeconds, afterClose }: SlotGrid): EpochMs[] {
  const end = afterClose ? session.optionsCloseAt : session.closeAt
  const slots: EpochMs[] = []
  for (let at = session.openAt as number; at < end; at += intervalSeconds * 1_000) slots.push(epochMs(at))
  return slots
}

/**
 * The slot that holds at a time of the session: the last one that began. Null before the first, and null once the
 * last one's interval is over.
 */
export function slotHolding(at: EpochMs, session: Session, grid: SlotGrid): EpochMs | null {
  const slot = slotsOf(session, grid).findLast((slot) => slot <= at)
  return slot !== undefined && at < slot + grid.intervalSeconds * 1_000 ? slot : null
}
