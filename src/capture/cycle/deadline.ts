import type { Clock } from '../../market/clock.ts'
import { abortable } from '../../process/abortable.ts'
import { DeadlineOver } from './cycle-errors.ts'

/** The time by which a cycle must end. */
export interface Deadline {
  /** Monotonic ms. */
  readonly atMs: number
  /** Aborted with DeadlineOver at the deadline, and with the program's signal. */
  readonly signal: AbortSignal
  /** Time left, ms; never below 0. */
  leftMs(): number
  /** Stops its timer. */
  close(): Promise<void>
}

/** Aborts everything that listens to its signal after `seconds`, or when the program's signal is aborted. */
export function openDeadline(seconds: number, clock: Clock, signal: AbortSignal): Deadline {
  const atMs = clock.monotonicMs() + seconds * 1_000
  const own = abortable(signal)
  const passed = clock.sleep(seconds * 1_000, own.signal).then(
    () => own.abort(new DeadlineOver()),
    () => {},
  )
  return {
    atMs,
    signal: own.signal,
    leftMs: () => Math.max(0, atMs - clock.monotonicMs()),
    close: () => {
      own.abort(new Error('the cycle has ended'))
      return passed
    },
  }
}
