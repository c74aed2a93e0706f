import type { ListingRound } from '../chain/listing-steps.ts'
import type { ChainOptions } from '../chain/options.ts'
import { type SessionOn, sessionAt } from '../market/trade-dates.ts'
import { type EpochMs, epochMs } from '../market/units.ts'

/**
 * The current round of listing: the first begins before the open, the others divide the session evenly, and the last
 * ends with it. Null between sessions, when nothing is listed. Pure.
 */
export function roundAt(
  now: EpochMs,
  sessionOn: SessionOn,
  { minutesBeforeOpen, listingsPerSession }: ChainOptions,
): ListingRound | null {
  const beforeMs = minutesBeforeOpen * 60_000
  const session = sessionAt(now, sessionOn) ?? sessionAt(epochMs(now + beforeMs), sessionOn)
  if (!session) return null
  const { date, openAt, closeAt } = session
  const firstAt = openAt - beforeMs
  const lengthMs = (closeAt - openAt) / listingsPerSession
  const number = Math.min(listingsPerSession - 1, Math.floor((now - openAt) / lengthMs))
  return { date, since: epochMs(number < 1 ? firstAt : Math.round(openAt + number * lengthMs)) }
}
