import { Temporal } from 'temporal-polyfill'
import { dayKind } from './holidays.ts'
import { addDays, type EpochMs, epochMs, type SessionDate, sessionDate } from './units.ts'

/** One trading day of an instrument. */
export interface TradingSession {
  /**
   * Its trade date: the New York date on which it ends. Stocks and indices open on that date; futures open on the
   * evening before, or up to five days earlier where a holiday or a weekend lies between.
   */
  readonly date: SessionDate
  /** 09:30 New York time; of futures usually 18:00 of the evening before. */
  readonly openAt: EpochMs
  /** Close of a stock: 16:00, on early closes 13:00; of futures 17:00. */
  readonly closeAt: EpochMs
  /** Close of the options: up to 15 minutes later than that of a stock; of futures the same. */
  readonly optionsCloseAt: EpochMs
  readonly earlyClose: boolean
  /** Times within it without trading, in order: a future's halt on a holiday, and the evening after. [] for stocks. */
  readonly breaks: readonly TradingBreak[]
}

/** A time within a session in which nothing trades. */
export interface TradingBreak {
  readonly from: EpochMs
  /** Excluded. */
  readonly to: EpochMs
}

const ZONE = 'America/New_York'
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** How much longer late options trade than their underlying. */
export const OPTIONS_AFTER_CLOSE_MS = 15 * 60_000
/** Calendar time over 365 days: with it, tree prices match recorded ticks (see the pricing tests). */
const YEAR_MS = 365 * DAY_MS
/** The longest closure of NYSE in living memory was four sessions; a search that runs further is a defect. */
const SEARCH_DAYS = 30
/** Most dates that are cached: decades. */
const CACHE_LIMIT = 20_000

const sessions = new Map<SessionDate, TradingSession | null>()

/** The session on a New York date, or null if the exchange is closed that day. */
export function sessionOn(date: SessionDate): TradingSession | null {
  const known = sessions.get(date)
  if (known !== undefined) return known
  const session = makeSession(date)
  if (sessions.size >= CACHE_LIMIT) sessions.clear()
  sessions.set(date, session)
  return session
}

function makeSession(date: SessionDate): TradingSession | null {
  const kind = dayKind(date)
  if (kind === 'closed') return null
  const closeAt = newYorkInstant(date, kind === 'early' ? '13:00' : '16:00')
  return {
    date,
    openAt: newYorkInstant(date, '09:30'),
    closeAt,
    optionsCloseAt: epochMs(closeAt + OPTIONS_AFTER_CLOSE_MS),
    earlyClose: kind === 'early',
    breaks: [],
  }
}

/** The session whose options trade at that time (open ≤ at < options' close), or null. */
export function sessionContaining(at: EpochMs): TradingSession | null {
  const session = sessionOn(newYorkDate(at))
  return session && session.openAt <= at && at < session.optionsCloseAt ? session : null
}

/** How long the regular trading session of that time has been open, ms; null if it is not open. */
export function marketOpenForMs(at: EpochMs): number | null {
  const session = sessionOn(newYorkDate(at))
  return session && session.openAt <= at && at < session.closeAt ? at - session.openAt : null
}

/** The latest session that has closed, options included: optionsCloseAt ≤ at. */
export function lastSessionBefore(at: EpochMs): TradingSession {
  return search(newYorkDate(at), -1, (session) => session.optionsCloseAt <= at)
}

/** The earliest session that has not opened yet: openAt > at. */
export function nextSessionAfter(at: EpochMs): TradingSession {
  return search(newYorkDate(at), 1, (session) => session.openAt > at)
}

function search(from: SessionDate, step: 1 | -1, fits: (session: TradingSession) => boolean): TradingSession {
  for (let days = 0; days <= SEARCH_DAYS; days++) {
    const session = sessionOn(addDays(from, days * step))
    if (session && fits(session)) return session
  }
  throw new RangeError(`no session within ${SEARCH_DAYS} days of ${from}`)
}

