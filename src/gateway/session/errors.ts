import { type ExitCode, Failure } from '../../process/failure.ts'
import type { Notice } from './notices.ts'

/** Why a connection to the gateway has ended. A closed set, so that reports can name it. */
export type EndReason =
  /** Closed by this program. */
  | 'closed'
  /** The caller's signal was aborted. */
  | 'aborted'
  /** TCP was not accepted: nothing listens at the port, or the network does not lead there. */
  | 'unreachable'
  /** The gateway, or the network, dropped the connection. */
  | 'connection_lost'
  /** TCP was accepted, but nothing followed: the gateway is frozen. */
  | 'unanswered'
  /** The handshake completed, but no order id was sent: the login is not complete. */
  | 'login_pending'
  /** Dropped by the gateway after three breaches of the message rate. */
  | 'rate_breaches'
  /** Bytes that cannot be a message: a wrong length, no terminator. */
  | 'bad_frame'
  /** A message that the client library could not read. */
  | 'bad_message'
  /** The client library does not support the gateway's version of the protocol. */
  | 'version'
  /** 1300: the port of the gateway was changed. */
  | 'port_changed'
  /** 10141: a person must accept the paper trading disclaimer in the gateway's window. */
  | 'paper_disclaimer'
  /** Another program uses the client id. */
  | 'client_id_in_use'
  /** A tick or notice receiver threw: a bug in this program. `cause` holds the error. */
  | 'defect'

export interface SessionEnd {
  readonly reason: EndReason
  /** One human-readable line. */
  readonly message: string
  readonly cause?: unknown
}

/** No session could be opened. `end` is how the last attempt ended. */
export class NoSession extends Failure {
  readonly end: SessionEnd

  constructor(exitCode: ExitCode, message: string, end: SessionEnd) {
    super(exitCode, message, end.cause)
    this.name = 'NoSession'
    this.end = end
  }
}

/** The session ended before the request was answered. */
export class SessionEnded extends Error {
  readonly end: SessionEnd

  constructor(end: SessionEnd) {
    super(`the gateway session is over (${end.reason}): ${end.message}`, { cause: end.cause })
    this.name = 'SessionEnded'
    this.end = end
  }
}

/** The gateway refused one request; the notice says why. */
export class RequestRefused extends Error {
  readonly notice: Notice

  constructor(what: string, notice: Notice) {
    super(`${what}: the gateway refused with ${notice.code}, ${notice.message}`)
    this.name = 'RequestRefused'
    this.notice = notice
  }
}

/** One request was not answered within its time limit; the session continues. */
export class RequestTimedOut extends Error {
  /** `rows`: how many rows had arrived. */
  constructor(what: string, timeoutMs: number, rows = 0) {
    super(
      rows === 0
        ? `${what}: no answer within ${timeoutMs} ms`
        : `${what}: the answer broke off after ${rows} rows, no more within ${timeoutMs} ms`,
    )
    this.name = 'RequestTimedOut'
  }
}
