import type { TradingSession } from './calendar.ts'
import { type EpochMs, epochMs, type SessionDate } from './units.ts'

/** One slot of one session: the scheduled time that a snapshot belongs to. */
export interface Slot {
  readonly at: EpochMs
  /** New York date of its session. */
  readonly date: SessionDate
}

/** A slot of the schedule. */
export interface DueSlot extends Slot {
  /** The symbols whose options trade in it, in the configured order; at least one. */
  readonly symbols: readonly string[]
}

/** The slots of every session. */
export interface SlotGrid {
  /** Seconds between slots. */
  readonly intervalSeconds: number
  /** Whether slots continue from the underlying's close to the options' own close. */
  readonly afterClose: boolean
}

function endOf(session: TradingSession, { afterClose }: SlotGrid): EpochMs {
  return afterClose ? session.optionsCloseAt : session.closeAt
}

/** Every slot of a session, in order: 78 on a full day at five minutes, 81 with those after the close. */
export function slotsOf(session: TradingSession, grid: SlotGrid): EpochMs[] {
  const end = endOf(session, grid)
  const slots: EpochMs[] = []
  for (let at = session.openAt as number; at < end; at += grid.intervalSeconds * 1_000)
    slots.push(epochMs(at))
  return slots
}

/** The first slot of a session after a time; null if there is none. */
export function slotOfAfter(session: TradingSession, time: EpochMs, grid: SlotGrid): EpochMs | null {
  const intervalMs = grid.intervalSeconds * 1_000
  const before = Math.max(0, Math.floor((time - session.openAt) / intervalMs) + 1)
  const at = session.openAt + before * intervalMs
  return at < endOf(session, grid) ? epochMs(at) : null
}

/** The slot whose interval contains a time of the session; null outside every interval. */
export function slotContaining(at: EpochMs, session: TradingSession, grid: SlotGrid): EpochMs | null {
  const slot = slotsOf(session, grid).findLast((slot) => slot <= at)
  return slot !== undefined && at < slot + grid.intervalSeconds * 1_000 ? slot : null
}
