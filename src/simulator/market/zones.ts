import { type EpochMs, epochMs } from '../../market/units.ts'

/** How far the clocks of the zones of contract details are behind those of New York, all year, ms. */
const BEHIND_NEW_YORK_MS: Readonly<Record<string, number>> = { 'US/Eastern': 0, 'US/Central': 3_600_000 }

/**
 * The time at which clocks in New York show what those of the zone show at `at`. Within an hour of a clock change, when no
 * market is open, it may be an hour off. @throws RangeError for a zone that no contract has
 */
export function asInNewYork(timeZoneId: string, at: EpochMs): EpochMs {
  return epochMs(at - behindNewYorkMs(timeZoneId))
}

/** @throws RangeError for a zone that no contract has */
export function behindNewYorkMs(timeZoneId: string): number {
  const behindMs = BEHIND_NEW_YORK_MS[timeZoneId]
  if (behindMs === undefined) throw new RangeError(`no market of the simulator is in the zone ${timeZoneId}`)
  return behindMs
}
