import type { TradingSession } from './calendar.ts'
import { type EpochMs, epochMs, type SessionDate } from './units.ts'

/** One slot of one session: the scheduled time that a snapshot belongs to. */
export interface Slot {
  readonly at: EpochMs
  /** New York date of its session. */
  readonly date: SessionDate
}

/** The slots of every session. */
export interface SlotGrid {
  /** Seconds between slots. */
  readonly intervalSeconds: number
  /** Whether slots continue from the underlying's close to the options' own close. */
  readonly afterClose: boolean
}

/** Every slot of a session, in order: 78 on a full day at five minutes, 81 with those after the close. */
export function slotsOf(session: TradingSession, { intervalSeconds, afterClose }: SlotGrid): EpochMs[] {
  const end = afterClose ? session.optionsCloseAt : session.closeAt
  const slots: EpochMs[] = []
  for (let at = session.openAt as number; at < end; at += intervalSeconds * 1_000) slots.push(epochMs(at))
  return slots
}

/** The slot whose interval contains a time of the session; null outside every interval. */
export function slotContaining(at: EpochMs, session: TradingSession, grid: SlotGrid): EpochMs | null {
  const slot = slotsOf(session, grid).findLast((slot) => slot <= at)
  return slot !== undefined && at < slot + grid.intervalSeconds * 1_000 ? slot : null
}
