import type { Clock } from '../market/clock.ts'

export interface WatchdogEnv {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Distance between ticks; ms of the monotonic clock. */
  readonly tickMs: number
  /** Cron counts as stopped after so long without a look; ms. */
  readonly cronSilentMs: number
  /** Says "look", with how late this tick was in ms: the event loop's lag. */
  onTick(lateMs: number): void
  /** Cron has been silent for so long; it is told once, and again after as long a silence. */
  onCronSilent(silentMs: number): void
}

export interface Watchdog {
  /** To be called whenever cron fires. */
  cronFired(): void
  /** Resolves once the signal has ended the ticking; rejects when a listener throws. */
  readonly done: Promise<void>
}

/**
 * Ticks by the monotonic clock, which no setting of the time can stop, and notices when cron has been stopped by one.
 */
export function startWatchdog(env: WatchdogEnv): Watchdog {
  const { clock } = env
  let cronAtMs = clock.monotonicMs()
  return {
    cronFired: () => {
      cronAtMs = clock.monotonicMs()
    },
    done: tick(),
  }

  async function tick(): Promise<void> {
    let steadyMs = clock.monotonicMs()
    while (await slept(env)) {
      const elapsedMs = clock.monotonicMs() - steadyMs
      steadyMs += elapsedMs
      if (steadyMs - cronAtMs >= env.cronSilentMs) {
        env.onCronSilent(steadyMs - cronAtMs)
        cronAtMs = steadyMs
      }
      env.onTick(Math.max(0, elapsedMs - env.tickMs))
    }
  }
}

/** False once the signal is aborted. */
async function slept({ clock, tickMs, signal }: WatchdogEnv): Promise<boolean> {
  try {
    await clock.sleep(tickMs, signal)
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}
