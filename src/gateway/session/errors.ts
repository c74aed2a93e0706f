import { type ExitCode, Failure } from '../../process/failure.ts'
import type { Notice } from './notices.ts'

/** Why a connection to the gateway is over: a closed set, so that a report can name it. */
export type EndReason =
  /** Closed by this program. */
  | 'closed'
  /** The caller's signal was aborted. */
  | 'aborted'
  /** The gateway, or the network, dropped the connection. */
  | 'connection_lost'
  /** Accepted, and not a word after that: frozen. */
  | 'unanswered'
  /** Greeted, and no order id after that: its login is not complete. */
  | 'login_pending'
  /** Dropped after three breaches of the message rate. */
  | 'rate_breaches'
  /** The bytes could not be a message: a wrong length, no terminator. */
  | 'bad_frame'
  /** A message that the client library could not read. */
  | 'bad_message'
  /** The gateway speaks a version of the protocol that the client library does not. */
  | 'version'
  /** Another program uses the client id. */
  | 'client_id_in_use'
  /** A receiver of ticks or notices threw: a mistake of this program, with its error as the cause. */
  | 'defect'

export interface SessionEnd {
  readonly reason: EndReason
  /** One line for a person. */
  readonly message: string
  readonly cause?: unknown
}

/** There is no session: why the last attempt ended, for whoever tries again. */
export class NoSession extends Failure {
  readonly end: SessionEnd

  constructor(exitCode: ExitCode, message: string, end: SessionEnd) {
    super(exitCode, message, end.cause)
    this.name = 'NoSession'
    this.end = end
  }
}

/** What was asked will not be answered, because the session is over. */
export class SessionEnded extends Error {
  readonly end: SessionEnd

  constructor(end: SessionEnd) {
    super(`the gateway session is over (${end.reason}): ${end.message}`, { cause: end.cause })
    this.name = 'SessionEnded'
    this.end = end
  }
}

/** The gateway turned one request down; the notice says why. */
export class RequestRefused extends Error {
  readonly notice: Notice

  constructor(what: string, notice: Notice) {
    super(`${what}: the gateway refused with ${notice.code}, ${notice.message}`)
    this.name = 'RequestRefused'
    this.notice = notice
  }
}

/** One request had no answer in its time; the session goes on. */
export class RequestTimedOut extends Error {
  constructor(what: string, timeoutMs: number) {
    super(`${what}: no answer within ${timeoutMs} ms`)
    this.name = 'RequestTimedOut'
  }
}
