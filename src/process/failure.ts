/** Exit codes of the command line: after sysexits.h, and 128 + the number of the signal that cut work off. */
export const EXIT = {
  ok: 0,
  internal: 70,
  usage: 64,
  unreachable: 69,
  cannotCreate: 73,
  io: 74,
  tryLater: 75,
  refused: 77,
  configuration: 78,
  interrupted: 130,
  terminated: 143,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/**
 * A failure that a person can act on: one line with the subject, the value and the remedy, and the exit code of the
 * command. Anything else that is thrown is a defect and is shown with its stack.
 */
export class Failure extends Error {
  readonly exitCode: ExitCode
  /** The underlying system error code, such as ENOSPC; null if there is none. */
  readonly code: string | null

  constructor(exitCode: ExitCode, message: string, cause?: unknown, code: string | null = null) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'Failure'
    this.exitCode = exitCode
    this.code = code
  }
}
