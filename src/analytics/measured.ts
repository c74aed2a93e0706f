import type { EpochMs } from '../market/units.ts'

/** Why a figure is null: a closed set. docs/numbers.md explains each reason. */
export const ABSENCE_REASONS = [
  'no_chain',
  'no_underlying_price',
  'no_parity_pair',
  'no_atm_bracket',
  'no_bracket',
  'no_k0_quote',
  'too_few_strikes',
  'not_positive',
  'no_25_delta',
  'no_counts',
  'no_current_value',
  'too_few_observations',
  'flat_window',
  'too_few_bars',
  'not_received',
] as const
export type AbsenceReason = (typeof ABSENCE_REASONS)[number]

/** A value, or null and the reason. */
export type Found<T> =
  | { readonly value: T; readonly reason: null }
  | { readonly value: null; readonly reason: AbsenceReason }

/**
 * Where a value comes from. chain: our own, from mid quotes. ib_model: the volatilities of IB's own model (tick 13).
 * ib_index: IB's daily implied volatility of the underlying. index: a published index level. underlying: prices of the
 * underlying.
 */
export type ValueSource = 'chain' | 'ib_model' | 'ib_index' | 'index' | 'underlying'

/** What a figure was computed from. The names are those of columns and JSON keys. */
export interface Basis {
  /** Name of the definition in docs/numbers.md, such as `iv_rank_252d`. */
  readonly definition: string
  /** `fraction`, `points`, `percent`, `$`, `ratio`, or empty where a unit makes no sense. */
  readonly unit: string
  readonly source: ValueSource
  /** Length of the window, in sessions or bars; null where the figure has none. */
  readonly window: number | null
  /** How many observations were used, or found where the figure is null. */
  readonly observations: number
  /** What is counted: 7 expirations, 240 sessions. `values`: a value that was received as it is. */
  readonly observations_of: 'sessions' | 'bars' | 'expirations' | 'strikes' | 'contracts' | 'values'
  /** The time that the figure describes; null where nothing is stored. */
  readonly as_of: EpochMs | null
}

/** A figure with its basis. */
export type Measured<T> = Basis & Found<T> & { readonly is_default: boolean }

/** A figure with its age, and how full its window is. */
export type Aged<T> = Measured<T> & {
  readonly age_seconds: number | null
  /** Observations over window: 1 where none is missing; null for a figure without a window. */
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

export function measured<T>(one: Found<T>, basis: Basis): Measured<T> {
  return { ...one, ...basis, is_default: false }
}

/** A figure with its age: null where nothing is stored; never negative, since clocks differ a little. */
export function aged<T>(one: Measured<T>, now: EpochMs): Aged<T> {
  const age = one.as_of === null ? null : Math.max(0, (now - one.as_of) / 1_000)
  return { ...one, age_seconds: age, fill: one.window === null ? null : one.observations / one.window }
}

/**
 * The figure, or a default marked `is_default` where it is absent. Only for callers that ask for defaults: a default is
 * not a measurement and is never stored.
 */
export function orDefault<T>(one: Measured<T>, value: T): Measured<T> {
  return one.reason === null ? one : { ...one, value, reason: null, is_default: true }
}

/** What callers commonly assume where nothing is known. */
export const DEFAULT_VALUES = { rank: 50, percentile: 50, vix: 18, trend: 'neutral' } as const
