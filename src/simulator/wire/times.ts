import { Temporal } from 'temporal-polyfill'
import { newYorkClock, newYorkDate } from '../../market/calendar.ts'
import { dateToExpiry, type EpochMs, epochMs } from '../../market/units.ts'

/** The gateway's time zone, also that of times without a zone. */
export const GATEWAY_ZONE = 'US/Eastern'

/**
 * A time in a request for history: `20260115 16:00:00 US/Eastern` is a time in a zone, by default the gateway's;
 * `20260115-21:00:00` is UTC; without a date it is of today. null for anything else, `''` included.
 */
export function parseTime(text: string, now: EpochMs): EpochMs | null {
  const parts = /^(?:(\d{4})(\d\d)(\d\d)(-| +))?(\d\d):(\d\d):(\d\d)(?: +(\S+))?$/.exec(text.trim())
  if (!parts) return null
  const [, year, month, day, separator, hour, minute, second, zone] = parts
  const timeZone = separator === '-' ? 'UTC' : (zone ?? GATEWAY_ZONE)
  const date = year === undefined ? newYorkDate(now) : `${year}-${month}-${day}`
  try {
    const local = Temporal.PlainDateTime.from(`${date}T${hour}:${minute}:${second}`)
    return epochMs(local.toZonedDateTime(timeZone).epochMilliseconds)
  } catch (error) {
    // No such day, hour or zone.
    if (error instanceof RangeError) return null
    throw error
  }
}

/** The end of a history request, as `parseTime` reads it; `''` is now. */
export function parseEndTime(text: string, now: EpochMs): EpochMs | null {
  return text.trim() === '' ? now : parseTime(text, now)
}

/** `20260115 16:00:00 US/Eastern` */
export function formatGatewayTime(at: EpochMs): string {
  return `${dateToExpiry(newYorkDate(at))} ${newYorkClock(at)} ${GATEWAY_ZONE}`
}

/** `20260115-21:00:00` */
export function formatUtcTime(at: EpochMs): string {
  const iso = new Date(at).toISOString()
  return `${iso.slice(0, 10).replaceAll('-', '')}-${iso.slice(11, 19)}`
}

/** `16:00` */
export function formatGatewayClock(at: EpochMs): string {
  return formatGatewayTime(at).slice(9, 14)
}
