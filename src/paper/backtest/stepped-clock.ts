import type { Clock } from '../../market/clock.ts'
import { type Sleeper, sleepIn } from '../../market/sleepers.ts'
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
  /**
   * Moves to a time, waking every sleeper at its own, or with `strideMs` at the next whole multiple of it: over a night
   * with nothing to trade, what is done every second is then done once a minute. Does nothing if the time has passed.
   */
  advanceTo(at: EpochMs, strideMs?: number): Promise<void>
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

/** Turns of the event loop without any traffic after which the sockets count as quiet, if there was traffic before. */
const QUIET_TURNS = 3
/** A connection in one process delivers within a fraction of this, ms of the machine. */
const STUCK_MS = 30_000

/** What is known of the sockets. */
export interface Traffic {
  /** Whether everything that was written has been read. */
  isQuiet(): boolean
  /** Grows with everything that is written. */
  written(): number
}

export function createSteppedClock(startAt: EpochMs, traffic: Traffic): SteppedClock {
  const asleep: Sleeper[] = []
  const externals: (() => Promise<void>)[] = []
  let elapsedMs = 0
  let writtenBefore = -1

  async function settle(): Promise<void> {
    for (;;) {
      await socketsQuiet()
      const first = externals.shift()
      if (!first) return
      await first()
    }
  }

  async function socketsQuiet(): Promise<void> {
    await nextTurn()
    if (traffic.written() === writtenBefore && traffic.isQuiet()) return
    const fromMs = performance.now()
    for (let quiet = 0; quiet < QUIET_TURNS; ) {
      await nextTurn()
      quiet = traffic.isQuiet() ? quiet + 1 : 0
      if (quiet === 0 && performance.now() - fromMs > STUCK_MS) {
        throw new Error(`bytes on a connection of this process were not read within ${STUCK_MS / 1_000} s`)
      }
    }
    writtenBefore = traffic.written()
  }

  /** Wakes one sleeper after the other until `isOver`, or until none is left before `untilMs`. */
  async function move(untilMs: number, isOver: () => boolean, strideMs = 0): Promise<void> {
    for (;;) {
      await settle()
      if (isOver()) return
      const [next] = asleep
      if (!next || next.atMs > untilMs) break
      asleep.shift()
      const wakeAtMs = strideMs === 0 ? next.atMs : Math.min(untilMs, strideEnd(next.atMs, strideMs))
      elapsedMs = Math.max(elapsedMs, wakeAtMs)
      next.wake()
    }
    elapsedMs = Math.max(elapsedMs, untilMs)
    await settle()
  }

  const strideEnd = (atMs: number, strideMs: number) =>
    Math.ceil((startAt + atMs) / strideMs) * strideMs - startAt

  return {
    now: () => epochMs(Math.floor(startAt + elapsedMs)),
    monotonicMs: () => elapsedMs,
    machineMs: (ms) => ms,
    sleep: (ms, signal) => sleepIn(asleep, elapsedMs + Math.max(0, ms), signal),
    external: (work) =>
      new Promise((resolve, reject) => {
        const outcome = work().then(
          (result) => () => resolve(result),
          (error: unknown) => () => reject(error),
        )
        externals.push(async () => (await outcome)())
      }),
    advanceTo: (at, strideMs) => move(at - startAt, () => false, strideMs),
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

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
