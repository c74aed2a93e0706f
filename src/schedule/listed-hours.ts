import {
  newYorkClock,
  newYorkDate,
  newYorkInstant,
  newYorkTime,
  OPTIONS_AFTER_CLOSE_MS,
  sessionOn,
  type TradingSession,
} from '../market/calendar.ts'
import { instantIn, isoDate, zoneOf } from '../market/listed-time.ts'
import { optionSessionOn } from '../market/option-hours.ts'
import { type EpochMs, epochMs, type SessionDate, sessionDate } from '../market/units.ts'

/** The sessions that a contract's `liquidHours` list. */
interface ListedHours {
  /** By date; null if the day is listed as closed. A day that is not listed has no entry. */
  readonly sessions: ReadonlyMap<SessionDate, TradingSession | null>
  /** One line for each unreadable part, and for each day whose segments do not include 09:30. */
  readonly problems: readonly string[]
}

interface Segment {
  readonly from: EpochMs
  /** Excluded. */
  readonly to: EpochMs
}

/** Enough for weeks of days with several segments each; IB sends less. */
const MAX_PIECES = 200

/**
 * Reads IB's `liquidHours` of an option contract, `20261120:0930-20261120:1615;20261121:CLOSED`, also the older form
 * `20261120:0730-0925,0930-1615`, with its `timeZoneId`. Of several segments per day, the one that includes 09:30 New
 * York time is the session. Pure; never throws: a part that cannot be read becomes a problem, and its day has no
 * entry.
 */
export function parseListedHours(text: string, timeZoneId: string): ListedHours {
  const zone = zoneOf(timeZoneId)
  if (zone === null)
    return { sessions: new Map(), problems: [`time zone "${timeZoneId.slice(0, 40)}" is unknown`] }
  const pieces = text.slice(0, MAX_PIECES * 64).split(';')
  const closed = new Set<SessionDate>()
  const segments: Segment[] = []
  const problems: string[] = []
  for (const piece of pieces.map((one) => one.trim()).filter((one) => one !== '')) {
    const read = readPiece(piece, zone)
    if (read === null || segments.length > MAX_PIECES) problems.push(`"${piece.slice(0, 60)}" cannot be read`)
    else if (read.closed) closed.add(read.date)
    else segments.push(...read.segments)
  }
  return sessionsOf(segments, closed, problems)
}

type Piece =
  | { readonly closed: true; readonly date: SessionDate }
  | { readonly closed: false; readonly segments: readonly Segment[] }

function readPiece(piece: string, zone: string): Piece | null {
  const [, day, rest] = /^(\d{8}):(.+)$/.exec(piece) ?? []
  if (day === undefined || rest === undefined) return null
  if (rest === 'CLOSED') {
    const date = dateOf(day)
    return date && { closed: true, date }
  }
  const segments = rest.split(',').map((range) => readRange(range.replace(/^\d{8}:/, ''), day, zone))
  return segments.every((one) => one !== null) ? { closed: false, segments } : null
}

/** `0930-20261120:1615`, or `0930-1615` when it ends on the same day. */
function readRange(range: string, day: string, zone: string): Segment | null {
  const [, open, endDay, close] = /^(\d{4})-(?:(\d{8}):)?(\d{4})$/.exec(range) ?? []
  if (open === undefined || close === undefined) return null
  const from = instantIn(zone, day, open)
  const to = instantIn(zone, endDay ?? day, close)
  return from !== null && to !== null && from < to ? { from, to } : null
}

function sessionsOf(segments: readonly Segment[], closed: Set<SessionDate>, problems: string[]): ListedHours {
  const sessions = new Map<SessionDate, TradingSession | null>()
  for (const date of closed) sessions.set(date, null)
  const named = new Set(segments.flatMap(({ from, to }) => [newYorkDate(from), newYorkDate(to)]))
  const starts = new Set(segments.map(({ from }) => newYorkDate(from)))
  for (const date of [...named].sort()) {
    const openAt = newYorkInstant(date, '09:30')
    const regular = segments.find(({ from, to }) => from <= openAt && openAt < to)
    if (regular) sessions.set(date, sessionFrom(date, openAt, regular.to))
    else if (starts.has(date) && !closed.has(date) && sessionOn(date) !== null)
      problems.push(`no segment of ${date} includes 09:30 New York time`)
  }
  return { sessions, problems }
}

/**
 * Options that close at a quarter past (SPY, QQQ, IWM) trade 15 minutes longer than their underlying, others close with
 * it; no underlying trades after 16:00.
 */
function sessionFrom(date: SessionDate, openAt: EpochMs, optionsCloseAt: EpochMs): TradingSession {
  const later = newYorkClock(optionsCloseAt).slice(3, 5) === '15'
  const lastCloseAt = newYorkInstant(date, '16:00')
  const closeAt = epochMs(
    Math.min(later ? optionsCloseAt - OPTIONS_AFTER_CLOSE_MS : optionsCloseAt, lastCloseAt),
  )
  return { date, openAt, closeAt, optionsCloseAt, earlyClose: closeAt < lastCloseAt, breaks: [] }
}

function dateOf(day: string): SessionDate | null {
  try {
    return sessionDate(isoDate(day))
  } catch {
    return null
  }
}

/** What IB lists of a symbol's session and our rules say otherwise. */
export interface Disagreement {
  readonly symbol: string
  /** One line for the operator, without the symbol. The same for every symbol, and where it can be for every day. */
  readonly what: string
}

/** Whether our rules have another session than the one that IB lists, which is followed; null if they agree. */
export function disagreement(
  date: SessionDate,
  symbol: string,
  listed: TradingSession | null,
): Disagreement | null {
  const rule = optionSessionOn(date, symbol)
  if (listed?.openAt !== rule?.openAt || listed?.closeAt !== rule?.closeAt) {
    return { symbol, what: `${date} as ${describe(listed)}, our rules as ${describe(rule)}` }
  }
  if (!listed || !rule || listed.optionsCloseAt === rule.optionsCloseAt) return null
  const afterClose = ({ closeAt, optionsCloseAt }: TradingSession) =>
    optionsCloseAt > closeAt ? `${(optionsCloseAt - closeAt) / 60_000} minutes longer than` : 'as long as'
  return {
    symbol,
    what: `options that trade ${afterClose(listed)} their underlying, our rules ${afterClose(rule)} it`,
  }
}

/** One line for each kind of disagreement, with the symbols that it concerns. */
export function describeDisagreements(disagreements: readonly Disagreement[]): string[] {
  const symbols = new Map<string, Set<string>>()
  for (const { symbol, what } of disagreements) {
    symbols.set(what, (symbols.get(what) ?? new Set()).add(symbol))
  }
  return [...symbols].map(
    ([what, own]) =>
      `Interactive Brokers lists for ${[...own].join(', ')} ${what}: following Interactive Brokers`,
  )
}

function describe(session: TradingSession | null): string {
  if (!session) return 'closed'
  return `${newYorkTime(session.openAt)}–${newYorkTime(session.closeAt)}`
}
