/** Milliseconds of market time in one step. */
export const STEP_MS = 100
/**
 * Market time of step 0, UTC. A date of no meaning, the same for every run, so that a run's messages do not depend on
 * when it is made. Half an hour later, at 08:30, the seller of flash_crash begins.
 */
export const MARKET_OPEN_MS = Date.UTC(2026, 0, 2, 8)

/** Market time after `step` steps, ISO 8601, UTC. */
export function marketTime(step: number): string {
  return new Date(MARKET_OPEN_MS + step * STEP_MS).toISOString()
}
