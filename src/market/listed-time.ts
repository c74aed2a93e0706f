import { Temporal } from 'temporal-polyfill'
import { type EpochMs, epochMs } from './units.ts'

/** IB's abbreviations that mean something else to IANA, whose "EST" has no summer time. */
const ZONES: Readonly<Record<string, string>> = {
  EST: 'America/New_York',
  EDT: 'America/New_York',
  CST: 'America/Chicago',
  CDT: 'America/Chicago',
}

/** The IANA name of a time zone as IB writes it, such as `US/Eastern` or `EST (Eastern Standard Time)`; null if unknown. */
export function zoneOf(id: string): string | null {
  const bare = id.replace(/\s*\(.*\)$/, '').trim()
  const zone = ZONES[bare] ?? bare
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone)
    return zone
  } catch {
    return null
  }
}

/**
 * The instant of a day (`20261120`) and a time of day (`1615`, `2400`, `16:15:00`) in a zone that `zoneOf` returned; null
 * if there is no such time.
 */
export function instantIn(zone: string, day: string, clock: string): EpochMs | null {
  const [, hours, minutes, seconds = '00'] = /^(\d\d):?(\d\d)(?::?(\d\d))?$/.exec(clock) ?? []
  if (hours === undefined) return null
  const isMidnight = hours === '24' && minutes === '00'
  try {
    const plain = Temporal.PlainDateTime.from(
      `${isoDate(day)}T${isMidnight ? '00' : hours}:${minutes}:${seconds}`,
    )
    const local = isMidnight ? plain.add({ days: 1 }) : plain
    return epochMs(local.toZonedDateTime(zone).epochMilliseconds)
  } catch {
    return null
  }
}

/** `2026-11-20` of `20261120`. */
export function isoDate(day: string): string {
  return `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6, 8)}`
}
