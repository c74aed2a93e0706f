import {
  newYorkClock,
  newYorkDate,
  newYorkInstant,
  newYorkTime,
  OPTIONS_AFTER_CLOSE_MS,
  sessionOn,
  type TradingSession,
} from '../market/calendar.ts'
import { optionSessionOn } from '../market/option-hours.ts'
import { type EpochMs, epochMs, type SessionDate } from '../market/units.ts'
import { readListedSegments } from './listed-segments.ts'

/** The sessions that a contract's hours list. */
export interface ListedHours {
  /** By trade date; null if the day is listed as closed. A day that is not listed has no entry. */
  readonly sessions: ReadonlyMap<SessionDate, TradingSession | null>
  /** One line for each unreadable or contradictory part, and for each day of a stock without a segment at 09:30. */
  readonly problems: readonly string[]
}

/**
 * Reads IB's `liquidHours` of an option contract with its `timeZoneId`. Of several segments per day, the one that
 * includes 09:30 New York time is the session. Pure; never throws: a part that cannot be read or contradicts itself
 * becomes a problem, and its day has no entry.
 */
export function parseListedHours(text: string, timeZoneId: string): ListedHours {
  const { segments, closed, contradicted, problems } = readListedSegments(text, timeZoneId)
  const sessions = new Map<SessionDate, TradingSession | null>()
  for (const date of closed) sessions.set(date, null)
  const named = new Set(segments.flatMap(({ from, to }) => [newYorkDate(from), newYorkDate(to)]))
  const starts = new Set(segments.map(({ from }) => newYorkDate(from)))
  const others: string[] = []
  for (const date of [...named].sort()) {
    if (contradicted.has(date)) continue
    const openAt = newYorkInstant(date, '09:30')
    const regular = segments.find(({ from, to }) => from <= openAt && openAt < to)
    if (regular && closed.has(date)) {
      others.push(`${date} is listed as closed and as open`)
      sessions.delete(date)
    } else if (regular) sessions.set(date, sessionFrom(date, openAt, regular.to))
    else if (starts.has(date) && !closed.has(date) && sessionOn(date) !== null)
      others.push(`no segment of ${date} includes 09:30 New York time`)
  }
  return { sessions, problems: [...problems, ...others] }
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
  rule: TradingSession | null = optionSessionOn(date, symbol),
): Disagreement | null {
  if (isOvernight(listed) || isOvernight(rule)) {
    if (sameHours(listed, rule)) return null
    return { symbol, what: `${date} as ${describeHours(listed)}, our rules as ${describeHours(rule)}` }
  }
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

/** Whether a session opens before its trade date, as those of futures do. */
function isOvernight(session: TradingSession | null): boolean {
  return session !== null && newYorkDate(session.openAt) < session.date
}

function sameHours(a: TradingSession | null, b: TradingSession | null): boolean {
  if (a === null || b === null) return a === b
  const breaks = ({ breaks }: TradingSession) => breaks.map(({ from, to }) => `${from} ${to}`).join()
  return a.openAt === b.openAt && a.optionsCloseAt === b.optionsCloseAt && breaks(a) === breaks(b)
}

/** `2026-11-25 18:00 to 2026-11-27 13:15 without 2026-11-26 13:00–18:00`. */
function describeHours(session: TradingSession | null): string {
  if (!session) return 'closed'
  const at = (time: EpochMs) => `${newYorkDate(time)} ${newYorkTime(time)}`
  const pauses = session.breaks.map(({ from, to }) =>
    newYorkDate(from) === newYorkDate(to) ? `${at(from)}–${newYorkTime(to)}` : `${at(from)} to ${at(to)}`,
  )
  const without = pauses.length === 0 ? '' : ` without ${pauses.join(', ')}`
  return `${at(session.openAt)} to ${at(session.optionsCloseAt)}${without}`
}

function describe(session: TradingSession | null): string {
  if (!session) return 'closed'
  return `${newYorkTime(session.openAt)}–${newYorkTime(session.closeAt)}`
}