/** All sessions from one date to another, both included, in order; [] when `to` lies before `from`. */
export function sessionsBetween(from: SessionDate, to: SessionDate): TradingSession[] {
  const found: TradingSession[] = []
  for (let date = from; date <= to; date = addDays(date, 1)) {
    const session = sessionOn(date)
    if (session) found.push(session)
  }
  return found
}

/** The calendar date in New York at that time. */
export function newYorkDate(at: EpochMs): SessionDate {
  if (!(lastDay.from <= at && at < lastDay.to)) lastDay = dayAt(at)
  return lastDay.date
}

/** A New York date, from its midnight (or a clock change within it) to the next. */
interface Day {
  readonly from: number
  readonly to: number
  readonly date: SessionDate
}

/** Most calls are about one day, so the latest is cached. */
let lastDay: Day = { from: 0, to: 0, date: '1970-01-01' as SessionDate }

function dayAt(at: EpochMs): Day {
  const { from, to, offsetMs } = spanAt(at)
  const midnight = Math.floor((at + offsetMs) / DAY_MS) * DAY_MS - offsetMs
  return {
    from: Math.max(from, midnight),
    to: Math.min(to, midnight + DAY_MS),
    date: localIso(at).slice(0, 10) as SessionDate,
  }
}

/** The time of day in New York, `HH:MM:SS`. */
export function newYorkClock(at: EpochMs): string {
  return localIso(at).slice(11, 19)
}

/** The hour and minute in New York, `HH:MM`. */
export function newYorkTime(at: EpochMs): string {
  return localIso(at).slice(11, 16)
}

/**
 * The instant at which clocks in New York show `clock` (`HH:MM`, `HH:MM:SS` or `HH:MM:SS.mmm`) on `date`. A time
 * skipped by the spring change moves forward by an hour; for a time that occurs twice, the first is used. Throws a
 * RangeError for anything that is not a time of day.
 */
export function newYorkInstant(date: SessionDate, clock: string): EpochMs {
  if (!/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{3})?)?$/.test(clock)) {
    throw new RangeError(`not a time of day of the form HH:MM[:SS[.mmm]]: "${clock}"`)
  }
  const local = Date.parse(`${sessionDate(date)}T${clock}Z`)
  const span = spanAt(local + 5 * HOUR_MS)
  // Far from a clock change the offset is one subtraction; near one, Temporal decides.
  if (span.from <= local && local + 10 * HOUR_MS < span.to) return epochMs(local - span.offsetMs)
  const zoned = Temporal.PlainDateTime.from(`${date}T${clock}`).toZonedDateTime(ZONE)
  return epochMs(zoned.epochMilliseconds)
}

/** Years from one time to another, calendar time over 365 days; 0 once it is over, never negative. */
export function yearsBetween(at: EpochMs, end: EpochMs): number {
  return Math.max(0, (end - at) / YEAR_MS)
}

/** A period with one offset from UTC, from one clock change to the next. */
interface OffsetSpan {
  readonly from: number
  readonly to: number
  /** Local time minus UTC. */
  readonly offsetMs: number
}

const spans: OffsetSpan[] = []
let lastSpan: OffsetSpan | undefined

function spanAt(at: number): OffsetSpan {
  if (lastSpan && lastSpan.from <= at && at < lastSpan.to) return lastSpan
  let span = spans.find((one) => one.from <= at && at < one.to)
  if (!span) {
    span = readSpan(at)
    spans.push(span)
  }
  lastSpan = span
  return span
}

function readSpan(at: number): OffsetSpan {
  const zoned = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(ZONE)
  const next = zoned.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.POSITIVE_INFINITY
  const offsetMs = zoned.offsetNanoseconds / 1e6
  // "previous" is strict: at the moment of a change it returns the change before, so a later moment is used.
  const later = Temporal.Instant.fromEpochMilliseconds(at + 1).toZonedDateTimeISO(ZONE)
  const from = later.getTimeZoneTransition('previous')?.epochMilliseconds ?? Number.NEGATIVE_INFINITY
  return { from, to: next, offsetMs }
}

function localIso(at: EpochMs): string {
  return new Date(at + spanAt(at).offsetMs).toISOString()
}
