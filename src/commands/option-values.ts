import { newYorkDate, newYorkInstant } from '../market/calendar.ts'
import { systemClock } from '../market/clock.ts'
import { SYMBOL_INPUT_PATTERN, storedSymbol } from '../market/symbol.ts'
import {
  addDays,
  dateToExpiry,
  type EpochMs,
  type ExpiryDate,
  epochMs,
  expiryDate,
  expiryToDate,
  type SessionDate,
  sessionDate,
} from '../market/units.ts'
import { EXIT, Failure } from '../process/failure.ts'

// The values of options and arguments, from their text. Each throws a Failure (EXIT.usage) that names the option, the
// text and what to write instead. `now` decides what today is in New York.

const DATE = String.raw`\d{4}-?\d{2}-?\d{2}|today|yesterday`
const CLOCK = String.raw`\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?`
const TIME = new RegExp(
  `^(?:(?<date>${DATE})(?:[ T]+|$))?(?<clock>${CLOCK})?(?<offset>Z|[+-]\\d{2}:\\d{2})?$`,
  'i',
)

/** Which end of a day a date without time of day means; null: such a date is refused. */
type EndOfDay = 'first' | 'last' | null

const LAST_DATE = '9999-12-31'

interface TimeOptions {
  readonly dateMeans?: EndOfDay
  readonly now?: EpochMs
}

/**
 * A time: in New York without an offset (`10:00` today, `2026-11-20 10:00`), else ISO 8601. A date alone is the first
 * or last millisecond of that day in New York, where the option says which.
 */
export function parseTime(option: string, text: string, options: TimeOptions = {}): EpochMs {
  const time = timeOf(text, options)
  if (time !== null) return time
  const forms = ['10:00 or 2026-11-20 10:00 in New York', 'with an offset 2026-11-20T10:00:00-05:00']
  const day = options.dateMeans ? ', or a date' : ''
  throw new Failure(
    EXIT.usage,
    `${option} ${text} is not a time: write for example ${forms.join(', ')}${day}`,
  )
}

function timeOf(text: string, { dateMeans = null, now = systemClock.now() }: TimeOptions): EpochMs | null {
  const { date: day, clock: written, offset } = TIME.exec(text.trim())?.groups ?? {}
  const date = day === undefined ? newYorkDate(now) : dateOf(day, now)
  if (date === null) return null
  if (written === undefined) {
    if (day === undefined || offset !== undefined || dateMeans === null) return null
    if (dateMeans === 'first') return newYorkInstant(date, '00:00')
    // No date follows the last of the calendar.
    return date === LAST_DATE ? null : epochMs(newYorkInstant(addDays(date, 1), '00:00') - 1)
  }
  const clock = written.replace(/^\d:/, '0$&').replace(/\.\d+$/, (part) => part.slice(0, 4).padEnd(4, '0'))
  try {
    // Also checks the time of day, which Date.parse would read by rules of its own.
    const local = newYorkInstant(date, clock)
    if (offset === undefined) return local
    const at = Date.parse(`${date}T${clock}${offset.toUpperCase()}`)
    return Number.isNaN(at) ? null : epochMs(at)
  } catch {
    return null
  }
}

/** The option of commands that show one stored slot; its value is read by `parseAt`. */
export const AT_OPTION = [
  '--at <time>',
  'the newest slot at or before this time: 10:00 (today in New York), "2026-11-20 10:00", 2026-11-20 (default: the newest of all)',
] as const

/** The time of --at; undefined without one. A date means the end of that day. */
export function parseAt(text: string | undefined): EpochMs | undefined {
  return text === undefined ? undefined : parseTime('--at', text, { dateMeans: 'last' })
}

/**
 * The value of --as-of: a version of `option_snapshots`, a time, or a New York date, which means the end of that day.
 * Eight digits that are a date are a date.
 */
export function parseAsOf(
  text: string,
  now: EpochMs = systemClock.now(),
): { readonly version: number } | { readonly time: EpochMs } {
  const time = timeOf(text, { dateMeans: 'last', now })
  if (time !== null) return { time }
  if (/^\d{1,15}$/.test(text)) return { version: Number(text) }
  throw new Failure(
    EXIT.usage,
    `--as-of ${text} is neither a version nor a time nor a date: write for example 120, 2026-11-20 10:00 (New York), 2026-11-20T10:00:00-05:00 or 2026-11-20`,
  )
}

/** A trade date. */
export function parseDate(option: string, text: string, now: EpochMs = systemClock.now()): SessionDate {
  const date = dateOf(text.trim(), now)
  if (date !== null) return date
  throw new Failure(
    EXIT.usage,
    `${option} ${text} is not a date: write for example 2026-11-20, 20261120, today or yesterday`,
  )
}

/** Null for anything that is not a date. */
function dateOf(text: string, now: EpochMs): SessionDate | null {
  if (/^today$/i.test(text)) return newYorkDate(now)
  if (/^yesterday$/i.test(text)) return addDays(newYorkDate(now), -1)
  try {
    return text.includes('-') ? sessionDate(text) : expiryToDate(expiryDate(text))
  } catch {
    return null
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

/** The date of --expiry. */
export function parseExpiry(text: string): ExpiryDate {
  return dateToExpiry(parseDate('--expiry', text))
}

/** The symbol of an argument, as it is stored: `spy` and ` SPY ` are SPY, `brk b` is BRK.B. */
export function parseSymbol(text: string): string {
  return symbolOf('symbol', text)
}

/** The symbols of a list such as `SPY, qqq`, in its order. */
export function parseSymbols(option: string, text: string): string[] {
  return text.split(',').map((part) => symbolOf(option, part))
}

function symbolOf(option: string, text: string): string {
  const written = text.trim().replace(/\s+/g, ' ').toUpperCase()
  if (SYMBOL_INPUT_PATTERN.test(written)) return storedSymbol(written)
  throw new Failure(
    EXIT.usage,
    `${option} "${text}" is not a symbol: write up to 10 letters, digits and dots, such as SPY or BRK.B`,
  )
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

/** A day: far below 24 days, above which a timer of Node fires at once. */
const MAX_SECONDS = 86_400

/** A duration in whole seconds, as milliseconds. */
export function parseSeconds(option: string, text: string, { max = MAX_SECONDS } = {}): number {
  return parseWholeNumber(option, text, { min: 1, max, unit: 'seconds' }) * 1_000
}
