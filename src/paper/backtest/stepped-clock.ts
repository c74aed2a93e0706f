import type { Clock } from '../../market/clock.ts'
import { type EpochMs, epochMs } from '../../market/units.ts'

/**
 * A clock that moves from one event to the next and stands still in between: time passes only when nothing else can
 * happen any more. Sockets deliver what was written, reads of files end, and only then is the next sleeper woken, at its
 * own time. What happens is therefore a function of the data alone, however fast or slow the machine is.
 */
export interface SteppedClock extends Clock {
  /**
   * Work that does not wait on this clock, such as a query: time stands still until it is over. Results are handed over one
   * at a time, in the order in which the work began, when the sockets are quiet.
   */
  external<Result>(work: () => Promise<Result>): Promise<Result>
  /** Moves to a time, waking every sleeper at its own. Does nothing if it has passed. */
  advanceTo(at: EpochMs): Promise<void>
  /**
   * Moves until the work is over, as far as `until` at most. Returns its result.
   * @throws what the work throws, or StillRunning at `until`.
   */
  during<Result>(work: Promise<Result>, until: EpochMs): Promise<Result>
}

/** The work had not ended at the time until which it could run. */
export class StillRunning extends Error {
  constructor(until: EpochMs) {
    super(`still running at ${new Date(until).toISOString()} of the replay`)
    this.name = 'StillRunning'
  }
}

interface Sleeper {
  readonly atMs: number
  readonly wake: () => void
}

/** Turns of the event loop without any traffic after which sockets count as quiet: a written byte needs one to arrive. */
const QUIET_TURNS = 3
/** A connection in one process delivers within a fraction of this, ms of the machine. */
const STUCK_MS = 30_000

/** `isQuiet`: whether everything that was written to sockets has been read. */
export function createSteppedClock(startAt: EpochMs, isQuiet: () => boolean): SteppedClock {
  const asleep: Sleeper[] = []
  const externals: (() => Promise<void>)[] = []
  let elapsedMs = 0

  async function settle(): Promise<void> {
    for (;;) {
      await socketsQuiet()
      const first = externals.shift()
      if (!first) return
      await first()
    }
  }

  async function socketsQuiet(): Promise<void> {
    const fromMs = performance.now()
    for (let quiet = 0; quiet < QUIET_TURNS; ) {
      await new Promise((resolve) => setImmediate(resolve))
      quiet = isQuiet() ? quiet + 1 : 0
      if (quiet === 0 && performance.now() - fromMs > STUCK_MS) {
        throw new Error(`bytes on a connection of this process were not read within ${STUCK_MS / 1_000} s`)
      }
    }
  }

  /** Wakes one sleeper after the other until `isOver`, or until none is left before `untilMs`. */
  async function move(untilMs: number, isOver: () => boolean): Promise<void> {
    for (;;) {
      await settle()
      if (isOver()) return
      const [next] = asleep
      if (!next || next.atMs > untilMs) break
      asleep.shift()
      elapsedMs = Math.max(elapsedMs, next.atMs)
      next.wake()
    }
    elapsedMs = Math.max(elapsedMs, untilMs)
    await settle()
  }

  return {
    now: () => epochMs(Math.floor(startAt + elapsedMs)),
    monotonicMs: () => elapsedMs,
    machineMs: (ms) => ms,
    sleep: (ms, signal) =>
      new Promise<void>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const giveUp = () => {
          asleep.splice(asleep.indexOf(sleeper), 1)
          reject(signal?.reason)
        }
        const wake = () => {
          signal?.removeEventListener('abort', giveUp)
          resolve()
        }
        const sleeper = { atMs: elapsedMs + Math.max(0, ms), wake }
        const later = asleep.findIndex(({ atMs }) => atMs > sleeper.atMs)
        asleep.splice(later < 0 ? asleep.length : later, 0, sleeper)
        signal?.addEventListener('abort', giveUp, { once: true })
      }),
    external: (work) =>
      new Promise((resolve, reject) => {
        const outcome = work().then(
          (result) => () => resolve(result),
          (error: unknown) => () => reject(error),
        )
        externals.push(async () => (await outcome)())
      }),
    advanceTo: (at) => move(at - startAt, () => false),
    during: async (work, until) => {
      let isOver = false
      const end = () => {
        isOver = true
      }
      work.then(end, end)
      await move(until - startAt, () => isOver)
      if (!isOver) throw new StillRunning(until)
      return await work
    },
  }
}
