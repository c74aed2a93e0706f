import type { RunRules } from './outcome.ts'

/** Beyond ±5,000 shares the original's exchange ends a run. */
export const MAX_INVENTORY = 5_000

/** What one run is made with; the venue and the strategy come apart from it. */
export interface RunSettings {
  readonly scenario: string
  readonly rules: RunRules
  /** Steps after which the run is complete; null for as many as the venue gives. */
  readonly steps: number | null
  /** A decision that takes longer ends the run, ms. */
  readonly decisionLimitMs: number
  /** Shares, long or short; used under the rules research. */
  readonly maxInventory: number
}

/** One second a decision is the original's rule. Otherwise the limit only has to tell a slow strategy from one that hangs. */
export function decisionLimitMs(rules: RunRules): number {
  return rules === 'original' ? 1_000 : 10_000
}
