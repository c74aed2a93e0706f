import { newYorkDate, newYorkInstant, newYorkTime } from '../../market/calendar.ts'
import { addDays, type EpochMs } from '../../market/units.ts'
import type { EndReason, SessionEnd } from '../session/errors.ts'
import type { DownReason, NextState } from './state.ts'

/** Why there is no session: an attempt failed, a session ended, or the supervisor closed it. */
export interface SessionLoss {
  readonly reason: DownReason
  /** One human-readable line. */
  readonly detail: string
  /** How the connection ended; absent if the supervisor closed a connection that was still open. */
  readonly end?: SessionEnd
}

export interface RestartWindow {
  /** New York times of day, `HH:MM`; the window may span midnight. */
  readonly restartFrom: string
  readonly restartUntil: string
}

/** Every Sunday at this time, New York, IB ends all logins; the next one needs a second factor. */
const LOGIN_EXPIRES = '01:00'
/** A session open this long after the expiry belongs to a new login. */
const EXPIRY_TOLERANCE_MS = 30 * 60_000
/** The weekend's maintenance: Friday 23:00 to Saturday 03:00. */
const WEEKEND_FROM = '23:00'
const WEEKEND_UNTIL = '03:00'
/** The longer of the two windows: a gateway away for longer is not restarting. */
const LONGEST_RESTART_MS = 4 * 3_600_000
const SUNDAY = 0
const FRIDAY = 5
const SATURDAY = 6

/**
 * The scheduled cause of an outage; null if the calendar does not explain it.
 *
 * - A gateway that completes the handshake but sends no order id is not logged in. It is waiting for the second
 *   factor or, within the nightly window and if its login cannot have expired yet, restarting.
 * - A gateway that accepts connections and drops them within the nightly or the weekend window is restarting. One that
 *   listens nowhere is so only if a session was open shortly before: a refused port says that nothing listens, and no more.
 * - If the port answers and no session has been open since logins expired on Sunday, the gateway is waiting for its
 *   second factor.
 *
 * `lastOpenAt` is when a session was last open; null if never.
 */
export function scheduledOutage(
  { reason, at, lastOpenAt }: { reason: EndReason; at: EpochMs; lastOpenAt: EpochMs | null },
  window: RestartWindow,
): 'second_factor' | 'nightly_restart' | null {
  const mayHaveExpired = lastOpenAt === null || lastOpenAt < lastExpiry(at) + EXPIRY_TOLERANCE_MS
  const isInRestart = isRestarting(at, window)
  if (reason === 'unreachable') {
    const wasJustOpen = lastOpenAt !== null && at - lastOpenAt < LONGEST_RESTART_MS
    return isInRestart && wasJustOpen ? 'nightly_restart' : null
  }
  if (reason === 'login_pending') return isInRestart && !mayHaveExpired ? 'nightly_restart' : 'second_factor'
  if (reason !== 'connection_lost' && reason !== 'unanswered') return null
  if (isInRestart) return 'nightly_restart'
  if (lastOpenAt === null) return reason === 'unanswered' && weekday(at) === SUNDAY ? 'second_factor' : null
  return mayHaveExpired ? 'second_factor' : null
}

/** What the calendar says about a gateway that cannot be reached at all, as a hint for a person; null if nothing. */
function scheduleHint(
  { at, lastOpenAt }: { at: EpochMs; lastOpenAt: EpochMs | null },
  window: RestartWindow,
): string | null {
  if (isRestarting(at, window)) return 'it is the time of the nightly restart'
  const mayHaveExpired =
    lastOpenAt === null ? weekday(at) === SUNDAY : lastOpenAt < lastExpiry(at) + EXPIRY_TOLERANCE_MS
  return mayHaveExpired
    ? 'logins expired on Sunday at 01:00 New York time: once it runs, it needs its second factor'
    : null
}

/** Whether the gateway, or IB behind it, is scheduled to restart at this time. */
function isRestarting(at: EpochMs, { restartFrom, restartUntil }: RestartWindow): boolean {
  const clock = newYorkTime(at)
  const nightly =
    restartFrom <= restartUntil
      ? restartFrom <= clock && clock < restartUntil
      : restartFrom <= clock || clock < restartUntil
  const day = weekday(at)
  return nightly || (day === FRIDAY && clock >= WEEKEND_FROM) || (day === SATURDAY && clock < WEEKEND_UNTIL)
}

/** The latest Sunday 01:00 in New York that is not after `at`. */
function lastExpiry(at: EpochMs): EpochMs {
  const date = newYorkDate(at)
  const expiry = newYorkInstant(addDays(date, -weekday(at)), LOGIN_EXPIRES)
  return expiry <= at ? expiry : newYorkInstant(addDays(date, -weekday(at) - 7), LOGIN_EXPIRES)
}

/** 0 is Sunday. */
function weekday(at: EpochMs): number {
  return new Date(newYorkDate(at)).getUTCDay()
}

const DOWN_REASON_OF: Readonly<Record<EndReason, DownReason>> = {
  closed: 'connection_lost',
  aborted: 'connection_lost',
  unreachable: 'unreachable',
  connection_lost: 'connection_lost',
  unanswered: 'unanswered',
  // What waits for a person is `waiting`, see `stateAfter`; this is its reason if no person is the explanation.
  login_pending: 'unanswered',
  paper_disclaimer: 'unanswered',
  rate_breaches: 'rate_breaches',
  bad_frame: 'bad_peer',
  bad_message: 'bad_peer',
  port_changed: 'port_changed',
  version: 'version',
  client_id_in_use: 'client_id_in_use',
  defect: 'defect',
}

/** The down reason for the end of a session or of an attempt, when the calendar does not explain it. */
export function downReasonOf(reason: EndReason, of: 'session' | 'attempt'): DownReason {
  return of === 'attempt' && reason === 'connection_lost' ? 'unreachable' : DOWN_REASON_OF[reason]
}

/** The state after a session, or an attempt at one, is over. */
export function stateAfter(
  { reason, detail, end }: SessionLoss,
  times: { at: EpochMs; lastOpenAt: EpochMs | null },
  window: RestartWindow,
): NextState {
  if (end?.reason === 'paper_disclaimer') {
    return { name: 'waiting', for: 'paper_disclaimer', detail: `${DISCLAIMER} (${end.message})` }
  }
  const scheduled = end && scheduledOutage({ reason: end.reason, ...times }, window)
  if (scheduled) return { name: 'waiting', for: scheduled, detail: `${SCHEDULED[scheduled]} (${detail})` }
  const hint = end?.reason === 'unreachable' ? scheduleHint(times, window) : null
  return { name: 'down', reason, detail: hint === null ? detail : `${detail}; ${hint}` }
}

const DISCLAIMER =
  'the gateway waits for a person to accept its paper trading disclaimer, once, in the window of the gateway'
const SCHEDULED = {
  second_factor: 'the gateway waits for a person to confirm its login with the second factor',
  nightly_restart: 'the gateway is in its nightly restart',
} as const
