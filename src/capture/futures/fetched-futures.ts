import type { Harvest } from '../../harvest/harvest.ts'
import type { FutureContract } from '../../market/contract.ts'
import type { Instrument } from '../../market/instrument.ts'
import { instrumentNamed } from '../../market/instruments.ts'
import type { Slot } from '../../market/slot.ts'
import { calendarSessionOn, sessionAt } from '../../market/trade-dates.ts'
import type { ConId, EpochMs } from '../../market/units.ts'

/** What a cycle got of one symbol's futures. */
export interface FetchedFutures {
  readonly harvest: Harvest<FutureContract>
  /** Ranks of the futures that were requested: 1 is the front one; null: the roll has left it. */
  readonly ranks: ReadonlyMap<ConId, number | null>
  readonly rollDays: number
  readonly spotIndex: string | null
  /** The slot is the first of the session. */
  readonly opening: boolean
  /** Open interest known before this cycle. */
  readonly openInterest: ReadonlyMap<ConId, number>
  /** What is to be said about the list; null for one of the day. */
  readonly detail: string | null
}

/** All futures of the symbol that are listed have expired. */
export class NoNearFuture extends Error {
  constructor(symbol: string, slot: Slot) {
    super(`no future of ${symbol} is listed that has not expired on ${slot.date}`)
    this.name = 'NoNearFuture'
  }
}

/**
 * Whether an index is open at a time, by our rules. At night the gateway still sends its last level, which is that of the
 * day before.
 */
export function isIndexOpen(symbol: string, at: EpochMs): boolean {
  const { calendar } = instrumentNamed(symbol)
  const session = sessionAt(at, (date) => calendarSessionOn(date, calendar))
  return session !== null && at < session.closeAt
}

/** Whether a slot is the first of its session, by our rules. */
export function isOpening({ at, date }: Slot, { calendar }: Pick<Instrument, 'calendar'>): boolean {
  return calendarSessionOn(date, calendar)?.openAt === at
}
