import type { VenueEndReason } from './venue.ts'

/** The sets of rules under which a run is made. */
export type RunRules = 'research' | 'original'

/** What is wrong with a strategy whose run was ended for it. */
export type StrategyFault = 'threw' | 'too_slow' | 'invalid_answer'

/** Why a run has ended. */
export type RunEnd =
  | VenueEndReason
  /** The strategy threw, took too long, or answered with something that is no list of actions. */
  | { readonly kind: 'strategy'; readonly fault: StrategyFault; readonly reason: string }
  /** The user stopped it. */
  | { readonly kind: 'stopped'; readonly reason: string }

/** One run that has ended. */
export interface RunOutcome {
  readonly end: RunEnd
  /** The step of the last record; null when there is no record. */
  readonly lastStep: number | null
  readonly records: number
  readonly inventory: number
  readonly cashFlow: number
  /** Cash plus inventory at the last valid mid; null before there was one. */
  readonly pnl: number | null
  readonly ordersSent: number
  /** Orders that the runner did not send, because they could have taken the inventory beyond the limit. */
  readonly ordersSkipped: number
  readonly ordersRefused: number
  readonly fills: number
  /** Shares filled. */
  readonly filledQty: number
  readonly fillAttribution: 'exact' | 'as_read'
}
