import {
  newYorkDate,
  newYorkInstant,
  newYorkTime,
  sessionOn,
  type TradingSession,
} from '../market/calendar.ts'
import { breaksBetween } from '../market/futures-hours.ts'
import { addDays, type EpochMs, epochMs, type SessionDate } from '../market/units.ts'
import type { ListedHours } from './listed-hours.ts'
import { endDateOf, readListedSegments, type Segment } from './listed-segments.ts'

/** A segment that begins at this time of a day or later belongs to the next trade date. */
const EVENING = '17:00'
/** The longest closure of NYSE in living memory was four sessions. */
const SEARCH_DAYS = 10
/** A day that ends before this time is an early close. */
const USUAL_CLOSE = '16:00'

/**
 * Reads IB's `tradingHours` of a future, `20261213:1700-20261214:1600;20261219:CLOSED`, with its `timeZoneId`. A segment
 * belongs to the trade date on which it ends; one that ends on a day without a session of NYSE, and one of the evening,
 * to the next. A trade date whose last segment is not listed yet has no entry. Pure; never throws: what contradicts
 * itself becomes a problem, and its trade date has no entry.
 *
 * @param ruleOn the session of a trade date by our rules, which has the part of a session in progress that lies before
 * the first listed moment.
 */
export function parseFuturesHours(
  text: string,
  timeZoneId: string,
  ruleOn: (date: SessionDate) => TradingSession | null,
): ListedHours {
  const listed = readListedSegments(text, timeZoneId)
  const problems = [...listed.problems]
  const byDate = new Map<SessionDate, Segment[]>()
  const wrong = new Set([...listed.contradicted].map(tradeDateFrom))
  for (const segment of listed.segments) {
    const date = tradeDateOf(segment)
    byDate.set(date, [...(byDate.get(date) ?? []), segment])
    const day = endDateOf(segment)
    if (listed.closed.has(day)) {
      problems.push(`${day} is listed as closed and as open`)
      wrong.add(date)
    }
  }
  const since = firstMoment(listed.segments, listed.closed)
  const sessions = new Map<SessionDate, TradingSession | null>()
  for (const date of listed.closed) if (sessionOn(date) && !byDate.has(date)) sessions.set(date, null)
  for (const [date, segments] of byDate) {
    if (wrong.has(date) || endDateOf(segments.at(-1) as Segment) !== date) continue
    sessions.set(date, sessionFrom(date, [...earlierParts(ruleOn(date), since), ...segments]))
  }
  return { sessions, problems: [...new Set(problems)] }
}

/** The trade date of a segment. */
function tradeDateOf(segment: Segment): SessionDate {
  const day = endDateOf(segment)
  const isEvening = newYorkDate(segment.from) === day && newYorkTime(segment.from) >= EVENING
  return tradeDateFrom(isEvening ? addDays(day, 1) : day)
}

/** The first day from a date on, itself included, with a session of NYSE. */
function tradeDateFrom(day: SessionDate): SessionDate {
  for (let days = 0; days <= SEARCH_DAYS; days++) {
    const date = addDays(day, days)
    if (sessionOn(date)) return date
  }
  return day
}

/** Of what is earlier, the list says nothing. */
function firstMoment(segments: readonly Segment[], closed: ReadonlySet<SessionDate>): number {
  const starts = [...closed].map((date) => newYorkInstant(date, '00:00') as number)
  return Math.min(...starts, segments[0]?.from ?? Number.POSITIVE_INFINITY)
}

/** The parts of a session that ended before a moment. */
function earlierParts(session: TradingSession | null, until: number): Segment[] {
  if (!session) return []
  const starts = [session.openAt, ...session.breaks.map(({ to }) => to)]
  const ends = [...session.breaks.map(({ from }) => from), session.optionsCloseAt]
  return starts.map((from, at) => ({ from, to: ends[at] as EpochMs })).filter(({ to }) => to <= until)
}

function sessionFrom(date: SessionDate, segments: readonly Segment[]): TradingSession {
  const [first, last] = [segments[0], segments.at(-1)] as [Segment, Segment]
  return {
    date,
    openAt: first.from,
    closeAt: last.to,
    optionsCloseAt: last.to,
    earlyClose: last.to < epochMs(newYorkInstant(date, USUAL_CLOSE)),
    breaks: breaksBetween(segments),
  }
}
