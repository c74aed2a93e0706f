import { newYorkClock, newYorkDate, newYorkInstant } from '../../market/calendar.ts'
import { addDays, type EpochMs } from '../../market/units.ts'
import type { EndReason } from '../session/errors.ts'
import type { GivenUp } from './session-monitor.ts'
import type { DownReason, UntimedState } from './state.ts'

/** What an attempt to connect, or the end of a session, looked like from here. */
export interface Symptom {
  readonly reason: EndReason
  readonly at: EpochMs
  /** When a session was last open; null where none has been. */
  readonly lastOpenAt: EpochMs | null
}

export interface RestartWindow {
  /** New York times of day, `HH:MM`; the window may span midnight. */
  readonly restartFrom: string
  readonly restartUntil: string
}

/** Interactive Brokers ends every login then; somebody has to confirm the next one with a second factor. */
const LOGIN_EXPIRES = '01:00'
/** A session that was still open so long after is one of the new login. */
const EXPIRY_TOLERANCE_MS = 30 * 60_000
/** The weekend's maintenance: Friday 23:00 to Saturday 03:00. */
const WEEKEND_FROM = '23:00'
const WEEKEND_UNTIL = '03:00'
const SUNDAY = 0
const FRIDAY = 5
const SATURDAY = 6

/**
 * The name of an outage that a calendar can explain, or null. Pure.
 *
 * - A gateway that greets and gives no order id has no login: it waits for the second factor, unless a login that
 *   cannot have expired yet restarts within the nightly window.
 * - One that is gone within the nightly window, or the weekend's, restarts.
 * - One that has not been in session since logins expired on Sunday waits for its second factor.
 */
export function namedOutage(
  { reason, at, lastOpenAt }: Symptom,
  window: RestartWindow,
): 'second_factor' | 'nightly_restart' | null {
  const mayHaveExpired = lastOpenAt === null || lastOpenAt < lastExpiry(at) + EXPIRY_TOLERANCE_MS
  const restarts = isRestarting(at, window)
  if (reason === 'login_pending') return restarts && !mayHaveExpired ? 'nightly_restart' : 'second_factor'
  if (reason !== 'connection_lost' && reason !== 'unanswered') return null
  if (restarts) return 'nightly_restart'
  if (lastOpenAt === null) return reason === 'unanswered' && weekday(at) === SUNDAY ? 'second_factor' : null
  return mayHaveExpired ? 'second_factor' : null
}

/** Whether the gateway, or Interactive Brokers behind it, restarts at that time of day. */
export function isRestarting(at: EpochMs, { restartFrom, restartUntil }: RestartWindow): boolean {
  const clock = newYorkClock(at).slice(0, 5)
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

const DOWN: Readonly<Record<EndReason, DownReason>> = {
  closed: 'connection_lost',
  aborted: 'connection_lost',
  connection_lost: 'connection_lost',
  unanswered: 'unanswered',
  login_pending: 'unanswered',
  rate_breaches: 'rate_breaches',
  bad_frame: 'bad_peer',
  bad_message: 'bad_peer',
  version: 'version',
  client_id_in_use: 'client_id_in_use',
  defect: 'defect',
}

/** What the end of a session, or of an attempt at one, is called where no calendar explains it. */
export function downReasonOf(reason: EndReason, of: 'session' | 'attempt'): DownReason {
  return of === 'attempt' && reason === 'connection_lost' ? 'unreachable' : DOWN[reason]
}

/** How the gateway stands after a session, or an attempt, is over: by its calendar name where it has one. */
export function stateAfter(
  { reason, detail, end }: GivenUp,
  times: { at: EpochMs; lastOpenAt: EpochMs | null },
  window: RestartWindow,
): UntimedState {
  const named = end && namedOutage({ reason: end.reason, ...times }, window)
  return named
    ? { name: 'waiting', for: named, detail: `${OUTAGES[named]} (${detail})` }
    : { name: 'down', reason, detail }
}

const OUTAGES = {
  second_factor: 'the gateway waits for a person to confirm its login with the second factor',
  nightly_restart: 'the gateway restarts, as it does every night',
} as const
