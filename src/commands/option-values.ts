import { z } from 'zod'
import { newYorkInstant } from '../market/calendar.ts'
import {
  addDays,
  dateToExpiry,
  type EpochMs,
  type ExpiryDate,
  epochMs,
  expiryDate,
  type SessionDate,
  sessionDate,
} from '../market/units.ts'
import { EXIT, Failure } from '../process/failure.ts'

// The values of options, from their text. Each throws a Failure (EXIT.usage) that names the option, the text and what
// to write instead.

export function parseTime(option: string, text: string): EpochMs {
  if (z.iso.datetime({ offset: true }).safeParse(text).success) return epochMs(Date.parse(text))
  throw new Failure(
    EXIT.usage,
    `${option} ${text} is not a time with an offset: write for example 2026-11-20T10:00:00-05:00`,
  )
}

/**
 * The value of --as-of: a version of `option_snapshots`, a time, or a New York date, which means the end of that day.
 */
export function parseAsOf(text: string): { readonly version: number } | { readonly time: EpochMs } {
  if (/^\d{1,15}$/.test(text)) return { version: Number(text) }
  if (z.iso.datetime({ offset: true }).safeParse(text).success) return { time: epochMs(Date.parse(text)) }
  if (z.iso.date().safeParse(text).success) {
    return { time: epochMs(newYorkInstant(addDays(sessionDate(text), 1), '00:00') - 1) }
  }
  throw new Failure(
    EXIT.usage,
    `--as-of ${text} is neither a version nor a time nor a date: write for example 120, 2026-11-20T10:00:00-05:00 or 2026-11-20`,
  )
}

/** A trade date. */
export function parseDate(option: string, text: string): SessionDate {
  try {
    return sessionDate(text)
  } catch {
    throw new Failure(EXIT.usage, `${option} ${text} is not a date: write YYYY-MM-DD, for example 2026-11-20`)
  }
}

/** The dates of --from and --to; undefined if one is not given. */
export function parseDates(options: { from: string; to: string }): { from: SessionDate; to: SessionDate }
export function parseDates(options: { from?: string; to?: string }): {
  from: SessionDate | undefined
  to: SessionDate | undefined
}
export function parseDates(options: { from?: string; to?: string }) {
  const from = options.from === undefined ? undefined : parseDate('--from', options.from)
  const to = options.to === undefined ? undefined : parseDate('--to', options.to)
  if (from !== undefined && to !== undefined && from > to) {
    throw new Failure(EXIT.usage, `--from ${from} is later than --to ${to}: swap them`)
  }
  return { from, to }
}

/** The date of --expiry, as YYYYMMDD or YYYY-MM-DD. */
export function parseExpiry(text: string): ExpiryDate {
  try {
    return text.includes('-') ? dateToExpiry(sessionDate(text)) : expiryDate(text)
  } catch {
    throw new Failure(EXIT.usage, `--expiry ${text} is not a date: write YYYYMMDD, for example 20261218`)
  }
}

export function parseWholeNumber(
  option: string,
  text: string,
  { min = 1, max, unit = '' }: { min?: number; max: number; unit?: string },
): number {
  const value = Number(text)
  if (/^\d{1,10}$/.test(text) && value >= min && value <= max) return value
  const legal = `${min.toLocaleString('en-US')} to ${max.toLocaleString('en-US')}`
  throw new Failure(
    EXIT.usage,
    `${option} ${text} is not a whole number${unit && ` of ${unit}`} from ${legal}`,
  )
}
