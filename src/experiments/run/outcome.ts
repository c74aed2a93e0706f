import type { RecordedFill } from '../files/step-record.ts'
import type { VenueEndReason } from './venue.ts'

/** The sets of rules under which a run is made. */
export type RunRules = 'research' | 'original'

/** Why a run has ended. `reason` is one line for a person. */
export type RunEnd =
  | VenueEndReason
  /** The strategy threw, or answered with something that is no list of actions. */
  | { readonly kind: 'strategy_failed'; readonly reason: string }
  | { readonly kind: 'strategy_too_slow'; readonly reason: string }
  /** The user stopped it. */
  | { readonly kind: 'stopped'; readonly reason: string }

/** One run that has ended. */
export interface RunOutcome {
  readonly end: RunEnd
  /** The step of the last record; null when there is no record. */
  readonly lastStep: number | null
  readonly records: number
  /** Fills that came after the last record; the figures below include them. */
  readonly lateFills: readonly RecordedFill[]
  readonly inventory: number
  readonly cashFlow: number
  /** Cash plus inventory at the last valid mid; null before there was one. */
  readonly pnl: number | null
  readonly ordersSent: number
  /** Orders that the runner did not send, because they could have taken the inventory beyond the limit. */
  readonly ordersSkipped: number
  /** Refusals and errors of the venue. */
  readonly refusals: number
  readonly fills: number
  /** Shares filled. */
  readonly filledQty: number
  readonly fillAttribution: 'exact' | 'as_read'
}
