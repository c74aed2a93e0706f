import { lastSessionBefore, newYorkInstant, sessionOn, type TradingSession } from '../../market/calendar.ts'
import { type SlotGrid, slotsOf } from '../../market/slot.ts'
import { addDays, type EpochMs, epochMs, type SessionDate, sessionDate } from '../../market/units.ts'
import type { PastFault } from './past-slots.ts'

/** A session, and those of its slots that are stored. */
export interface StoredSession {
  readonly session: TradingSession
  readonly slots: readonly EpochMs[]
}

/** The day that a demo plays, and what is stored before it begins. */
export interface DemoDay {
  readonly session: TradingSession
  /** What is stored of the sessions before, oldest first. */
  readonly before: readonly StoredSession[]
  /** Slots of the day that are stored before. */
  readonly stored: readonly EpochMs[]
  /** When the daemon begins: half a minute before its first slot. */
  readonly startAt: EpochMs
  readonly crash: { readonly date: SessionDate; readonly at: string }
  readonly crashAt: EpochMs
  /** The clock runs fast until then: the work after the session is done. */
  readonly overAt: EpochMs
}

/** New York; the crash is seen soon after the start, and its bottom a quarter of an hour later. */
const FIRST_LIVE_SLOT = '09:40'
const CRASH_AT = '09:50'
/** Slots of the session before, unless whole sessions are asked for: each takes almost half a second. */
const LAST_SLOTS = 4
const BEFORE_SLOT_MS = 30_000
/** The work after a session begins half an hour after the close at the latest. */
const AFTER_CLOSE_MS = 35 * 60_000

/** The synthetic market can name no contract that expires after 2054, and lists some for three years. */
export const LAST_DEMO_DATE = sessionDate('2049-12-31')

/** The session to play by default: the last that is over. */
export function latestDemoDate(now: EpochMs): SessionDate {
  return lastSessionBefore(now).date
}

/** The trading days before and after a date that is none. */
export function neighboursOf(date: SessionDate): readonly [SessionDate, SessionDate] {
  let later = addDays(date, 1)
  while (!sessionOn(later)) later = addDays(later, 1)
  return [lastSessionBefore(newYorkInstant(date, '09:00')).date, later]
}

/** Plans the demo of a session, with so many whole sessions before it, or for 0 the end of the one before. Pure. */
export function planDemo(
  session: TradingSession,
  { wholeSessions, grid }: { readonly wholeSessions: number; readonly grid: SlotGrid },
): DemoDay {
  const { date, closeAt } = session
  const firstLive = newYorkInstant(date, FIRST_LIVE_SLOT)
  const before: StoredSession[] = []
  while (before.length < Math.max(1, wholeSessions)) {
    const earlier = lastSessionBefore((before[0]?.session ?? session).openAt)
    const slots = slotsOf(earlier, grid)
    before.unshift({ session: earlier, slots: wholeSessions === 0 ? slots.slice(-LAST_SLOTS) : slots })
  }
  return {
    session,
    before,
    stored: slotsOf(session, grid).filter((slot) => slot < firstLive),
    startAt: epochMs(firstLive - BEFORE_SLOT_MS),
    crash: { date, at: CRASH_AT },
    crashAt: newYorkInstant(date, CRASH_AT),
    overAt: epochMs(closeAt + AFTER_CLOSE_MS),
  }
}

/** A gap and a partial slot in the newest session before, so that there is something to find, with its reason. Pure. */
export function faultsOf({ before }: Pick<DemoDay, 'before'>, symbols: readonly string[]): PastFault[] {
  const { slots = [] } = before.at(-1) ?? {}
  const [missing, partial] = [slots.at(-3), slots.at(-2)]
  const slow = symbols.at(-1)
  if (missing === undefined || partial === undefined || slow === undefined) return []
  return [
    ...symbols.map((symbol) => ({
      ...{ symbol, slot: missing, answeredFraction: 0 },
      ...{ reason: 'gateway_restart' as const, detail: 'simulated: the gateway restarted' },
    })),
    {
      ...{ symbol: slow, slot: partial, answeredFraction: 0.6 },
      ...{ reason: 'deadline', detail: 'simulated: the gateway answered slowly' },
    },
  ]
}
