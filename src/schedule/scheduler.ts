import type { Clock } from '../market/clock.ts'
import { startCron } from './cron.ts'
import { createSlotRunner, type SlotRunnerOptions, type SlotRunnerState } from './slot-runner.ts'
import { startWatchdog } from './watchdog.ts'

export type SchedulerEvent =
  /** Cron had stopped and was restarted. */
  | { readonly kind: 'cron_silent'; readonly silentMs: number }
  /** `decide` failing is a defect; `record` is tried again at every check, `run` is not. */
  | { readonly kind: 'failed'; readonly what: 'decide' | 'run' | 'record'; readonly error: unknown }

export interface SchedulerOptions
  extends Pick<SlotRunnerOptions, 'timetable' | 'lastHandled' | 'run' | 'recordMissed'> {
  /** The clock that slots follow. It is read at every check, even while a cycle runs. */
  readonly clock: Clock
  /** Stops the checks. It does not cut short a cycle that is running. */
  readonly signal: AbortSignal
  onEvent(event: SchedulerEvent): void
  /** Event-loop lag in seconds, at every tick of the watchdog. */
  onLag?(seconds: number): void
  /** The wall-clock trigger; node-cron unless a test replaces it. */
  readonly cron?: typeof startCron
}

export interface SchedulerState extends SlotRunnerState {
  /** The last check that reached a decision, ms of the monotonic clock. */
  readonly checkedAtMs: number
}

interface Scheduler {
  state(): SchedulerState
  /** Resolves once the signal was aborted and the cycle that was running has ended. */
  readonly done: Promise<void>
}

const CHECK_SECONDS = 5
const CRON_SILENT_MS = 30_000

/** Checks every five seconds, by cron and by the watchdog, which slots are due or missed, and handles one at a time. */
export function startScheduler(options: SchedulerOptions): Scheduler {
  const { clock, signal, onEvent } = options
  const runner = createSlotRunner({
    ...options,
    onFailed: (what, error) => onEvent({ kind: 'failed', what, error }),
  })
  let checkedAtMs = clock.monotonicMs()

  function check(): void {
    if (signal.aborted) return
    try {
      // A disciplined clock notices that the wall clock was set because it is read every few seconds.
      runner.act(clock.now())
      checkedAtMs = clock.monotonicMs()
    } catch (error) {
      onEvent({ kind: 'failed', what: 'decide', error })
    }
  }

  const checking = keepChecking(options, check)
  check()
  return {
    state: () => ({ ...runner.state(clock.now()), checkedAtMs }),
    done: checking.then(() => runner.settled()),
  }
}

/**
 * Checks by the wall clock and by the monotonic clock until the signal is aborted; restarts cron if it stops firing.
 */
async function keepChecking(
  { clock, signal, onEvent, onLag, cron: startCronOf = startCron }: SchedulerOptions,
  check: () => void,
): Promise<void> {
  const startOne = () =>
    startCronOf(CHECK_SECONDS, () => {
      watchdog.cronFired()
      check()
    })
  const watchdog = startWatchdog({
    clock,
    signal,
    tickMs: CHECK_SECONDS * 1_000,
    cronSilentMs: CRON_SILENT_MS,
    onTick: (lateMs) => {
      onLag?.(lateMs / 1_000)
      check()
    },
    onCronSilent: (silentMs) => {
      cron.stop()
      cron = startOne()
      onEvent({ kind: 'cron_silent', silentMs })
    },
  })
  let cron = startOne()
  await watchdog.done
  cron.stop()
}
