import { setMaxListeners } from 'node:events'
import type { Config } from '../../config/config.ts'
import type { Clock } from '../../market/clock.ts'
import type { Slot } from '../../market/slot.ts'
import { type EpochMs, epochMs } from '../../market/units.ts'
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

/** Seconds that a slot has for its cycle: the interval minus a margin. */
export function cycleSeconds({ harvest }: Pick<Config, 'harvest'>): number {
  return harvest.intervalSeconds - harvest.deadlineMarginSeconds
}

/** When the cycle of a slot must have ended, however late it began: the margin before the next slot. */
export function deadlineOf({ at }: Pick<Slot, 'at'>, harvest: Config['harvest']): EpochMs {
  return epochMs(at + cycleSeconds({ harvest }) * 1_000)
}

/**
 * Aborts everything that listens to its signal at the slot's deadline, or when the program's signal is aborted. The
 * deadline is converted once to the monotonic clock: setting the wall clock does not move it.
 */
export function openDeadline(
  slot: Pick<Slot, 'at'>,
  harvest: Config['harvest'],
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Deadline {
  const lateSeconds = Math.max(0, Math.round((clock.now() - slot.at) / 1_000))
  const leftMs = Math.max(0, deadlineOf(slot, harvest) - clock.now())
  const atMs = clock.monotonicMs() + leftMs
  const own = abortable(signal)
  // Every symbol of the slot waits on it several times; Node warns above ten listeners.
  setMaxListeners(0, own.signal)
  const passed = clock.sleep(leftMs, own.signal).then(
    () => own.abort(new DeadlineOver(lateSeconds)),
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
