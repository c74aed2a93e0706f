import type { Side, StepMarket } from '../strategies/strategy.ts'

/** A limit order as it is sent: `price` in dollars, `qty` in shares. The runner gives the id. */
export interface VenueOrder {
  readonly kind: 'order'
  readonly orderId: string
  readonly side: Side
  readonly price: number
  readonly qty: number
}

export interface VenueCancel {
  readonly kind: 'cancel'
  readonly orderId: string
}

export type VenueRequest = VenueOrder | VenueCancel

/** A fill of one of the run's orders, whole or in part. */
export interface VenueFill {
  readonly orderId: string
  readonly side: Side
  readonly price: number
  readonly qty: number
  /** Shares of the order that are still open. */
  readonly remaining: number
  /** Whether the order rested in the book; null where the venue does not say. */
  readonly isMaker: boolean | null
  /** From the sending of the order to the reading of the fill, ms of the wall clock. */
  readonly latencyMs: number
}

/**
 * An answer that an order or a cancel was not accepted, also a cancel of an order that is not open. An order that it names is
 * no longer open.
 */
export interface VenueRefusal {
  /** Null where the venue does not say which order it means. */
  readonly orderId: string | null
  /** The venue's name or number of what is wrong; null without one. */
  readonly code: string | null
  readonly message: string
}

/** One step: the market after it, and what happened to the run's orders since the market before. */
export interface VenueStep {
  readonly kind: 'step'
  readonly market: StepMarket
  /** In the order in which they were read. */
  readonly fills: readonly VenueFill[]
  readonly refusals: readonly VenueRefusal[]
  /** Orders that are cancelled for certain. */
  readonly cancelled: readonly string[]
  /** From the end of the requests to the whole of this step, ms of the wall clock. */
  readonly stepMs: number
}

/** Why a venue gives no further step. */
export type VenueEndReason =
  /** The run has had all its steps. */
  | { readonly kind: 'complete'; readonly reason: string }
  /** A limit of the rules was passed, such as the inventory; `reason` names it. */
  | { readonly kind: 'limit'; readonly reason: string }
  /** The venue ended the run as a blow-up: too many open orders, or a rule that it does not name. */
  | { readonly kind: 'blow_up'; readonly reason: string }
  /** The venue went away, or ended the run for a reason that is not in the rules. */
  | { readonly kind: 'cut'; readonly reason: string }

/** The end of a run by its venue, with what was read after the last whole step. */
export interface VenueEnd {
  readonly kind: 'end'
  readonly end: VenueEndReason
  readonly fills: readonly VenueFill[]
  readonly refusals: readonly VenueRefusal[]
}

/** A run at a venue. */
export interface VenueRun {
  readonly runId: string
  /** Null where the venue has none. */
  readonly seed: number | null
  /** Steps that the venue gives this run; null where it does not say. */
  readonly steps: number | null
}

/**
 * A place where a strategy trades in steps: an exchange that speaks the protocol, or a TWS gateway. One venue serves one
 * run. It numbers nothing and judges nothing: which orders are sent is the runner's business.
 */
export interface Venue {
  readonly run: VenueRun
  /**
   * Whether a cancel has effect before any later request; if not, the order may still be filled until it is reported as
   * cancelled.
   */
  readonly cancelsAtOnce: boolean
  /**
   * Whether each fill is reported with the step in which it happened: `exact`, or `as_read` when the venue can only be
   * trusted to report it with that step or a later one. May change from the former to the latter during a run.
   */
  readonly fillAttribution: 'exact' | 'as_read'
  /** The market before the first step. Called once, before `step`. */
  open(): Promise<VenueStep | VenueEnd>
  /**
   * Sends the requests in their order and moves on by one step. After an end it is not called again.
   * @throws the reason of the signal that the venue was opened with.
   */
  step(requests: readonly VenueRequest[]): Promise<VenueStep | VenueEnd>
  /** Leaves the venue: open orders are cancelled where they would outlive the run. May be called twice. */
  close(): Promise<void>
}
