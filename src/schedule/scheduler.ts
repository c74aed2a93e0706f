import type { Clock } from '../market/clock.ts'
import type { EpochMs } from '../market/units.ts'
import { startCron } from './cron.ts'
import { type RefereeEnv, refereed, type Verdict } from './referee.ts'
import { decide, type Slot, slotAfter, type Timetable } from './slots.ts'
import { startWatchdog } from './watchdog.ts'

export type SchedulerEvent =
  /** The wall clock was set, forward (above 0) or back; a verdict follows. */
  | { readonly kind: 'clock_step'; readonly stepMs: number }
  | { readonly kind: 'clock_verdict'; readonly verdict: Verdict }
  /** Cron had stopped and was started again. */
  | { readonly kind: 'cron_silent'; readonly silentMs: number }
  /** `decide` failing is a defect; `record` is tried again at every look, `run` is not. */
  | { readonly kind: 'failed'; readonly what: 'decide' | 'run' | 'record'; readonly error: unknown }

export interface SchedulerEnv {
  /** The machine's clock. What runs under the scheduler works by `Scheduler.clock`. */
  readonly clock: Clock
  /** Ends the looking. A cycle that is running is not cut short by it. */
  readonly signal: AbortSignal
  /** Asked at every look, so that the gateway's hours may change it. */
  timetable(): Timetable
  /** The newest slot of the ledger; null where it is empty. */
  readonly lastHandled: EpochMs | null
  readonly askTime: RefereeEnv['askTime']
  /** Collects one slot. Never called while an earlier call is open, and never twice for a slot. */
  run(slot: Slot): Promise<void>
  /** Records slots that nobody can collect any more. Called again with the same ones when it rejects. */
  recordMissed(slots: readonly Slot[]): Promise<void>
  onEvent(event: SchedulerEvent): void
  /** Event-loop lag, at every tick of the watchdog; seconds. */
  onLag?(seconds: number): void
  /** The distance between looks, seconds; divides 60. */
  readonly lookSeconds?: number
  /** Starts what says "look" by the wall clock; node-cron unless told otherwise. */
  readonly cron?: typeof startCron
}

export interface SchedulerState {
  /** The slot that is being collected. */
  readonly running: Slot | null
  /** Since when, ms of the monotonic clock; null while nothing runs. */
  readonly runningSinceMs: number | null
  /** The last look that came to a decision, ms of the monotonic clock. */
  readonly lookedAtMs: number
  readonly next: Slot
  /** Missed slots that could not be recorded yet. */
  readonly unrecorded: number
}

export interface Scheduler {
  /** Time as the referee sees it. */
  readonly clock: Clock
  state(): SchedulerState
  /** Looks now, for instance because the timetable has changed. */
  look(): void
  /** Resolves once the signal was aborted and the cycle that was running has ended. */
  readonly done: Promise<void>
}

const LOOK_SECONDS = 5
const CRON_SILENT_MS = 30_000
/** A clock step is settled, one way or the other, well within the minute in which a decision is due. */
const TIME_ANSWER_MS = 20_000
/** Slots that wait to be recorded; a year of full days fits. */
const MOST_UNRECORDED = 20_000

/** Looks every few seconds, by cron and by the watchdog, and runs what `decide` says, one thing at a time. */
export function openScheduler(env: SchedulerEnv): Scheduler {
  const { signal } = env
  const clock = refereed({
    ...env,
    answerWithinMs: TIME_ANSWER_MS,
    onStep: (stepMs) => env.onEvent({ kind: 'clock_step', stepMs }),
    onVerdict: (verdict) => {
      env.onEvent({ kind: 'clock_verdict', verdict })
      look()
    },
  })
  let handled = env.lastHandled
  let unrecorded: readonly Slot[] = []
  let running: { slot: Slot; sinceMs: number } | null = null
  let lookedAtMs = clock.monotonicMs()
  let work: Promise<void> | null = null

  function look(): void {
    if (signal.aborted) return
    try {
      // Read at every look, also while a cycle runs: this is how a clock that was set is noticed.
      const now = clock.now()
      if (work === null) act(now)
      lookedAtMs = clock.monotonicMs()
    } catch (error) {
      env.onEvent({ kind: 'failed', what: 'decide', error })
    }
  }

  function act(now: EpochMs): void {
    const { due, missed } = decide(handled, now, env.timetable())
    const newest = due ?? missed.at(-1)
    if (newest) handled = newest.at
    unrecorded = [...unrecorded, ...missed].slice(-MOST_UNRECORDED)
    if (!due && unrecorded.length === 0) return
    work = record()
      .then(() => collect(due))
      .finally(() => {
        work = null
      })
  }

  async function record(): Promise<void> {
    if (unrecorded.length === 0) return
    try {
      await env.recordMissed(unrecorded)
      unrecorded = []
    } catch (error) {
      env.onEvent({ kind: 'failed', what: 'record', error })
    }
  }

  async function collect(slot: Slot | null): Promise<void> {
    if (!slot || signal.aborted) return
    running = { slot, sinceMs: clock.monotonicMs() }
    try {
      await env.run(slot)
    } catch (error) {
      env.onEvent({ kind: 'failed', what: 'run', error })
    } finally {
      running = null
    }
  }

  const seconds = env.lookSeconds ?? LOOK_SECONDS
  const startLooking = () =>
    (env.cron ?? startCron)(seconds, () => {
      watchdog.cronFired()
      look()
    })
  const watchdog = startWatchdog({
    clock: env.clock,
    signal,
    tickMs: seconds * 1_000,
    cronSilentMs: CRON_SILENT_MS,
    onTick: (lateMs) => {
      env.onLag?.(lateMs / 1_000)
      look()
    },
    onCronSilent: (silentMs) => {
      cron.stop()
      cron = startLooking()
      env.onEvent({ kind: 'cron_silent', silentMs })
    },
  })
  let cron = startLooking()
  look()

  return {
    clock,
    look,
    state: () => ({
      running: running?.slot ?? null,
      runningSinceMs: running?.sinceMs ?? null,
      lookedAtMs,
      next: slotAfter(handled !== null && handled > clock.now() ? handled : clock.now(), env.timetable()),
      unrecorded: unrecorded.length,
    }),
    done: watchdog.done.then(async () => {
      cron.stop()
      await work
    }),
  }
}
