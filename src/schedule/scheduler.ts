import type { Clock } from '../market/clock.ts'
import { startCron } from './cron.ts'
import { createSlotRunner, type SlotRunnerEnv, type SlotRunnerState } from './slot-runner.ts'
import { startWatchdog } from './watchdog.ts'

export type SchedulerEvent =
  /** Cron had stopped and was started again. */
  | { readonly kind: 'cron_silent'; readonly silentMs: number }
  /** `decide` failing is a defect; `record` is tried again at every look, `run` is not. */
  | { readonly kind: 'failed'; readonly what: 'decide' | 'run' | 'record'; readonly error: unknown }

export interface SchedulerEnv
  extends Pick<SlotRunnerEnv, 'timetable' | 'lastHandled' | 'run' | 'recordMissed'> {
  /** The clock that slots go by. It is read at every look, also while a cycle runs. */
  readonly clock: Clock
  /** Ends the looking. A cycle that is running is not cut short by it. */
  readonly signal: AbortSignal
  onEvent(event: SchedulerEvent): void
  /** Event-loop lag, at every tick of the watchdog; seconds. */
  onLag?(seconds: number): void
  /** The distance between looks, seconds; divides 60. */
  readonly lookSeconds?: number
  /** Starts what says "look" by the wall clock; node-cron unless told otherwise. */
  readonly cron?: typeof startCron
}

export interface SchedulerState extends SlotRunnerState {
  /** The last look that came to a decision, ms of the monotonic clock. */
  readonly lookedAtMs: number
}

export interface Scheduler {
  state(): SchedulerState
  /** Resolves once the signal was aborted and the cycle that was running has ended. */
  readonly done: Promise<void>
}

const LOOK_SECONDS = 5
const CRON_SILENT_MS = 30_000

/** Looks every few seconds, by cron and by the watchdog, and runs what `decide` says, one thing at a time. */
export function startScheduler(env: SchedulerEnv): Scheduler {
  const { clock, signal } = env
  const onFailed: SlotRunnerEnv['onFailed'] = (what, error) => env.onEvent({ kind: 'failed', what, error })
  const agenda = createSlotRunner({ ...env, onFailed })
  let lookedAtMs = clock.monotonicMs()

  function look(): void {
    if (signal.aborted) return
    try {
      // Reading a disciplined clock every few seconds is how it notices that the wall clock was set.
      agenda.act(clock.now())
      lookedAtMs = clock.monotonicMs()
    } catch (error) {
      env.onEvent({ kind: 'failed', what: 'decide', error })
    }
  }

  const looking = keepLooking(env, look)
  look()
  return {
    state: () => ({ ...agenda.state(clock.now()), lookedAtMs }),
    done: looking.then(() => agenda.settled()),
  }
}

/** Looks by the wall clock and by the monotonic one until the signal; a cron that has fallen silent is started again. */
async function keepLooking(env: SchedulerEnv, look: () => void): Promise<void> {
  const { clock, signal, lookSeconds: seconds = LOOK_SECONDS } = env
  const startLooking = () =>
    (env.cron ?? startCron)(seconds, () => {
      watchdog.cronFired()
      look()
    })
  const watchdog = startWatchdog({
    clock,
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
  await watchdog.done
  cron.stop()
}
