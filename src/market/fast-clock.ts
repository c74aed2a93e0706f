import type { Clock } from './clock.ts'
import { type Sleeper, sleepIn } from './sleepers.ts'
import { type EpochMs, epochMs } from './units.ts'

/** How far the clock advances between two turns of the event loop at most, unless told: ms of its own, and of the machine. */
const LONGEST_STEP_MS = 200
const LONGEST_TURN_MS = 5

/** A clock whose speed can be changed while it runs: sessions at one speed, nights at another. */
export interface FastClock extends Clock {
  setSpeed(speed: number): void
}

interface FastClockOptions {
  /** How far it advances between two turns of the event loop at most, ms of its own. */
  readonly maxStepMs?: number
  /** Whether it also waits while files are read or written: a slow disk then uses up no deadline. */
  readonly waitsForFiles?: boolean
}

/**
 * A clock that reads `startAt` at the moment of the call and runs `speed` times as fast as the wall clock while the
 * process keeps up. When a busy machine holds the process up, the clock waits for it: it advances in small steps, each
 * a turn of the event loop, so that no time-out passes before what has arrived was read. For a gateway and a client
 * that share the process: a demo, and tests.
 */
export function fastClock(
  startAt: EpochMs,
  initialSpeed: number,
  { maxStepMs = LONGEST_STEP_MS, waitsForFiles = false }: FastClockOptions = {},
): FastClock {
  /** A faster clock may take longer steps: each is still short on the machine. */
  const longestStepAt = (pace: number) => Math.min(maxStepMs, LONGEST_TURN_MS * pace)
  let speed = initialSpeed
  let longestStepMs = longestStepAt(speed)
  const asleep: Sleeper[] = []
  let elapsedMs = 0
  let countedAtMs = performance.now()
  let timer: NodeJS.Timeout | undefined

  const uncountedMs = () => Math.min((performance.now() - countedAtMs) * speed, longestStepMs)
  function count(): void {
    elapsedMs += uncountedMs()
    countedAtMs = performance.now()
  }

  /** While anyone sleeps, each tick is a turn of the event loop. Otherwise each reading counts. */
  function elapsed(): number {
    if (timer === undefined) count()
    return timer === undefined ? elapsedMs : elapsedMs + uncountedMs()
  }

  function tick(): void {
    if (waitsForFiles && isReadingOrWriting()) countedAtMs = performance.now()
    else count()
    while (asleep[0] !== undefined && asleep[0].atMs <= elapsedMs) asleep.shift()?.wake()
    schedule()
  }

  function schedule(): void {
    clearTimeout(timer)
    const [next] = asleep
    const stepMs = next && Math.min(longestStepMs, next.atMs - elapsed())
    timer = stepMs === undefined ? undefined : setTimeout(tick, stepMs / speed)
  }

  return {
    now: () => epochMs(Math.round(startAt + elapsed())),
    monotonicMs: elapsed,
    setSpeed: (next) => {
      if (next === speed) return
      count()
      speed = next
      longestStepMs = longestStepAt(next)
      schedule()
    },
    machineMs: (ms) => ms / speed,
    sleep: (ms, signal) => {
      const first = asleep[0]
      const waiting = sleepIn(asleep, elapsed() + Math.max(0, ms), signal)
      if (asleep[0] !== first) schedule()
      return waiting
    },
  }
}

/** Whether requests to the file system are under way in this process. */
function isReadingOrWriting(): boolean {
  return process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'))
}
