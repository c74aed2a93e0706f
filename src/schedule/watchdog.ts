import type { Clock } from '../market/clock.ts'

interface WatchdogOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Time between ticks, ms of the monotonic clock. */
  readonly tickMs: number
  /** Cron counts as stopped when it has not fired for this long; ms of the machine, whose time it goes by. */
  readonly cronSilentMs: number
  /** Called at every tick with its delay in ms: the event-loop lag. */
  onTick(lateMs: number): void
  /** Called when cron has not fired for that long, and again after each further such silence. */
  onCronSilent(silentMs: number): void
}

interface Watchdog {
  /** Call it whenever cron fires. */
  cronFired(): void
  /** Resolves once the signal has stopped the ticks; rejects when a listener throws. */
  readonly done: Promise<void>
}

/**
 * Ticks by the monotonic clock, which a change of the system time does not affect, and detects when such a change has
 * stopped cron.
 */
export function startWatchdog({
  clock,
  signal,
  tickMs,
  cronSilentMs,
  onTick,
  onCronSilent,
}: WatchdogOptions): Watchdog {
  let cronAtMs = clock.monotonicMs()
  return {
    cronFired: () => {
      cronAtMs = clock.monotonicMs()
    },
    done: tick(),
  }

  async function tick(): Promise<void> {
    let steadyMs = clock.monotonicMs()
    while (await slept(clock, tickMs, signal)) {
      const elapsedMs = clock.monotonicMs() - steadyMs
      steadyMs += elapsedMs
      const silentMs = clock.machineMs(steadyMs - cronAtMs)
      if (silentMs >= cronSilentMs) {
        onCronSilent(silentMs)
        cronAtMs = steadyMs
      }
      onTick(Math.max(0, elapsedMs - tickMs))
    }
  }
}

/** False once the signal is aborted. */
async function slept(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal)
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}
