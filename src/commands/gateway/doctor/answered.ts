import { RequestRefused, RequestTimedOut, SessionEnded } from '../../../gateway/session/errors.ts'
import { adviceOn } from '../../../gateway/session/notices.ts'
import type { Clock } from '../../../market/clock.ts'
import { abortable } from '../../../process/abortable.ts'
import { EXIT, type ExitCode, Failure } from '../../../process/failure.ts'
import { type Check, failed } from './check.ts'

/** How a question is asked: for how long, and what to do if there is no answer. */
export interface Question {
  /** Name of the check. */
  readonly name: string
  readonly clock: Clock
  /** Aborted when the user stops the command. */
  readonly signal: AbortSignal
  readonly limitMs: number
  readonly advice: string
}

/**
 * The answer to one question, or the failed check that says why there is none. Never rejects because of the gateway or
 * the user, so that one question takes no other with it.
 */
export async function answered<T>(
  question: Question,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T | Check> {
  const { name, clock, signal, limitMs, advice } = question
  const asking = abortable(signal)
  const limit = clock.sleep(limitMs, asking.signal).then(() => {
    throw new Failure(EXIT.tryLater, `no answer within ${limitMs / 1_000} s`)
  })
  try {
    return await Promise.race([ask(asking.signal), limit])
  } catch (error) {
    const exitCode = signal.aborted ? EXIT.tryLater : exitCodeOf(error)
    if (exitCode === null) throw error
    const known = error instanceof RequestRefused ? adviceOn(error.notice) : null
    return failed(name, (error as Error).message, known ?? advice, exitCode)
  } finally {
    asking.abort(new Error('no longer waiting'))
  }
}

/** The exit code after the gateway did not do what was asked of it; null for a defect. */
export function exitCodeOf(error: unknown): ExitCode | null {
  if (error instanceof Failure) return error.exitCode
  if (error instanceof SessionEnded) return EXIT.unreachable
  return error instanceof RequestRefused || error instanceof RequestTimedOut ? EXIT.tryLater : null
}
