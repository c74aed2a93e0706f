import type { EpochMs } from '../market/units.ts'

/** All reasons why a figure is null. docs/numbers.md explains each. */
export const ABSENCE_REASONS = [
  'no_options',
  'no_chain',
  'no_underlying_price',
  'no_parity_pair',
  'no_atm_bracket',
  'no_bracket',
  'no_k0_quote',
  'too_few_strikes',
  'not_positive',
  'unknown_wing',
  'no_25_delta',
  'no_10_delta',
  'no_50_delta',
  'no_counts',
  'no_open_interest',
  'no_gamma',
  'no_sign_change',
  'several_forwards',
  'no_session_before',
  'no_current_value',
  'too_few_observations',
  'flat_window',
  'too_few_bars',
  'not_received',
  'no_future',
  'no_future_quote',
  'no_spot',
  'too_few_sessions',
  'too_few_quotes',
  'no_arbitrage_free_fit',
  'outside_checked_range',
  'outside_quotes',
] as const
export type AbsenceReason = (typeof ABSENCE_REASONS)[number]

/** A value, or null with a reason. */
export type Found<T> =
  | { readonly value: T; readonly reason: null }
  | { readonly value: null; readonly reason: AbsenceReason }

/**
 * Source of a value. chain: our own, from mid quotes. ib_model: the volatilities of IB's model (tick 13).
 * ib_index: IB's daily implied volatility of the underlying. index: a published index level. underlying: prices of the
 * underlying. future: quotes of futures. bars: our own five-minute bars of the underlying.
 */
export type ValueSource = 'chain' | 'ib_model' | 'ib_index' | 'index' | 'underlying' | 'future' | 'bars'

/** What a figure was computed from. The field names are also column names and JSON keys. */
export interface Basis {
  /** Name of the definition in docs/numbers.md, such as `iv_rank_252d`. */
  readonly definition: string
  /** `fraction`, `fraction²` for a variance, `points`, `percent`, `$`, `ratio`, or empty for a figure without a unit. */
  readonly unit: string
  readonly source: ValueSource
  /** Length of the window, in sessions or bars; null where the figure has none. */
  readonly window: number | null
  /** Number of observations used; for a null figure, the number found. */
  readonly observations: number
  /** What `observations` counts, as in 7 expirations or 240 sessions. `values`: a single value as received. */
  readonly observations_of: 'sessions' | 'bars' | 'expirations' | 'strikes' | 'contracts' | 'values'
  /** The time the figure describes; null if nothing is stored. */
  readonly as_of: EpochMs | null
  /**
   * The expirations the value was made from: `20261218`, or with the trading class, `20261218 SPXW`, where the slot has
   * several. Null for a figure that is not made from particular ones, and for one without a value.
   */
  readonly expirations: readonly string[] | null
  /** What the figure takes for granted and no data show, such as the sign of dealers' positions; null if nothing. */
  readonly assumption: string | null
  /** The session at whose end the open interest was counted, YYYY-MM-DD; null for figures without open interest. */
  readonly oi_date: string | null
}

/** The parts of a basis that most figures do not have: null if left out. */
type RareBasis = 'expirations' | 'assumption' | 'oi_date'

/** A basis as figures give it. */
export type GivenBasis = Omit<Basis, RareBasis> & Partial<Pick<Basis, RareBasis>>

/** A figure with its basis. */
export type Measured<T> = Basis & Found<T> & { readonly is_default: boolean }

/** A figure with its age and the fill of its window. */
export type Aged<T> = Measured<T> & {
  readonly age_seconds: number | null
  /** Observations divided by window: 1 if none is missing; null for a figure without a window. */
  readonly fill: number | null
}

export function found<T>(value: T): Found<T> {
  return { value, reason: null }
}

export function absent(reason: AbsenceReason): Found<never> {
  return { value: null, reason }
}

/** Applies a function to a value that may be absent. */
export function mapFound<T, U>(one: Found<T>, change: (value: T) => U): Found<U> {
  return one.reason === null ? found(change(one.value)) : one
}

export function measured<T>(one: Found<T>, basis: GivenBasis): Measured<T> {
  const { expirations = null } = basis
  const named = one.reason === null ? expirations : null
  return { ...one, assumption: null, oi_date: null, ...basis, expirations: named, is_default: false }
}

/** Adds the age in seconds: null if nothing is stored, and never negative, because clocks differ slightly. */
export function aged<T>(one: Measured<T>, now: EpochMs): Aged<T> {
  const age = one.as_of === null ? null : Math.max(0, (now - one.as_of) / 1_000)
  return { ...one, age_seconds: age, fill: one.window === null ? null : one.observations / one.window }
}

/**
 * The figure, or if it is absent a default marked `is_default`. Only for callers that request defaults: a default is
 * not a measurement and is never stored.
 */
export function orDefault<T>(one: Measured<T>, value: T): Measured<T> {
  return one.reason === null ? one : { ...one, value, reason: null, is_default: true }
}

/** Values commonly assumed where nothing is known. */
export const DEFAULT_VALUES = { rank: 50, percentile: 50, vix: 18, trend: 'neutral' } as const
