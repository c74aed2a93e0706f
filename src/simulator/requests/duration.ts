import { lastSessionBefore, newYorkDate, sessionOn, type TradingSession } from '../../market/calendar.ts'
import { type EpochMs, epochMs } from '../../market/units.ts'
import { API_ERRORS, type ApiError } from '../errors.ts'
import { DAY_SECONDS, type SessionSteps, type TimeSpan } from '../market/market.ts'

/** Sessions in each unit of a duration. */
const SESSIONS: Record<string, number> = { D: 1, W: 5, M: 21, Y: 252 }

/** How far back a request goes: trading time, or sessions. */
export type Duration = { readonly seconds: number } | { readonly sessions: number }

/** `"300 D"` → 300 sessions, `"1800 S"` → 1,800 seconds of trading; an error for anything else, as by IB. */
export function parseDuration(text: string): Duration | ApiError {
  const parts = /^(\d{1,6}) ?([SDWMY])$/.exec(text.trim().toUpperCase())
  const count = Number(parts?.[1])
  const unit = parts?.[2] as string
  if (!parts || count === 0) {
    return API_ERRORS.invalid(
      `Historical data query duration string [${text}] is invalid. Format is 'integer{SPACE}unit' (S|D|W|M|Y).`,
    )
  }
  if (unit === 'S') {
    return count <= DAY_SECONDS
      ? { seconds: count }
      : API_ERRORS.invalid(
          `Historical data requests for durations longer than ${DAY_SECONDS} seconds must be made in days.`,
        )
  }
  if (unit === 'D' && count > 365) {
    return API_ERRORS.invalid(
      'Historical data requests for durations longer than 365 days must be made in years.',
    )
  }
  return { sessions: count * (SESSIONS[unit] as number) }
}

/**
 * When a request that ends at `endAt` begins: the open of its first session, or a moment within a session for a duration
 * in seconds. Of bars shorter than a day the session that is open at `endAt` is one of the sessions; daily bars count
 * finished sessions only. Not before `earliest`. Sessions are those of the stock exchange unless others are given.
 */
export function startOf(
  duration: Duration,
  {
    endAt,
    barSeconds,
    earliest,
    sessions = STOCK_EXCHANGE,
  }: { endAt: EpochMs; barSeconds: number; earliest: EpochMs; sessions?: SessionSteps | undefined },
): EpochMs {
  const isDaily = barSeconds >= DAY_SECONDS
  let session = sessions.latest(endAt, isDaily)
  if ('sessions' in duration) {
    for (let left = duration.sessions; left > 1 && session.startAt > earliest; left--)
      session = sessions.before(session)
    return session.startAt > earliest ? session.startAt : earliest
  }
  let leftMs = duration.seconds * 1_000
  let closeAt = Math.min(endAt, session.endAt)
  while (closeAt - session.startAt < leftMs && session.startAt > earliest) {
    leftMs -= closeAt - session.startAt
    session = sessions.before(session)
    closeAt = session.endAt
  }
  return epochMs(Math.max(earliest, closeAt - leftMs))
}

/** The sessions of the stock exchange. */
export const STOCK_EXCHANGE: SessionSteps = {
  latest: (at, over) => spanOf(latestSession(at, over)),
  before: ({ startAt }) => spanOf(lastSessionBefore(startAt)),
}

/** The sessions that a span touches, oldest first. */
export function sessionsOf(steps: SessionSteps, { startAt, endAt }: TimeSpan): TimeSpan[] {
  const sessions: TimeSpan[] = []
  for (let one = steps.latest(endAt, false); one.endAt > startAt; one = steps.before(one))
    sessions.unshift(one)
  return sessions
}

function spanOf({ openAt, closeAt }: TradingSession): TimeSpan {
  return { startAt: openAt, endAt: closeAt }
}

/** The latest session that has begun by then, or that is over. */
function latestSession(at: EpochMs, over: boolean): TradingSession {
  const today = sessionOn(newYorkDate(at))
  if (today && (over ? today.closeAt <= at : today.openAt < at)) return today
  return lastSessionBefore(today?.openAt ?? at)
}
