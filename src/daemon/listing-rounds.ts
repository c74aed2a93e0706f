import type { ListingRound } from '../chain/listing-steps.ts'
import type { ChainOptions } from '../chain/options.ts'
import { newYorkDate, type TradingSession } from '../market/calendar.ts'
import { type EpochMs, epochMs, type SessionDate } from '../market/units.ts'

/**
 * The current round of listing: the first begins before the open, the others divide the session evenly, and the last
 * ends with it. Null between sessions, when nothing is listed. Pure.
 */
export function roundAt(
  now: EpochMs,
  sessionOn: (date: SessionDate) => TradingSession | null,
  { minutesBeforeOpen, listingsPerSession }: ChainOptions,
): ListingRound | null {
  const date = newYorkDate(now)
  const session = sessionOn(date)
  if (!session) return null
  const { openAt, closeAt, optionsCloseAt } = session
  const firstAt = openAt - minutesBeforeOpen * 60_000
  if (now < firstAt || now >= optionsCloseAt) return null
  const lengthMs = (closeAt - openAt) / listingsPerSession
  const number = Math.min(listingsPerSession - 1, Math.floor((now - openAt) / lengthMs))
  return { date, since: epochMs(number < 1 ? firstAt : Math.round(openAt + number * lengthMs)) }
}
