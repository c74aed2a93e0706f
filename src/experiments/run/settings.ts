import type { RunRules } from './outcome.ts'

/** Beyond ±5,000 shares the original's exchange ends a run; under the rules research no order is sent that could lead there. */
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
