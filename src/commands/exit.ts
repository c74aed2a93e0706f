import { CommanderError } from 'commander'
import { RequestRefused, RequestTimedOut, SessionEnded } from '../gateway/session/errors.ts'
import { EXIT, type ExitCode, Failure } from '../process/failure.ts'

/** The exit code after a command threw, and the line for standard error; null if one was already written. */
export interface CommandExit {
  readonly code: ExitCode
  readonly message: string | null
}

/** A failure that the user can act on is one line; anything else is a defect and shows its stack. */
export function exitAfter(error: unknown, signal: AbortSignal): CommandExit {
  // Commander has written its own message.
  if (error instanceof CommanderError)
    return { code: error.exitCode === 0 ? EXIT.ok : EXIT.usage, message: null }
  // Stopped by the user: only rows that could not be stored matter now.
  if (signal.aborted && !(error instanceof Failure && error.exitCode === EXIT.io)) {
    return { code: EXIT.ok, message: (signal.reason as Error).message }
  }
  if (error instanceof Failure) return { code: error.exitCode, message: error.message }
  if (error instanceof SessionEnded) return { code: EXIT.unreachable, message: error.message }
  if (error instanceof RequestTimedOut || error instanceof RequestRefused) {
    return { code: EXIT.tryLater, message: error.message }
  }
  return {
    code: EXIT.internal,
    message: `unexpected: ${error instanceof Error ? error.stack : String(error)}`,
  }
}
