import type { Print } from '../../statistics/mini-flash-crashes.ts'
import type { RunPath } from '../analysis/run-path.ts'

/** One value for each record of a run, in the order of the steps; NaN where it is absent. */
export interface RunColumns {
  readonly steps: Float64Array
  /** Dollars. */
  readonly mid: Float64Array
  readonly spread: Float64Array
  readonly pnl: Float64Array
  /** Shares. */
  readonly bidDepth: Float64Array
  readonly askDepth: Float64Array
  readonly inventory: Float64Array
  /** Wall clock, milliseconds. */
  readonly decisionMs: Float64Array
  readonly stepMs: Float64Array
}

/** What a run is, before its records are read. */
export interface RunIdentity {
  /** As the user gave it, or below the folder that the user gave. */
  readonly file: string
  readonly scenario: string
  readonly experiment: string
  readonly mode: 'passive' | 'active'
  readonly runId: string
  readonly seed: number | null
  readonly rules: string | null
  /** Why the run ended; null without a manifest, as in files of other programs. */
  readonly end: { readonly kind: string; readonly reason: string | null } | null
  /** Steps that it should have lasted; null when nobody says. */
  readonly plannedSteps: number | null
}

/** One run in memory: read for the report, and dropped when it has been measured. */
export interface RunData {
  readonly identity: RunIdentity
  readonly columns: RunColumns
  readonly path: RunPath
  /** Trades of the market, oldest first; null when the file has none but the price of the last one. */
  readonly tape: readonly Print[] | null
  /** From sending an order to reading its fill, wall clock, milliseconds; NaN where the file does not say. */
  readonly fillMs: Float64Array
  /** Market time between two steps; null when the time stamps do not tell it. */
  readonly secondsPerStep: number | null
  /** Lines that are no records. */
  readonly damagedLines: number
}
