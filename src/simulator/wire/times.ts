import { Temporal } from 'temporal-polyfill'
import { type EpochMs, epochMs } from '../../market/units.ts'

/** The gateway's time zone, also that of times without a zone. */
export const GATEWAY_ZONE = 'US/Eastern'

/**
 * The end time of a history request: `''` is now; `20260115 16:00:00 US/Eastern` is a time in a zone, by default the
 * gateway's; `20260115-21:00:00` is UTC. null for anything else.
 */
export function parseEndTime(text: string, now: EpochMs): EpochMs | null {
  if (text.trim() === '') return now
  const parts = /^(\d{4})(\d\d)(\d\d)(-| +)(\d\d):(\d\d):(\d\d)(?: +(\S+))?$/.exec(text.trim())
  if (!parts) return null
  const [, year, month, day, separator, hour, minute, second, zone] = parts
  const timeZone = separator === '-' ? 'UTC' : (zone ?? GATEWAY_ZONE)
  try {
    const local = Temporal.PlainDateTime.from(`${year}-${month}-${day}T${hour}:${minute}:${second}`)
    return epochMs(local.toZonedDateTime(timeZone).epochMilliseconds)
  } catch (error) {
    // No such day, hour or zone.
    if (error instanceof RangeError) return null
    throw error
  }
}

/** `20260115 16:00:00 US/Eastern` */
export function formatGatewayTime(at: EpochMs): string {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(GATEWAY_ZONE)
  const date = local.toPlainDate().toString().replaceAll('-', '')
  return `${date} ${local.toPlainTime().toString({ smallestUnit: 'second' })} ${GATEWAY_ZONE}`
}

/** `16:00` */
export function formatGatewayClock(at: EpochMs): string {
  return formatGatewayTime(at).slice(9, 14)
}
